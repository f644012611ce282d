package abihost_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"in_stellar_aws/tests/abihost"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestKill shows what SIGKILL leaves of records that the host had accepted:
// all of them with filesystem storage, none that were still in memory.
func TestKill(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, storage := range []string{"filesystem", "memory"} {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			state := filepath.Join(f.dir, "state")
			conf := f.service() + input("id A", "mode pump", "count 50", "threaded off", "state "+state,
				"storage.type "+storage) + nullOutput
			run := f.start(t, h, conf, func(o *abihost.Options) { o.Faults.Stall = true })
			waitAccepted(t, run, 5)
			run.Kill()
			exit, err := run.Wait(ctx)
			if err != nil || exit.Signal != syscall.SIGKILL {
				t.Fatalf("exit %+v, %v", exit, err)
			}
			if got := strings.TrimSpace(readFile(t, state)); got != "50" {
				t.Fatalf("plugin has committed %q", got)
			}

			// The plugin goes on behind its checkpoint with 10 more.
			again := f.start(t, h, strings.Replace(conf, "count 50", "count 60", 1))
			want := map[string]int{"filesystem": 60, "memory": 10}[storage]
			recs, err := again.WaitRecords(ctx, want)
			if err != nil {
				t.Fatal(err)
			}
			stop(t, again)
			got := numbers(t, recs, "A")
			slices.Sort(got)
			if storage == "filesystem" {
				wantSequence(t, "A", got, want)
			} else if len(got) != want || got[0] != 50 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// waitAccepted blocks until the host has accepted n appends of the plugin.
func waitAccepted(t *testing.T, run *abihost.Run, n uint64) {
	t.Helper()
	_, err := run.WaitReport(testContext(t), func(r abihost.Report) bool { return r.Total("").Accepted >= n })
	if err != nil {
		t.Fatal(err)
	}
}

// TestMalformed checks that each kind of buffer that poisons a chunk in the
// real host is reported, and that what follows in the chunk is lost.
func TestMalformed(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for kind, tc := range map[string]struct{ hex, reason string }{
		"negative time": {"92ff80", "timestamp"},
		"byte c1":       {"c1", "0xc1"},
		"cut tail":      {"920181a1", "truncated"},
		"root map":      {"810102", "root"},
		"no body":       {"920102", "body"},
		"nanoseconds":   {"92d700650000003b9aca0080", "nanoseconds"},
		"depth":         {"920181a16b" + strings.Repeat("91", 63) + "c0", "nested"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			run := f.start(t, h, f.service()+
				input("id A", "mode pump", "count 30", "bad "+tc.hex, "threaded off")+nullOutput,
				func(o *abihost.Options) { o.Faults.Stall = true })
			waitAccepted(t, run, 3) // into one chunk, as nothing leaves
			if _, err := run.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			if p := run.Problems(); len(p) != 1 || !strings.Contains(p[0], tc.reason) {
				t.Errorf("problems %q, want one about %q", p, tc.reason)
			}
		})
	}
}

func TestPoisonedChunk(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), strings.Replace(f.service(), "flush 1", "flush 1000", 1)+
		input("id A", "mode pump", "count 30", "bad c1", "threaded off")+nullOutput)
	waitAccepted(t, run, 3)
	if _, err := run.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	wantSequence(t, "before the fault", numbers(t, run.Records(), "A"), 10)
	rep, err := run.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := rep.Total("").LostBytes; got == 0 {
		t.Error("no bytes counted as lost")
	}
}

// TestRefuse checks that a plugin that keeps a refused buffer loses nothing.
func TestRefuse(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for name, faults := range map[string]abihost.Faults{
		"first three": {Refuse: 3},
		"random":      {RefuseRate: 0.4, Seed: 7},
		"disk full":   {DiskFull: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			run := f.start(t, h, f.service()+
				input("id A", "mode pump", "count 200", "threaded off", "storage.type filesystem")+nullOutput,
				func(o *abihost.Options) { o.Faults = faults })
			if faults.DiskFull {
				if err := run.WaitLog(ctx, "error writing data"); err != nil {
					t.Fatal(err)
				}
				if err := run.DiskFull(ctx, false); err != nil {
					t.Fatal(err)
				}
			}
			recs, err := run.WaitRecords(ctx, 200)
			if err != nil {
				t.Fatal(err)
			}
			rep := stop(t, run)
			wantSequence(t, "A", numbers(t, recs, "A"), 200)
			if rep.Total("").Rejected == 0 {
				t.Error("nothing was refused")
			}
		})
	}
}

// TestPauseBug reproduces the shared proxy: pausing A stops the collector of
// B, the last initialised one, unless each instance has a proxy of its own.
func TestPauseBug(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, threaded := range []string{"off", "on"} {
		for _, private := range []bool{false, true} {
			t.Run("threaded "+threaded+" private "+strconv.FormatBool(private), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				ctx := testContext(t)
				own := "proxy_copy " + map[bool]string{false: "off", true: "on"}[private]
				run := f.start(t, h, f.service()+
					input("id A", "mode return", "threaded "+threaded, own)+
					input("id B", "mode return", "threaded "+threaded, own)+nullOutput)
				if err := run.WaitStarted(ctx); err != nil {
					t.Fatal(err)
				}
				if err := run.Pause(ctx, 0); err != nil {
					t.Fatal(err)
				}
				paused := func(e abihost.Event) bool { return e.Attr["fn"] == "InputPause" }
				if err := run.WaitEvent(ctx, "call", paused); err != nil {
					t.Fatal(err)
				}
				// The one that still collects is called again; count on it.
				alive, frozen := "abitest.0", "abitest.1"
				if private {
					alive, frozen = frozen, alive
				}
				before, err := run.Report(ctx)
				if err != nil {
					t.Fatal(err)
				}
				// The event is the pause's beginning: calls may come until it is through.
				_, err = run.WaitReport(ctx, func(r abihost.Report) bool {
					if r.Total(frozen).Collects > before.Total(frozen).Collects {
						before = r
					}
					return r.Total(alive).Collects >= before.Total(alive).Collects+10
				})
				if err != nil {
					t.Fatalf("%s is not paused, or %s does not go on: %v", frozen, alive, err)
				}
				stop(t, run)
			})
		}
	}
}

// TestMemBufLimit: above the limit the host pauses and refuses, and resumes
// when the outputs have taken the data.
func TestMemBufLimit(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, pause := range []string{"honoured", "ignored"} {
		t.Run(pause, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			ignore := map[string]string{"honoured": "off", "ignored": "on"}[pause]
			run := f.start(t, h, f.service()+
				input("id A", "mode pump", "count 300", "mem_buf_limit 1K", "ignore_pause "+ignore, "threaded off")+nullOutput,
				func(o *abihost.Options) { o.Faults.Stall = true })
			if err := run.WaitLog(ctx, "paused (mem buf overlimit"); err != nil {
				t.Fatal(err)
			}
			if pause == "ignored" {
				_, err := run.WaitReport(ctx, func(r abihost.Report) bool { return r.Total("").Rejected > 0 })
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := run.Stall(ctx, false); err != nil {
				t.Fatal(err)
			}
			recs, err := run.WaitRecords(ctx, 300)
			if err != nil {
				t.Fatal(err)
			}
			rep := stop(t, run)
			wantSequence(t, "A", numbers(t, recs, "A"), 300)
			if c := rep.Total(""); c.Resumes == 0 || c.Pauses < c.Resumes || (pause == "honoured" && c.Rejected > 0) {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

// TestRingLoss: a threaded append returns 0 for data that a paused shutdown
// then drops.
func TestRingLoss(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), f.service()+
		input("id A", "mode pump", "ignore_pause on", "threaded on", "thread.ring_buffer.capacity 4")+nullOutput)
	if err := run.WaitStarted(ctx); err != nil {
		t.Fatal(err)
	}
	if err := run.Pause(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if err := run.WaitLog(ctx, "could not enqueue records into the ring buffer"); err != nil {
		t.Fatal(err)
	}
	if c := stop(t, run).Total(""); c.RingLost != 4 || c.RingDropped == 0 {
		t.Errorf("counts %+v", c)
	}
}

// TestGraceExpires: what is in memory when the grace period ends is lost and
// what is on disk comes with the next start.
func TestGraceExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	h := abihost.Build(t)
	conf := strings.Replace(f.service(), "grace 5", "grace 2", 1) +
		input("id A", "mode pump", "count 20", "threaded off", "storage.type filesystem") +
		input("id B", "mode pump", "count 20", "threaded off") + nullOutput
	run := f.start(t, h, conf, func(o *abihost.Options) { o.Faults.Stall = true })
	waitAccepted(t, run, 4)
	if rep := stop(t, run); rep.Total("abitest.1").Dropped == 0 || rep.Total("abitest.0").Dropped != 0 {
		t.Errorf("report %+v", rep)
	}
	again := f.start(t, h, f.service()+input("id C", "threaded off")+nullOutput)
	recs, err := again.WaitRecords(ctx, 20)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, again)
	wantSequence(t, "A", numbers(t, recs, "A"), 20)
}

// TestMisuse checks that breaches of the contract, which the real host
// answers with corruption or a crash, are reported.
func TestMisuse(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for misuse, want := range map[string]string{
		"thread": "not the engine's",
		"timer":  "no scheduler",
		"late":   "is gone",
		"metric": "after its instance ended",
	} {
		t.Run(misuse, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			run := f.start(t, h, f.service()+input("id A", "misuse "+misuse, "metric on", "threaded off")+nullOutput)
			if err := run.WaitStarted(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := run.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			if p := run.Problems(); len(p) != 1 || !strings.Contains(p[0], want) {
				t.Errorf("problems %q, want one with %q", p, want)
			}
		})
	}
}

// TestDefinitionOverflow: writing event_type overflows the definition of
// hosts up to 4.2.2 and is right for newer ones.
func TestDefinitionOverflow(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for size, want := range map[int]int{0: 1, 32: 1, 40: 0, 48: 0} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, "WRITE_EVENT_TYPE")
			ctx := testContext(t)
			run := f.start(t, h, f.service()+input("id A", "threaded off")+nullOutput,
				func(o *abihost.Options) { o.DefSize = size })
			if err := run.WaitStarted(ctx); err != nil {
				t.Fatal(err)
			}
			if p := run.Problems(); len(p) != want {
				t.Errorf("problems %q, want %d", p, want)
			}
		})
	}
}

func TestUnmatchedTag(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "mode pump", "count 10", "threaded off")+
		"[OUTPUT]\n    Name null\n    Match other\n")
	if err := run.WaitEvent(ctx, "unrouted", nil); err != nil {
		t.Fatal(err)
	}
	if c := stop(t, run).Total(""); c.Accepted != 1 || c.Unmatched != 1 {
		t.Errorf("counts %+v", c)
	}
	if n := len(run.Records()); n != 0 {
		t.Errorf("%d records delivered", n)
	}
}
