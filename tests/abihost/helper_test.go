package abihost_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
)

// fast is a host second of 40 ms: nothing in the tests depends on it being
// longer.
const fast = 40 * time.Millisecond

// testContext bounds a test. It only ever expires when something hangs.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// write puts text into a file of dir and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// input renders an [INPUT] section of the test plugin.
func input(keys ...string) string {
	return "[INPUT]\n    Name abitest\n    " + strings.Join(keys, "\n    ") + "\n"
}

// fixture is a directory with the test plugin, a configuration and a trace
// file to which the plugin writes the calls that it gets.
type fixture struct {
	dir, plugin, trace string
}

func newFixture(t *testing.T, defines ...string) fixture {
	t.Helper()
	dir := t.TempDir()
	return fixture{
		dir:    dir,
		plugin: abihost.BuildPlugin(t, filepath.Join("testdata", "plugin.c"), defines...),
		trace:  filepath.Join(dir, "trace"),
	}
}

// service is the configuration that all tests share.
func (f fixture) service(extra ...string) string {
	lines := append([]string{"flush 1", "grace 5", "storage.path " + filepath.Join(f.dir, "storage")}, extra...)
	return "[SERVICE]\n    " + strings.Join(lines, "\n    ") + "\n"
}

const nullOutput = "[OUTPUT]\n    Name null\n    Match *\n"

func (f fixture) start(t *testing.T, h *abihost.Host, conf string, change ...func(*abihost.Options)) *abihost.Run {
	t.Helper()
	o := abihost.Options{
		ConfigFile: write(t, f.dir, "test.conf", conf),
		Plugin:     f.plugin,
		Env:        []string{"TRACE_FILE=" + f.trace},
		Dir:        f.dir,
		Tick:       fast,
	}
	for _, c := range change {
		c(&o)
	}
	run, err := h.Start(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// calls returns the plugin's own trace.
func (f fixture) calls(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(f.trace)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// stop ends a run in order and fails on any problem the host has seen.
func stop(t *testing.T, run *abihost.Run) abihost.Report {
	t.Helper()
	ctx := testContext(t)
	exit, err := run.Stop(ctx)
	if err != nil || exit != (abihost.Exit{}) {
		t.Fatalf("host ended with %+v, %v; log:\n%s", exit, err, run.Log())
	}
	if p := run.Problems(); len(p) > 0 {
		t.Errorf("problems: %q", p)
	}
	rep, err := run.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// numbers returns field n of the records of one id, in order of delivery.
func numbers(t *testing.T, recs []abihost.Record, id string) []int64 {
	t.Helper()
	var out []int64
	for _, r := range recs {
		if r.Body["id"] != id {
			continue
		}
		switch n := r.Body["n"].(type) {
		case int64:
			out = append(out, n)
		case uint64:
			out = append(out, int64(n))
		default:
			t.Fatalf("record %v: n is %T", r.Body, n)
		}
	}
	return out
}

// wantSequence checks that got is 0, 1, ... n-1.
func wantSequence(t *testing.T, what string, got []int64, n int) {
	t.Helper()
	if len(got) != n {
		t.Errorf("%s: %d records, want %d", what, len(got), n)
		return
	}
	for i, v := range got {
		if v != int64(i) {
			t.Errorf("%s: record %d is number %d", what, i, v)
			return
		}
	}
}
