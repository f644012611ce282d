package objects_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
)

// counter counts a range in as long as it is told.
type counter struct {
	tally source.Tally
	takes time.Duration
	fails int // how often it fails before it succeeds
}

func (c *counter) Count(ctx context.Context, _ time.Time, _ map[string]time.Time, tell func(source.Tally)) error {
	if c.fails > 0 {
		c.fails--
		return errors.New("access denied")
	}
	tell(source.Tally{Objects: c.tally.Objects / 2, Earlier: c.tally.Earlier})
	select {
	case <-time.After(c.takes):
		tell(c.tally)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backfill runs a backfill whose range is settled after a time.
func (w *world) backfill(settled time.Duration, c *counter) {
	now, log := time.Now(), slog.New(slog.NewTextHandler(w.journal, nil))
	status := health.NewStatus(log, nil, time.Now)
	connector := objects.New(objects.Options{
		Interval: time.Minute, Workers: 2,
		Poller: w.bucket, Store: w.bucket, State: w.state, Queue: w.host,
		NewDecoder: func() objects.Decoder { return lines{} },
		Backfill:   &objects.Backfill{Since: now.Add(-48 * time.Hour), Until: now.Add(-24 * time.Hour), Settled: now.Add(settled), Counter: c},
		Log:        log,
		Status:     status,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go status.Run(ctx, time.Second)
	go func() { ended <- connector.Run(ctx) }()
	w.stop = func() error {
		cancel()
		return <-ended
	}
}

func (w *world) polls() int {
	w.bucket.mu.Lock()
	defer w.bucket.mu.Unlock()
	return w.bucket.polls
}

// wantLine wants the last status line to say how far the backfill is.
func (w *world) wantLine(want string) {
	w.t.Helper()
	text := w.journal.String()
	_, last, _ := strings.Cut(text[strings.LastIndex(text, "msg=status"):], "backfill=")
	if last, _, _ = strings.Cut(last, " quarantined="); last != want {
		w.t.Errorf("backfill=%s, want %s", last, want)
	}
}

const complete = `msg="backfill complete"`

func TestBackfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 10 {
			w.bucket.put(fmt.Sprint("k", i), "a b")
		}
		w.host.Change(func() { w.host.Stalled = true })
		w.backfill(0, &counter{tally: source.Tally{Objects: 25, Earlier: 15}, takes: 5 * time.Second})
		time.Sleep(4500 * time.Millisecond)
		w.wantLine(`"25 objects of 12 and more, which are being counted"`)
		time.Sleep(10 * time.Minute)
		if w.polls() != 1 || strings.Contains(w.journal.String(), complete) {
			t.Errorf("%d polls before the host has stored anything\n%s", w.polls(), w.journal)
		}
		w.host.Change(func() { w.host.Stalled, w.host.Stored = false, uint64(len(w.host.Batches)) })
		time.Sleep(2 * time.Second)
		if w.polls() != 2 || !strings.Contains(w.journal.String(), complete) || !strings.Contains(w.journal.String(), "objects=25 objects_of_this_run=10 records_of_this_run=20 quarantined=0") {
			t.Errorf("%d polls, want one more, which finds nothing\n%s", w.polls(), w.journal)
		}
		time.Sleep(time.Hour)
		w.wantLine(`"complete, 25 objects"`)
		if w.polls() != 2 {
			t.Errorf("%d polls: it lists on", w.polls())
		}
		w.wantStop()

		w.restart()
		w.backfill(0, &counter{tally: source.Tally{Objects: 25, Earlier: 25}})
		time.Sleep(2 * time.Second)
		if w.polls() != 3 || strings.Count(w.journal.String(), complete) != 2 {
			t.Errorf("%d polls, want one, and the same end\n%s", w.polls(), w.journal)
		}
		w.wantStop()
	})
}

// TestBackfillGoesOn while something may come: a listing failed, or the range
// ended too recently.
func TestBackfillGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("a", "a")
		w.bucket.pollErr = errors.New("list: access denied")
		w.backfill(30*time.Minute, &counter{tally: source.Tally{Objects: 3}, fails: 2})
		time.Sleep(10*time.Minute + 1500*time.Millisecond)
		w.bucket.put("b", "b")
		w.wantLine(`"33.3 % of 3 objects, 20m2s left"`)
		time.Sleep(30 * time.Minute)
		if strings.Contains(w.journal.String(), complete) {
			t.Error("complete, although nothing could be listed")
		}
		w.bucket.mu.Lock()
		w.bucket.pollErr = nil
		w.bucket.mu.Unlock()
		w.bucket.put("c", "damage")
		time.Sleep(3 * time.Minute)
		if !strings.Contains(w.journal.String(), "objects=3 objects_of_this_run=2 records_of_this_run=2 quarantined=1") {
			t.Errorf("not complete\n%s", w.journal)
		}
		w.wantStop()
	})
}

// TestBackfillWaitsForLateObjects until its range is settled.
func TestBackfillWaitsForLateObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("a", "a")
		w.backfill(30*time.Minute, &counter{tally: source.Tally{Objects: 2}})
		time.Sleep(29 * time.Minute)
		if strings.Contains(w.journal.String(), complete) {
			t.Error("complete, although late objects may come")
		}
		w.bucket.put("late", "b")
		time.Sleep(3 * time.Minute)
		if !strings.Contains(w.journal.String(), complete) {
			t.Error("not complete")
		}
		w.wantStop()
		w.wantRecords("a", "b")
	})
}
