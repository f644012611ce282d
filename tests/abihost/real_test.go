package abihost_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
)

// real is a run of the real Fluent Bit.
type real struct {
	cmd *exec.Cmd
	log bytes.Buffer
}

func startReal(t *testing.T, ctx context.Context, f fixture, conf string) *real {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no comparison with the real host")
	}
	bin, ok := abihost.RealFluentBit()
	if !ok {
		t.Skip("no Fluent Bit binary to compare with: set FLUENT_BIT or put fluent-bit on the PATH")
	}
	r := &real{cmd: exec.CommandContext(ctx, bin, "-e", f.plugin, "-c", write(t, f.dir, "test.conf", conf))}
	r.cmd.Env = append(os.Environ(), "TRACE_FILE="+f.trace)
	r.cmd.Dir = f.dir
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// wait returns the exit code.
func (r *real) wait(t *testing.T) int {
	t.Helper()
	err := r.cmd.Wait()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode()
}

func (r *real) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// follow polls a file that the other process writes until ok accepts it.
func follow(t *testing.T, ctx context.Context, path string, ok func(string) bool) string {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(path)
		if err == nil && ok(string(data)) {
			return string(data)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("wait for %s: %v; it holds %q", path, ctx.Err(), data)
		}
	}
}

// inOrder drops what depends on time from a trace: how often a collector
// that is not in step with its own pause still runs.
func inOrder(calls []string) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(s string) bool {
		return strings.HasPrefix(s, "Collect") || strings.HasPrefix(s, "Cleanup")
	})
}

// TestRealOrder runs the same plugin and configuration in both hosts and
// compares the calls and what arrived.
func TestRealOrder(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, tc := range []struct{ name, threaded, mode, storage string }{
		{"pump off", "off", "pump", "filesystem"},
		{"return off", "off", "return", "memory"},
		{"pump threaded", "on", "pump", "filesystem"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			conf := func(f fixture) string {
				in := []string{"mode " + tc.mode, "count 40", "batch 20", "threaded " + tc.threaded,
					"storage.type " + tc.storage}
				return f.service() +
					input(append(in, "id A", "tag a")...) + input(append(in, "id B", "tag b")...) +
					"[OUTPUT]\n    Name file\n    Match *\n    Path " + f.dir + "\n    Format plain\n    File out\n"
			}
			ctx := testContext(t)
			lines := func(s string) bool { return strings.Count(s, "\n") == 80 }

			fr := newFixture(t)
			r := startReal(t, ctx, fr, conf(fr))
			realOut := follow(t, ctx, filepath.Join(fr.dir, "out"), lines)
			r.signal(t, syscall.SIGTERM)
			if code := r.wait(t); code != 0 {
				t.Fatalf("real host: exit %d\n%s", code, r.log.String())
			}

			fo := newFixture(t)
			run := fo.start(t, h, conf(fo))
			ourOut := follow(t, ctx, filepath.Join(fo.dir, "out"), lines)
			stop(t, run)

			ours, theirs := inOrder(fo.calls(t)), inOrder(fr.calls(t))
			if tc.threaded == "on" {
				// Each instance has its own thread: only the counts compare.
				slices.Sort(ours)
				slices.Sort(theirs)
			}
			if !slices.Equal(ours, theirs) {
				t.Errorf("calls\nours %q\nreal %q", ours, theirs)
			}
			for _, id := range []string{"A", "B"} {
				if o, r := bodies(ourOut, id), bodies(realOut, id); !slices.Equal(o, r) {
					t.Errorf("output of %s differs:\nours %q\nreal %q", id, o, r)
				}
			}
		})
	}
}

func bodies(out, id string) []string {
	var lines []string
	sc := bufio.NewScanner(strings.NewReader(out))
	for sc.Scan() {
		if strings.Contains(sc.Text(), `"id":"`+id+`"`) {
			lines = append(lines, sc.Text())
		}
	}
	return lines
}

func TestRealReload(t *testing.T) {
	t.Parallel()
	conf := func(f fixture) string {
		return f.service("hot_reload on") + input("id A", "threaded off") + input("id B", "threaded off") + nullOutput
	}
	ctx := testContext(t)
	preRuns := func(n int) func(string) bool {
		return func(s string) bool { return strings.Count(s, "PreRun") == n }
	}

	fr := newFixture(t)
	r := startReal(t, ctx, fr, conf(fr))
	follow(t, ctx, fr.trace, preRuns(2))
	// The handler is installed before the plugins are loaded; a signal in
	// the middle of the start is served after it.
	r.signal(t, syscall.SIGHUP)
	follow(t, ctx, fr.trace, preRuns(4))
	r.signal(t, syscall.SIGTERM)
	if code := r.wait(t); code != 0 {
		t.Fatalf("real host: exit %d\n%s", code, r.log.String())
	}

	fo := newFixture(t)
	run := fo.start(t, abihost.Build(t), conf(fo))
	if err := run.WaitStarted(ctx); err != nil {
		t.Fatal(err)
	}
	if err := run.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	stop(t, run)
	if ours, theirs := fo.calls(t), fr.calls(t); !slices.Equal(ours, theirs) {
		t.Errorf("calls\nours %q\nreal %q", ours, theirs)
	}
}

func TestRealInitFails(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, threaded := range []string{"off", "on"} {
		t.Run("threaded "+threaded, func(t *testing.T) {
			t.Parallel()
			conf := func(f fixture) string {
				return f.service() + input("id A", "threaded "+threaded) +
					input("id B", "threaded "+threaded, "fail on") +
					input("id C", "threaded "+threaded) + nullOutput
			}
			ctx := testContext(t)
			fr, fo := newFixture(t), newFixture(t)
			code := startReal(t, ctx, fr, conf(fr)).wait(t)
			exit, err := fo.start(t, h, conf(fo)).Wait(ctx)
			if err != nil || exit.Code != code {
				t.Errorf("exit %+v, %v; the real host's is %d", exit, err, code)
			}
			if ours, theirs := fo.calls(t), fr.calls(t); !slices.Equal(ours, theirs) {
				t.Errorf("calls\nours %q\nreal %q", ours, theirs)
			}
		})
	}
}

// encodings are buffers in several shapes, with the records that the host
// delivers of each when a good record follows in the same chunk.
var encodings = []struct {
	name    string
	hex     string
	records int
}{
	{"none", "", 1},
	{"event time with metadata", "9292d7006500000000000000" + "80" + "81a16b01", 2},
	{"legacy event time", "92d7006500000000000000" + "81a16b01", 2},
	{"ext8 event time", "92c708006500000000000000" + "81a16b01", 2},
	{"uint time", "92ce6500000081a16b01", 2},
	{"positive signed time", "92d26500000081a16b01", 2},
	{"float64 time", "92cb41d94000000000 0081a16b01", 2},
	{"float32 time", "92ca4eca000081a16b01", 0},
	{"negative time", "92ff81a16b01", 0},
	{"string time", "92a13181a16b01", 0},
	{"ext type 1", "92d7016500000000000000" + "81a16b01", 0},
	{"ext of 4 bytes", "92d60065000000" + "81a16b01", 0},
	{"nanoseconds 1e9", "92d700650000003b9aca00" + "81a16b01", 0},
	{"nanoseconds 1e9-1", "92d700650000003b9ac9ff" + "81a16b01", 2},
	{"seconds 0xfffffffd", "92d700fffffffd00000000" + "81a16b01", 2},
	{"group marker with nanoseconds", "92d700ffffffff00000001" + "81a16b01", 0},
	{"empty body", "92ce6500000080", 2},
	{"nil value", "92ce6500000081a16bc0", 2},
	{"bin value", "92ce6500000081a16bc40161", 2},
	{"map16, str8, str16 and array16", "92ce65000000de0002a16bd90161a16cda000162", 2},
	{"map32 and array32", "92ce65000000df00000001a16bdd00000000", 2},
	{"integer key", "92ce65000000810102", 2},
	{"duplicate key", "92ce6500000082a16b01a16b02", 2},
	{"root map", "8101ce65000000", 0},
	{"root integer", "01", 0},
	{"root of three", "93ce650000008080", 0},
	{"root of one", "91ce65000000", 0},
	{"header of three", "9293ce65000000808081a16b01", 0},
	{"metadata not a map", "9292ce650000000181a16b01", 0},
	{"body not a map", "92ce6500000001", 0},
	{"byte c1", "92ce6500000081a16bc1", 0},
	{"62 levels", "92ce6500000081a16b" + strings.Repeat("91", 62) + "c0", 2},
	{"63 levels", "92ce6500000081a16b" + strings.Repeat("91", 63) + "c0", 0},
	{"63 levels, the last one empty", "92ce6500000081a16b" + strings.Repeat("91", 62) + "90", 0},
	{"huge string", "92ce6500000081a16bdbffffffff61", 0},
	{"huge array", "92ce6500000081a16bddffffffff61", 0},
	{"truncated", "92ce6500000081a16bc4ff", 0},
}

const goodRecord = "92ce6500000181a46c61737401"

func encodingsConfig(t *testing.T, f fixture) string {
	t.Helper()
	conf := strings.Replace(f.service(), "flush 1", "flush 2", 1)
	for i, e := range encodings {
		raw := strings.ReplaceAll(e.hex, " ", "") + goodRecord
		if _, err := hex.DecodeString(raw); err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		conf += input("id x", "mode pump", "count 1", "threaded off", "tag "+encodingTag(i), "hex "+raw)
	}
	return conf + "[OUTPUT]\n    Name stdout\n    Match *\n    Format json_lines\n" +
		"[OUTPUT]\n    Name file\n    Match *\n    Path " + f.dir + "\n"
}

func encodingTag(i int) string { return "t" + string(rune('A'+i/26)) + string(rune('a'+i%26)) }

// TestEncodings checks the table above in abihost: what is delivered, and
// that exactly the poisoned buffers are reported.
func TestEncodings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), encodingsConfig(t, f))
	waitAccepted(t, run, uint64(len(encodings)))
	if _, err := run.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range run.Records() {
		if r.Output == 1 {
			got[r.Tag]++
		}
	}
	rep, err := run.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	malformed := map[string]uint64{}
	for _, c := range rep.Instances {
		malformed[c.Instance] = c.Malformed
	}
	for i, e := range encodings {
		if got[encodingTag(i)] != e.records {
			t.Errorf("%s: %d records, want %d", e.name, got[encodingTag(i)], e.records)
		}
		want := uint64(1)
		if e.records > 0 {
			want = 0
		}
		if n := malformed[fmt.Sprintf("abitest.%d", i)]; n != want {
			t.Errorf("%s: %d malformed, want %d", e.name, n, want)
		}
	}
}

// needVersion skips the test where the real host is of another version.
func needVersion(t *testing.T, prefix string) {
	t.Helper()
	bin, ok := abihost.RealFluentBit()
	if !ok {
		return // startReal skips and says why
	}
	out, err := exec.Command(bin, "--version").Output()
	if err != nil {
		t.Fatalf("ask %s for its version: %v", bin, err)
	}
	if !strings.Contains(string(out), "Fluent Bit "+prefix) {
		t.Skipf("the table is that of Fluent Bit %s, this is %q", prefix, bytes.SplitN(out, []byte("\n"), 2)[0])
	}
}

// TestRealEncodings checks the table in the real host. Version 4.1 differs: it
// takes nanoseconds of 1e9 and more, takes seconds from 0xfffffffd on for
// group markers, and loops for ever over a root integer.
func TestRealEncodings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	needVersion(t, "v5.1.")
	last := filepath.Join(f.dir, encodingTag(1)) // a file of two records
	r := startReal(t, ctx, f, encodingsConfig(t, f))
	follow(t, ctx, last, func(s string) bool { return strings.Count(s, "\n") == 2 })
	r.signal(t, syscall.SIGTERM)
	if code := r.wait(t); code != 0 {
		t.Fatalf("exit %d\n%s", code, r.log.String())
	}
	for i, e := range encodings {
		data, err := os.ReadFile(filepath.Join(f.dir, encodingTag(i)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if n := bytes.Count(data, []byte("\n")); n != e.records {
			t.Errorf("%s: the real host delivers %d records, the table says %d", e.name, n, e.records)
		}
	}
}
