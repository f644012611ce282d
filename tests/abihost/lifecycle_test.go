package abihost_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"in_stellar_aws/tests/abihost"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, threaded := range []string{"off", "on"} {
		for _, mode := range []string{"pump", "return"} {
			t.Run("threaded "+threaded+" "+mode, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				ctx := testContext(t)
				run := f.start(t, h, f.service()+
					input("id A", "mode "+mode, "count 95", "tag a.tag", "threaded "+threaded)+
					input("id B", "mode "+mode, "count 40", "alias bee", "threaded "+threaded)+
					nullOutput)
				recs, err := run.WaitRecords(ctx, 135)
				if err != nil {
					t.Fatal(err)
				}
				rep := stop(t, run)
				wantSequence(t, "A", numbers(t, recs, "A"), 95)
				wantSequence(t, "B", numbers(t, recs, "B"), 40)
				for _, r := range recs {
					if want := map[any]string{"A": "a.tag", "B": "abitest.1"}[r.Body["id"]]; r.Tag != want {
						t.Fatalf("tag of %v is %q, want %q", r.Body, r.Tag, want)
					}
					if r.Time.Unix() != 0x65000000 {
						t.Fatalf("time of %v is %v", r.Body, r.Time)
					}
				}
				a := rep.Total("abitest.0")
				if a.Accepted != 10 || a.Records != 95 || a.Rejected != 0 || a.Collects == 0 {
					t.Errorf("counts of A: %+v", a)
				}
				if !slices.Contains(run.Calls(), "InputPause abitest.0") {
					t.Errorf("A was never paused: %q", run.Calls())
				}
			})
		}
	}
}

func TestCallOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "threaded off")+input("id B", "threaded off")+nullOutput)
	if err := run.WaitStarted(ctx); err != nil {
		t.Fatal(err)
	}
	stop(t, run)
	want := []string{
		"PreRegister", "Register",
		"Init abitest.0", "Init abitest.1", "InputPreRun abitest.0", "InputPreRun abitest.1",
		"InputPause abitest.0", "InputPause abitest.1", // STOP
		"InputPause abitest.0", "InputPause abitest.1", // shutdown
		"InputPreExit abitest.1", "Exit abitest.1", "InputPreExit abitest.0", "Exit abitest.0",
		"Unregister",
	}
	if got := run.Calls(); !slices.Equal(got, want) {
		t.Errorf("calls\n got %q\nwant %q", got, want)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, threaded := range []string{"off", "on"} {
		t.Run("threaded "+threaded, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			ctx := testContext(t)
			state := filepath.Join(f.dir, "state")
			conf := f.service("hot_reload on") +
				input("id A", "mode pump", "count 100", "threaded "+threaded, "state "+state) + nullOutput
			run := f.start(t, h, conf)
			if _, err := run.WaitRecords(ctx, 100); err != nil {
				t.Fatal(err)
			}
			// The new generation reads the changed file and goes on.
			write(t, f.dir, "test.conf", strings.Replace(conf, "count 100", "count 200", 1))
			if err := run.Reload(ctx); err != nil {
				t.Fatalf("%v\n%s", err, run.Log())
			}
			recs, err := run.WaitRecords(ctx, 200)
			if err != nil {
				t.Fatal(err)
			}
			stop(t, run)
			wantSequence(t, "A", numbers(t, recs, "A"), 200)
			calls := f.calls(t)
			calls = slices.DeleteFunc(calls, func(s string) bool { return s == "Pause" })
			want := []string{
				"PreRegister 0", "Register", "Init A", "segv host", "PreRun 1",
				"PreRegister 1", "Register", "PreExit 1", "Exit", "Unregister",
				"Init A", "segv host", "PreRun 1", // the host has taken SIGSEGV back
				"PreExit 0", "Exit", "Unregister",
			}
			if !slices.Equal(calls, want) {
				t.Errorf("calls\n got %q\nwant %q", calls, want)
			}
		})
	}
}

// TestReloadWaitsForOutputs: a reload has no grace period. With a stalled
// output it takes until the output goes on, however long that is.
func TestReloadWaitsForOutputs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	conf := f.service("hot_reload on") + input("id A", "mode pump", "count 20", "threaded off", "state "+filepath.Join(f.dir, "state")) + nullOutput
	run := f.start(t, abihost.Build(t), conf, func(o *abihost.Options) { o.Faults.Stall = true })
	waitAccepted(t, run, 2)
	reloaded := make(chan error, 1)
	go func() { reloaded <- run.Reload(ctx) }()
	// Three times the grace period of an end.
	for i := 1; i <= 15; i++ {
		if err := run.WaitLog(ctx, fmt.Sprintf("grace_timer=%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-reloaded:
		t.Errorf("the reload did not wait: %v", err)
	default:
	}
	if err := run.Stall(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := <-reloaded; err != nil {
		t.Error(err)
	}
	stop(t, run)
}

func TestReloadNotEnabled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "threaded off")+nullOutput)
	if err := run.WaitStarted(ctx); err != nil {
		t.Fatal(err)
	}
	if err := run.Reload(ctx); !errors.Is(err, abihost.ErrReload) {
		t.Fatal(err)
	}
	stop(t, run)
}

func TestInitFails(t *testing.T) {
	t.Parallel()
	h := abihost.Build(t)
	for _, threaded := range []string{"off", "on"} {
		t.Run("threaded "+threaded, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			run := f.start(t, h, f.service()+
				input("id A", "threaded "+threaded)+
				input("id B", "threaded "+threaded, "fail on")+
				input("id C", "threaded "+threaded)+nullOutput)
			exit, err := run.Wait(testContext(t))
			if err != nil || exit.Code != 255 {
				t.Fatalf("exit %+v, %v; log:\n%s", exit, err, run.Log())
			}
			exits := 0
			for _, c := range f.calls(t) {
				if c == "Exit" {
					exits++
				}
				if c == "Init C" {
					t.Error("C was initialised after B failed")
				}
			}
			// Off: A and the never initialised C. On: nobody.
			if want := map[string]int{"off": 2, "on": 0}[threaded]; exits != want {
				t.Errorf("%d Exit calls, want %d", exits, want)
			}
		})
	}
}

func TestInitFailsAtReload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	conf := f.service("hot_reload on") + input("id A", "threaded off", "fail off") + nullOutput
	run := f.start(t, abihost.Build(t), conf)
	if err := run.WaitStarted(ctx); err != nil {
		t.Fatal(err)
	}
	write(t, f.dir, "test.conf", strings.Replace(conf, "fail off", "fail on", 1))
	if err := run.Reload(ctx); !errors.Is(err, abihost.ErrEnded) {
		t.Fatal(err)
	}
	exit, err := run.Wait(ctx)
	if err != nil || exit.Code != 255 {
		t.Fatalf("exit %+v, %v", exit, err)
	}
}

func TestOldHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "mode return", "count 30", "threaded off")+nullOutput,
		func(o *abihost.Options) { o.OldLayout = true })
	recs, err := run.WaitRecords(testContext(t), 30)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, run)
	wantSequence(t, "A", numbers(t, recs, "A"), 30)
}

func TestCallbackWithoutContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "NO_CTX")
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "mode return", "count 30", "threaded off")+nullOutput)
	if _, err := run.WaitRecords(testContext(t), 30); err != nil {
		t.Fatal(err)
	}
	stop(t, run)
	if calls := f.calls(t); !slices.Contains(calls, "Cleanup") {
		t.Errorf("no cleanup call: %q", calls)
	}
}

func TestUnknownPlugin(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run := f.start(t, abihost.Build(t), f.service()+"[INPUT]\n    Name nobody\n"+nullOutput)
	exit, err := run.Wait(testContext(t))
	if err != nil || exit.Code != 1 {
		t.Fatalf("exit %+v, %v", exit, err)
	}
	if want := "plugin name that doesn't exist"; !strings.Contains(run.Log(), want) {
		t.Errorf("log does not say %q:\n%s", want, run.Log())
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := testContext(t)
	run := f.start(t, abihost.Build(t), f.service()+
		input("id A", "mode pump", "count 70", "metric on", "threaded off")+nullOutput)
	if _, err := run.WaitRecords(ctx, 70); err != nil {
		t.Fatal(err)
	}
	const name = `fluentbit_input_abitest_records_total{name="A"}`
	live, err := run.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for what, rep := range map[string]abihost.Report{"live": live, "final": stop(t, run)} {
		if len(rep.Instances) != 1 || rep.Instances[0].Metrics[name] != 70 {
			t.Errorf("%s report: %+v", what, rep)
		}
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run := f.start(t, abihost.Build(t), f.service()+input("id A", "mode pump", "count 2", "tag x.y", "threaded off")+
		"[OUTPUT]\n    Name file\n    Match x.*\n    Path "+f.dir+"\n    File plain\n    Format plain\n"+
		"[OUTPUT]\n    Name file\n    Match *\n    Path "+f.dir+"\n    File full\n"+
		"[OUTPUT]\n    Name stdout\n    Match *y\n    Format json_lines\n"+
		"[OUTPUT]\n    Name null\n    Match z\n")
	recs, err := run.WaitRecords(testContext(t), 6)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, run)
	if len(recs) != 6 {
		t.Errorf("%d records", len(recs))
	}
	for file, want := range map[string]string{
		"plain": `{"id":"A","n":0}` + "\n" + `{"id":"A","n":1}` + "\n",
		"full":  `x.y: [1694498816.000000000, {"id":"A","n":0}]` + "\n" + `x.y: [1694498816.000000000, {"id":"A","n":1}]` + "\n",
	} {
		if got := readFile(t, filepath.Join(f.dir, file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	if want := fmt.Sprintf(`{"date":%d.000000,"id":"A","n":0}`+"\n", 0x65000000); !strings.HasPrefix(run.Stdout(), want) {
		t.Errorf("stdout: %q", run.Stdout())
	}
}
