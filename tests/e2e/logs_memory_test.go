package e2e

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

var logsIDs = flag.Int("logs.ids", 300_000, "ids of delivered events in the state of TestLogsMemory")

// remember fills a state file with ids of events of the last day that were
// delivered.
func remember(t *testing.T, path, arn string, ids int) {
	t.Helper()
	db, err := state.Open(path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := db.Windows("logs")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	day := now.Add(-24 * time.Hour).UnixMilli()
	u := state.SourceUpdate{
		Marks: state.Marks{Head: now.UnixMilli(), Sweeps: map[time.Duration]int64{time.Hour: now.Add(-time.Hour).UnixMilli(), 24 * time.Hour: day}},
		Floor: day,
	}
	const perCommit = 200_000
	for i := range ids {
		at := day + int64(i)*24*3_600_000/int64(ids)
		u.Seen = append(u.Seen, state.Seen{At: at, ID: state.EventIDOf("s", fmt.Sprint(i))})
		if len(u.Seen) < perCommit && i < ids-1 {
			continue
		}
		if err := w.Commit(map[string]state.SourceUpdate{arn: u}); err != nil {
			t.Fatal(err)
		}
		u.Seen = u.Seen[:0]
	}
	w.Close()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLogsMemory bounds what the whole process needs for the ids of delivered
// events: the more of them, the more of the state file is mapped, no more.
func TestLogsMemory(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		peak := func(ids int) int64 {
			w := newWorld(t)
			w.AWS.AddLogGroup("app", harness.Region, harness.Account)
			l := &logs{w: w}
			c := harness.Config{Dir: t.TempDir()}
			db := filepath.Join(c.Dir, "ids.db")
			if ids > 0 {
				remember(t, db, "arn:aws:logs:"+harness.Region+":"+harness.Account+":log-group:app", ids)
			}
			c.Connectors = []harness.Connector{l.connector().With("log_groups", "app").With("db", db)}
			r := start(t, kind, c)
			const rounds, events = 2, 1000
			for round := range rounds {
				var put [events]fakeaws.LogEvent
				for i := range put {
					put[i] = fakeaws.LogEvent{Time: time.Now().Add(-10*time.Second - time.Duration(i)*9*time.Minute/events), Message: "hello"}
				}
				if err := w.AWS.PutLogEvents("app", "s", put[:]...); err != nil {
					t.Fatal(err)
				}
				r.collect("logs", (round+1)*events)
			}
			memory, err := r.PeakMemory()
			if err != nil {
				t.Fatal(err)
			}
			wantOnce(t, "ids", r.stop("logs"), rounds*events)
			return memory
		}
		without, with := peak(0), peak(*logsIDs)
		t.Logf("peak of %d MB without ids, %d MB with %d", without>>20, with>>20, *logsIDs)
		const perID, noise = 16, 8 << 20 // a map of them would take 50 each
		if most := int64(*logsIDs)*perID + noise; with-without > most {
			t.Errorf("%d ids take %d MB, want at most %d", *logsIDs, (with-without)>>20, most>>20)
		}
	})
}
