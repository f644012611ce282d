package logs

import (
	"time"

	"in_stellar_aws/internal/health"
)

// ended reports whether nothing before Until is awaited of a source any more:
// all of it was read and delivered, the time is past in which it is read again
// for what became visible late, and every sweep has passed.
func (c *Connector) ended(s *logSource, now time.Time) bool {
	if c.Until.IsZero() || now.Before(c.Until.Add(c.Lookback)) {
		return false
	}
	until := c.Until.UnixMilli()
	c.ledger.Lock()
	defer c.ledger.Unlock()
	for _, age := range c.Sweeps {
		if s.marks.Sweeps[age] < until {
			return false
		}
	}
	return s.marks.Head >= until
}

// complete notes that a backfill is complete if every source has ended. The
// connector rests from then on.
func (c *Connector) complete(sources []*logSource) bool {
	now := time.Now()
	for _, s := range sources {
		if !c.ended(s, now) {
			return false
		}
	}
	c.mu.Lock()
	c.atEnd = true
	c.mu.Unlock()
	c.Log.Info("backfill complete", "from", c.Since.UTC().Format(time.RFC3339), "to", c.Until.UTC().Format(time.RFC3339),
		"log_groups", len(sources), "records_of_this_run", c.Status.Count(health.Records), "took", now.Sub(c.began).Round(time.Second))
	return true
}

// backfill is how far a backfill has come with the sources, nil where there is
// no end.
func (c *Connector) backfill(sources []*logSource, atEnd bool) *health.Backfill {
	if c.Until.IsZero() {
		return nil
	}
	since, until := max(0, c.Since.UnixMilli()), c.Until.UnixMilli()
	b := &health.Backfill{LogGroups: len(sources), Counted: since > 0 && len(sources) > 0, Complete: atEnd}
	var begun int64 // ms done before this run
	c.ledger.Lock()
	for _, s := range sources {
		b.Objects += (until - since) / 1000
		b.Done += (min(max(s.marks.Head, since), until) - since) / 1000
		begun += (min(max(s.begun, since), until) - since) / 1000
	}
	c.ledger.Unlock()
	b.Estimate(b.Done-begun, time.Since(c.began))
	return b
}
