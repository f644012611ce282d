package e2e

import (
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

// TestRestart stops and starts a host: the second run collects what came in
// between, and only that.
func TestRestart(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		connector, before := trail(t, w, "trail", trailFiles(w, 1, 10*time.Minute, 10, 100)...)
		connector = connector.With("test_on_start", "off") // the test reads an object too
		config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{connector}}

		r := start(t, kind, config)
		r.collect("trail", before)
		while := put(t, w, "trail", trailFiles(w, 2, 5*time.Minute, 1, 50)...)
		r.collect("trail", before+while)
		begin := time.Now()
		wantOnce(t, "first run", r.stop("trail"), before+while)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("stopping took %v, longer than the grace period", took)
		}

		between := put(t, w, "trail", trailFiles(w, 3, 0, 2, 30)...)
		w.AWS.ResetRequests()
		r = start(t, kind, config)
		r.collect("trail", before+while+between)
		wantOnce(t, "both runs", r.stop("trail"), before+while+between)
		if n := w.AWS.Requests()["s3.GetObject"]; n != 2 {
			t.Errorf("the second run read %d objects, want the 2 new ones", n)
		}
		r.noComplaints()
	})
}

// TestKill kills a host in the middle of its work, three times: afterwards
// every record is there. Some may be twice, with the same id.
func TestKill(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 60, 150)
		connector, want := trail(t, w, "trail", files...)
		config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{connector.With("workers", "2")}}
		// Slow enough that there is a middle: 60 objects take 4.5 seconds.
		w.AWS.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Operation != "GetObject" {
				return nil
			}
			return &fakeaws.Fault{Latency: 150 * time.Millisecond}
		})

		came := 0
		for range 3 {
			r := start(t, kind, config)
			r.collect("trail", min(came+want/5, want))
			if err := r.Crash(r.ctx); err != nil {
				t.Fatal(err)
			}
			came = len(r.records("trail"))
		}
		w.AWS.Fault(nil)
		r := start(t, kind, config)
		whole := func() (bool, error) { return len(ids(t, r.records("trail"))) >= want, nil }
		if err := r.WaitFor(r.ctx, "all records", whole); err != nil {
			t.Fatalf("%v: there are %d of %d", err, len(ids(t, r.records("trail"))), want)
		}
		all := r.stop("trail")
		if got := len(ids(t, all)); got != want {
			t.Errorf("%d ids, want %d: a duplicate has another id than its twin", got, want)
		}
		t.Logf("%d of %d records came twice", len(all)-want, want)
		check(t, unique(all), files, nobody)
	})
}

// unique leaves out records whose id has come before.
func unique(all []harness.Record) []harness.Record {
	seen := map[any]bool{}
	var first []harness.Record
	for _, r := range all {
		if !seen[r["stellar_uuid"]] {
			first = append(first, r)
		}
		seen[r["stellar_uuid"]] = true
	}
	return first
}
