package state

import (
	"errors"
	"fmt"
	"math"
)

// Commit makes u durable in one transaction and only then changes what the
// connector knows. After an error nothing has changed, as far as the caller is
// concerned: committing the same update again is right in every case.
//
// Objects in u.Delivered and u.Quarantine leave the flight. Marks follow from
// what was delivered and what is still in flight; no mark goes back.
func (c *Connector) Commit(u Update) error {
	c.commits.Lock()
	defer c.commits.Unlock()
	err := c.tryCommit(&u)
	if errors.Is(err, errStale) {
		c.mu.Lock()
		err = c.load()
		c.mu.Unlock()
		if err == nil {
			err = c.tryCommit(&u)
		}
	}
	if err != nil {
		return fmt.Errorf("commit connector %q: %w", c.name, err)
	}
	return nil
}

// errStale says that the backend holds a commit the connector does not know
// of: an earlier write was reported as failed although it had become durable.
var errStale = errors.New("backend is ahead of the memory")

func (c *Connector) tryCommit(u *Update) error {
	w := c.plan(u)
	if w == nil {
		return nil
	}
	if err := c.file.backend.write(c.name, w.run); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.apply()
	return nil
}

// work is one commit: what to write, and what to change in memory afterwards.
// Nothing of the connector is touched before apply.
type work struct {
	c        *Connector
	u        *Update
	families map[string]*familyWork
	lastID   uint32
	lastSeq  uint32
	stale    []Fingerprint // progress that fell out of the window
}

// familyWork is a family's part of a commit.
type familyWork struct {
	record    familyRecord
	high      int64
	fresh     []Fingerprint // to add, in the order of delivery
	times     []int64       // Unix seconds, of fresh
	chunks    []chunkRef    // as they will be
	forgotten []Fingerprint
}

// plan works out what u means. It returns nil when there is nothing to do.
func (c *Connector) plan(u *Update) *work {
	c.mu.RLock()
	defer c.mu.RUnlock()
	w := &work{c: c, u: u, families: make(map[string]*familyWork), lastID: c.lastID, lastSeq: c.lastSeq}
	landed := make(map[Fingerprint]bool, len(u.Delivered)+len(u.Quarantine))
	for _, p := range u.Delivered {
		_, known := c.delivered[p.Fingerprint]
		f := w.done(p)
		if known || landed[p.Fingerprint] {
			continue
		}
		landed[p.Fingerprint] = true
		f.fresh = append(f.fresh, p.Fingerprint)
		f.times = append(f.times, p.Time.Unix())
	}
	for _, q := range u.Quarantine {
		landed[q.Fingerprint] = true
		w.done(q.Position)
	}
	// A family with nothing delivered yet needs a mark too: without one, a
	// restart would begin at the marks of its neighbours, which may be ahead.
	for name, f := range c.families {
		if !f.stored {
			w.family(name)
		}
	}
	if len(w.families) == 0 && u.empty() {
		return nil
	}
	now := int64(math.MaxInt64)
	if !u.Now.IsZero() {
		now = u.Now.Unix()
	}
	for name, f := range w.families {
		f.advance(lowest(c.families[name], landed), now, c.lookback)
	}
	w.findStale(landed)
	return w
}

// family is the part of name, begun from what the connector knows.
func (w *work) family(name string) *familyWork {
	if f, ok := w.families[name]; ok {
		return f
	}
	f := &familyWork{high: math.MinInt64, record: familyRecord{mark: math.MinInt64, floor: math.MinInt64}}
	if old := w.c.families[name]; old != nil {
		f.record, f.high = old.familyRecord, old.high
		f.chunks = append(f.chunks, old.chunks...)
	}
	if f.record.id == 0 {
		w.lastID++
		f.record.id = w.lastID
	}
	w.families[name] = f
	return f
}

// done notes that p is delivered or in quarantine.
func (w *work) done(p Position) *familyWork {
	f := w.family(p.Family)
	f.high = max(f.high, p.Time.Unix())
	return f
}

// lowest is the oldest time still in flight, of those that do not land now.
func lowest(f *family, landed map[Fingerprint]bool) int64 {
	low := int64(math.MaxInt64)
	if f == nil {
		return low
	}
	for p, t := range f.flight {
		if !landed[p] {
			low = min(low, t)
		}
	}
	return low
}

// advance moves the mark up to what is done with, but not past what is in
// flight nor the present, and the floor after it. A late object in flight is
// behind the mark already: it holds the mark, so that a restart still looks
// back as far as that object.
func (f *familyWork) advance(low, now, lookback int64) {
	mark := min(low, now)
	if f.high != math.MinInt64 {
		mark = min(mark, f.high)
	}
	f.record.mark = max(f.record.mark, mark)
	f.record.floor = max(f.record.floor, f.record.mark-lookback)
}

// findStale picks progress whose object nobody will ask for any more.
func (w *work) findStale(landed map[Fingerprint]bool) {
	for print, p := range w.c.progress {
		f := w.families[p.Family]
		_, flying := w.c.flight[print]
		if f != nil && p.Time.Unix() < f.record.floor && (!flying || landed[print]) {
			w.stale = append(w.stale, print)
		}
	}
}
