package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

var commands = regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```$")

// TestReadme runs every command of the README and of CONTRIBUTING as it stands
// there. The only help is a fluent-bit on the PATH that sets what belongs to this
// machine: credentials, the fake AWS, and where to write.
func TestReadme(t *testing.T) {
	if _, ok := abihost.RealFluentBit(); !ok {
		t.Skip(harness.ErrNoFluentBit)
	}
	t.Parallel()
	w := newWorld(t)
	fillReadme(t, w)
	blocks := 0
	for _, file := range []string{"README.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile(filepath.Join(moduleRoot, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range commands.FindAllStringSubmatch(string(text), -1) {
			blocks++
			command := strings.TrimSpace(block[1])
			t.Run(fmt.Sprintf("FluentBit/%s %d", file, blocks), func(t *testing.T) {
				switch {
				case strings.Contains(command, "fluent-bit"):
					runFluentBitBlock(t, w, command)
				default:
					runBlock(t, command)
				}
			})
		}
	}
	if blocks < 5 {
		t.Errorf("only %d blocks of commands", blocks)
	}
}

// fillReadme makes what the README's commands name: a bucket and log groups of
// us-east-1.
func fillReadme(t *testing.T, w *harness.World) {
	t.Helper()
	const bucket, region = "my-trail-bucket", "us-east-1"
	w.AWS.AddBucket(bucket, region, harness.Account)
	g := w.Generator(1, time.Hour, generate.Options{Regions: []string{region}})
	put(t, w, bucket, g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 20, At: w.Now.Add(-10 * time.Minute)}}))
	for _, group := range []string{"/ecs/shop", "/aws/eks/prod/cluster"} {
		w.AWS.AddLogGroup(group, region, harness.Account)
	}
	event := fakeaws.LogEvent{Time: w.Now.Add(-time.Minute), Message: "started"}
	if err := w.AWS.PutLogEvents("/ecs/shop", "stream", event); err != nil {
		t.Fatal(err)
	}
}

// slow are the targets whose run here would take too long, or would not end:
// they must be known to make.
var slow = regexp.MustCompile(`^make (test|e2e|chaos|bench|lint|vuln|dist)\b`)

// runBlock runs commands that end by themselves.
func runBlock(t *testing.T, block string) {
	for command := range strings.Lines(block) {
		command, _, _ = strings.Cut(strings.TrimSpace(command), "  #")
		if slow.MatchString(command) {
			command = strings.Replace(command, "make", "make -n", 1)
		}
		// Those are of the make that runs the tests, if one does.
		cmd := exec.CommandContext(t.Context(), "bash", "-ec", "unset MAKEFLAGS MAKELEVEL MFLAGS; "+command)
		cmd.Dir = moduleRoot
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, tail(string(out)))
		}
	}
}

// runFluentBitBlock runs commands that start Fluent Bit, until records came out
// or it has ended.
func runFluentBitBlock(t *testing.T, w *harness.World, block string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dir, bin := t.TempDir(), t.TempDir()
	real, _ := abihost.RealFluentBit()
	real, err := filepath.Abs(real)
	if err != nil {
		t.Fatal(err)
	}
	var shim strings.Builder
	shim.WriteString("#!/bin/bash\n")
	for _, kv := range exampleEnv(w, dir) {
		if !strings.HasPrefix(kv, "AWS_REGION=") && !strings.HasPrefix(kv, "AWS_ACCOUNT=") { // the block sets them
			fmt.Fprintf(&shim, "export '%s'\n", kv)
		}
	}
	fmt.Fprintf(&shim, "[ \"$2\" = build/in_stellar_aws.so ] && set -- -e '%s' \"${@:3}\"\nexec '%s' \"$@\"\n", plugin, real)
	if err := os.WriteFile(filepath.Join(bin, "fluent-bit"), []byte(shim.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	var log harness.Journal
	cmd := exec.CommandContext(ctx, "bash", "-ec", block)
	cmd.Dir, cmd.Stdout, cmd.Stderr = moduleRoot, &log, &log
	// What an earlier block has exported holds for the later ones.
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LOG_BUCKET=my-trail-bucket", "AWS_ACCOUNT="+harness.Account, "AWS_REGION=us-east-1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e := &exampleRun{file: "block", dir: dir, ctx: ctx, log: log.String, ended: make(chan struct{})}
	e.signal = func(sig syscall.Signal) error { return syscall.Kill(-cmd.Process.Pid, sig) }
	go func() {
		defer close(e.ended)
		e.err = cmd.Wait()
	}()
	ends := strings.Contains(block, "STELLAR_AWS_TEST=1") || strings.Contains(block, "STELLAR_AWS_POLICY=1")
	if !ends {
		e.waitFor(t, "records", func() bool { return sum(e.collected(t)) > 0 })
		e.stop(t)
	}
	e.check(t)
	if ends && !strings.Contains(log.String(), "connector trail") {
		t.Errorf("no table:\n%s", tail(log.String()))
	}
}
