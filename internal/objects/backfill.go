package objects

import (
	"context"
	"sync"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// Counter counts the objects of a range.
type Counter interface {
	Count(ctx context.Context, now time.Time, marks map[string]time.Time, tell func(source.Tally)) error
}

// Backfill is a range of time that is collected to its end.
type Backfill struct {
	Since, Until time.Time
	Settled      time.Time // from when on no object of the range is awaited any more
	Counter      Counter
	Marks        map[string]time.Time // up to when each family was delivered before this run
}

// backfill knows how far a backfill has come.
type backfill struct {
	Backfill
	c     *Connector
	began time.Time

	mu       sync.Mutex
	tally    source.Tally
	counted  bool  // tally is of the whole range
	known    int64 // objects that earlier runs have delivered and the marks do not tell of
	listed   bool  // the first poll has ended
	complete bool
}

func newBackfill(c *Connector, o Backfill) *backfill {
	return &backfill{Backfill: o, c: c, began: time.Now()}
}

// looksAgain is how often it is looked whether everything found is delivered.
const looksAgain = 200 * time.Millisecond

// polled takes the outcome of a poll, and returns how long to wait before the
// next: less than nothing where there is to be none, for the backfill is
// complete. wait is the connector's.
//
// It is complete when the whole range was listed without an error, everything
// found is committed, another listing then finds nothing, and the time is past
// in which late objects are looked for.
func (b *backfill) polled(ctx context.Context, began time.Time, stats source.Stats, err error, wait time.Duration) time.Duration {
	b.mu.Lock()
	if !b.listed {
		b.listed, b.known = true, int64(stats.Known)
	}
	b.mu.Unlock()
	if err != nil || began.Before(b.Settled) {
		return max(0, wait)
	}
	if stats.Found == 0 && b.c.State.InFlight() == 0 {
		b.end()
		return -1
	}
	for b.c.State.InFlight() > 0 {
		if routine.Pause(ctx, looksAgain) != nil {
			return 0
		}
	}
	return 0
}

// end notes that the backfill is complete. The connector rests from then on:
// it does not list, and its workers wait for what is in quarantine.
func (b *backfill) end() {
	b.mu.Lock()
	b.complete = true
	b.mu.Unlock()
	b.c.Log.Info("backfill complete", "from", b.Since.UTC().Format(time.RFC3339), "to", b.Until.UTC().Format(time.RFC3339),
		"objects", b.progress().Done, "objects_of_this_run", b.c.Status.Count(health.Objects), "records_of_this_run", b.c.Status.Count(health.Records),
		"quarantined", len(b.c.State.Quarantined()), "took", time.Since(b.began).Round(time.Second))
}

// count counts what there is to do, beside the collection. Where that fails it
// is tried again: until it has succeeded, the share that is done is not known.
func (b *backfill) count(ctx context.Context) error {
	for {
		err := b.Counter.Count(ctx, b.began, b.Marks, func(t source.Tally) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.tally = t
		})
		if ctx.Err() != nil {
			return nil
		}
		b.c.Status.Report("count the objects of the backfill", err)
		if err == nil {
			break
		}
		if routine.Pause(ctx, b.c.Interval) != nil {
			return nil
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counted = true
	return nil
}

// own is how many objects this run is done with.
func (b *backfill) own() int64 {
	own := b.c.Status.Count(health.Objects) + b.c.Status.Count(health.GoneObjects)
	for _, q := range b.c.State.Quarantined() {
		if !q.First.Before(b.began) {
			own++
		}
	}
	return own
}

// progress is how far the backfill has come.
func (b *backfill) progress() health.Backfill {
	own := b.own()
	b.mu.Lock()
	defer b.mu.Unlock()
	p := health.Backfill{Done: b.tally.Earlier + b.known + own, Objects: b.tally.Objects, Counted: b.counted, Complete: b.complete}
	if p.Counted {
		p.Done = min(p.Done, p.Objects)
	}
	if p.Complete && p.Counted {
		p.Done = p.Objects
	}
	p.Estimate(own, time.Since(b.began))
	return p
}
