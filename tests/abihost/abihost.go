// Package abihost builds and drives abihost, a small C program that loads a
// Fluent Bit Go input plugin and plays the host's input proxy: registration,
// init, collectors, timers, pause and resume, chunks, hot reload, shutdown.
//
// It exists to test a plugin's .so without a Fluent Bit binary, faster than
// one, with faults that are hard to provoke in the real host (refused
// appends, full disk, stalled outputs), and with checks the real host does
// not make: malformed msgpack, calls from the wrong thread, use of an
// instance after its end, a write behind the registration struct.
//
// The host runs as a subprocess: a Go plugin and a Go test cannot share a
// process.
package abihost

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

//go:embed csrc
var sources embed.FS

// hostFlags are the compiler flags of the host. -rdynamic exports its
// functions to dlsym(RTLD_DEFAULT), which is how a plugin finds them.
var hostFlags = []string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-pthread", "-rdynamic"}

// Host is a compiled abihost binary.
type Host struct {
	path    string
	cleanup func(func()) // registers the end of a run; nil: its context ends it
}

// New compiles the host, or takes it from the user's cache directory when the
// same sources were compiled before. It needs a C compiler: $CC, or gcc.
func New() (*Host, error) {
	names, sum, err := sourceSum()
	if err != nil {
		return nil, err
	}
	path, err := cached("abihost-"+sum, func(out string) error {
		src := filepath.Dir(out)
		var files []string
		for _, n := range names {
			data, err := sources.ReadFile("csrc/" + n)
			if err != nil {
				return fmt.Errorf("read embedded source %s: %w", n, err)
			}
			file := filepath.Join(src, n)
			if err := os.WriteFile(file, data, 0o600); err != nil {
				return fmt.Errorf("write source %s: %w", n, err)
			}
			if filepath.Ext(n) == ".c" {
				files = append(files, file)
			}
		}
		return compile(append(slices.Clone(hostFlags), "-o", out), files, "-ldl")
	})
	if err != nil {
		return nil, fmt.Errorf("build abihost: %w", err)
	}
	return &Host{path: path}, nil
}

// Build is New for a test: it fails the test instead of returning an error,
// and what the host runs ends with the test.
func Build(tb testing.TB) *Host {
	tb.Helper()
	h, err := New()
	if err != nil {
		tb.Fatal(err)
	}
	h.cleanup = tb.Cleanup
	return h
}

// cached returns the file of that name in the cache directory, made by build
// if it is not there. Other test processes may make the same one: it is built
// aside and renamed.
func cached(name string, build func(out string) error) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir() // no home directory
	}
	dir = filepath.Join(dir, "in_stellar_aws-abihost")
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create cache directory %s: %w", dir, err)
	}
	tmp, err := os.MkdirTemp(dir, "build-*")
	if err != nil {
		return "", fmt.Errorf("create build directory: %w", err)
	}
	out := filepath.Join(tmp, name)
	if err = build(out); err == nil {
		if err = os.Rename(out, path); err != nil {
			err = fmt.Errorf("store binary: %w", err)
		}
	}
	return path, errors.Join(err, os.RemoveAll(tmp))
}

func sourceSum() (names []string, sum string, err error) {
	entries, err := fs.ReadDir(sources, "csrc")
	if err != nil {
		return nil, "", fmt.Errorf("list embedded sources: %w", err)
	}
	h := sha256.New()
	fmt.Fprintln(h, compiler(), hostFlags)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	for _, n := range names {
		data, err := sources.ReadFile("csrc/" + n)
		if err != nil {
			return nil, "", fmt.Errorf("read embedded source %s: %w", n, err)
		}
		fmt.Fprintf(h, "%s %d\n", n, len(data))
		h.Write(data)
	}
	return names, hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// BuildPlugin compiles one C source file into a plugin .so, or takes it from
// the cache, and returns its path. The source may include the host's abi.h
// by its place in this package. It is meant for small test plugins.
func BuildPlugin(tb testing.TB, source string, defines ...string) string {
	tb.Helper()
	path, err := buildPlugin(tb, source, defines)
	if err != nil {
		tb.Fatalf("build plugin %s: %v", source, err)
	}
	return path
}

func buildPlugin(tb testing.TB, source string, defines []string) (string, error) {
	data, err := os.ReadFile(source)
	if err != nil {
		return "", fmt.Errorf("read source: %w", err)
	}
	_, hostSum, err := sourceSum()
	if err != nil {
		return "", err
	}
	args := []string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread", "-shared", "-fPIC"}
	for _, d := range defines {
		args = append(args, "-D"+d)
	}
	sum := sha256.Sum256(fmt.Appendf(data, "\n%s %q %s", compiler(), args, hostSum))
	return cached("plugin-"+hex.EncodeToString(sum[:12])+".so", func(out string) error {
		return compile(append(args, "-o", out), []string{source}, "-ldl")
	})
}

func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "gcc"
}

func compile(args, files []string, libs ...string) error {
	args = slices.Concat(args, files, libs)
	out, err := exec.Command(compiler(), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("run %s: %w\n%s", compiler(), err, out)
	}
	return nil
}

// RealFluentBit looks for a Fluent Bit binary to compare with: the one that
// $FLUENT_BIT names and no other, else /opt/fluent-bit/bin/fluent-bit, then the
// PATH.
func RealFluentBit() (path string, ok bool) {
	if p := os.Getenv("FLUENT_BIT"); p != "" {
		return p, isProgram(p)
	}
	if p := "/opt/fluent-bit/bin/fluent-bit"; isProgram(p) {
		return p, true
	}
	p, err := exec.LookPath("fluent-bit")
	return p, err == nil
}

func isProgram(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}
