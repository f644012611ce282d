package state

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// Connector is the state of one connector. It is safe for concurrent use. What
// its methods tell is kept in memory and changes only after it is durable.
type Connector struct {
	name     string
	lookback int64 // seconds
	file     *file
	close    sync.Once

	commits sync.Mutex // one Commit at a time

	mu         sync.RWMutex
	generation uint64               // commits in the backend, as far as known
	pins       map[string]time.Time // by the key that they are stored under
	families   map[string]*family
	lastID     uint32 // of a family
	lastSeq    uint32 // of a chunk
	delivered  map[Fingerprint]struct{}
	progress   map[Fingerprint]Progress
	quarantine map[Fingerprint]Quarantined
	flight     map[Fingerprint]Position
}

// family is what is known of one family.
type family struct {
	familyRecord
	stored bool                  // false: only in flight so far
	high   int64                 // Unix seconds: newest object done with
	chunks []chunkRef            // in the order in which they were filled
	flight map[Fingerprint]int64 // Unix seconds
}

// chunkRef is where a chunk is; its fingerprints stay in the backend.
type chunkRef struct {
	seq    uint32
	newest int64 // Unix seconds
}

// The entries of tableMeta.
const (
	keySince      = "since"
	keyBacklog    = "backlog" // since when there is one
	keyListed     = "listed"  // since when there is none any more
	keyUntil      = "until"
	keyGeneration = "generation" // counts commits
)

func loadConnector(f *file, name string, lookback time.Duration) (*Connector, error) {
	c := &Connector{
		name:     name,
		lookback: int64(lookback / time.Second),
		file:     f,
		flight:   make(map[Fingerprint]Position),
	}
	return c, c.load()
}

// Close gives the connector's name back.
func (c *Connector) Close() {
	c.close.Do(func() { c.file.forget(c.name) })
}

// Since is where the connector began. The first call stores want, and every
// later one, also after a restart, returns what was stored: a start_from of
// "24h" must not move with each restart. The zero time is the beginning.
func (c *Connector) Since(want time.Time) (time.Time, error) { return c.pinned(keySince, want) }

// Until is where the connector's collection ends, kept as Since is.
func (c *Connector) Until(want time.Time) (time.Time, error) { return c.pinned(keyUntil, want) }

// OpenBacklog reports whether what there was before the connector's first start
// has yet to be listed to its end. It is for a connector that takes objects in
// any order: its marks do not tell. The first call, which comes before the first
// object, stores that there is a backlog; a connector that had objects before
// has none.
func (c *Connector) OpenBacklog() (open bool, err error) {
	c.mu.RLock()
	_, begun := c.pins[keyBacklog]
	_, done := c.pins[keyListed]
	fresh := len(c.families) == 0
	c.mu.RUnlock()
	if done || !begun && !fresh {
		return false, nil
	}
	_, err = c.pinned(keyBacklog, time.Now())
	return true, err
}

// CloseBacklog stores that the backlog was listed, and delivered, to its end.
func (c *Connector) CloseBacklog() error {
	_, err := c.pinned(keyListed, time.Now())
	return err
}

// pinned stores a time that has none stored yet, and returns what is stored.
func (c *Connector) pinned(key string, want time.Time) (time.Time, error) {
	c.commits.Lock()
	defer c.commits.Unlock()
	c.mu.RLock()
	stored, ok := c.pins[key]
	c.mu.RUnlock()
	if ok {
		return stored, nil
	}
	want = want.UTC().Round(0)
	value, err := want.MarshalBinary()
	if err == nil {
		err = c.file.backend.write(c.name, func(t txn) error { return t.put(tableMeta, []byte(key), value) })
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("store %s of connector %q: %w", key, c.name, err)
	}
	c.mu.Lock()
	c.pin(key, want)
	c.mu.Unlock()
	return want, nil
}

func (c *Connector) pin(key string, t time.Time) {
	if c.pins == nil {
		c.pins = make(map[string]time.Time)
	}
	c.pins[key] = t
}

// InFlight is how many objects were begun that are neither delivered nor in
// quarantine.
func (c *Connector) InFlight() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.flight)
}

// Mark is the low water of a family: every object of it with an earlier time
// that was begun has been delivered or is in quarantine.
func (c *Connector) Mark(family string) (time.Time, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f := c.families[family]
	if f == nil || !f.stored {
		return time.Time{}, false
	}
	return time.Unix(f.mark, 0).UTC(), true
}

// Marks are the marks of the families whose names begin with prefix.
func (c *Connector) Marks(prefix string) map[string]time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	marks := make(map[string]time.Time)
	for name, f := range c.families {
		if f.stored && strings.HasPrefix(name, prefix) {
			marks[name] = time.Unix(f.mark, 0).UTC()
		}
	}
	return marks
}

// Floor is the time below which the delivered objects of a family are
// forgotten: an older object must not be judged by Known. The zero time means
// that nothing was forgotten.
func (c *Connector) Floor(family string) time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f := c.families[family]
	if f == nil || !f.stored || f.floor == math.MinInt64 {
		return time.Time{}
	}
	return time.Unix(f.floor, 0).UTC()
}

// Known reports whether the object is delivered, in flight or in quarantine.
func (c *Connector) Known(key, etag string) bool {
	p := FingerprintOf(key, etag)
	c.mu.RLock()
	defer c.mu.RUnlock()
	if _, ok := c.quarantine[p]; ok {
		return true
	}
	return c.taken(p)
}

// Delivered reports whether the object is delivered, and not forgotten.
func (c *Connector) Delivered(p Fingerprint) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, ok := c.delivered[p]
	return ok
}

func (c *Connector) taken(p Fingerprint) bool {
	if _, ok := c.delivered[p]; ok {
		return true
	}
	_, ok := c.flight[p]
	return ok
}

// Begin takes an object into flight, which keeps its family's mark from
// passing it, and returns the ordinal of the record to begin with. It reports
// false for an object that is delivered or in flight already. Objects must be
// begun in the order in which the listing found them.
func (c *Connector) Begin(p Position) (next int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken(p.Fingerprint) {
		return 0, false
	}
	c.flight[p.Fingerprint] = p
	c.enter(p)
	return c.progress[p.Fingerprint].Next, true
}

// enter notes with its family that p is in flight. The caller holds mu.
func (c *Connector) enter(p Position) {
	f := c.families[p.Family]
	if f == nil {
		f = &family{high: math.MinInt64, familyRecord: familyRecord{mark: math.MinInt64, floor: math.MinInt64}}
		c.families[p.Family] = f
	}
	if f.flight == nil {
		f.flight = make(map[Fingerprint]int64)
	}
	f.flight[p.Fingerprint] = p.Time.Unix()
}

// Abandon takes an object out of flight that was not delivered: at shutdown,
// or because it is gone. Its family's mark may then pass it, so an object
// worth another try is quarantined instead.
func (c *Connector) Abandon(print Fingerprint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.land(print)
}

// land removes an object from flight. The caller holds mu.
func (c *Connector) land(print Fingerprint) {
	p, ok := c.flight[print]
	if !ok {
		return
	}
	delete(c.flight, print)
	f := c.families[p.Family]
	delete(f.flight, print)
	if !f.stored && len(f.flight) == 0 {
		delete(c.families, p.Family)
	}
}

// Quarantined are the objects in quarantine, in no order.
func (c *Connector) Quarantined() []Quarantined {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := make([]Quarantined, 0, len(c.quarantine))
	for _, q := range c.quarantine {
		all = append(all, q)
	}
	return all
}

// Oldest is the time of the oldest object in flight; false without any.
func (c *Connector) Oldest() (oldest time.Time, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.flight {
		if !ok || p.Time.Before(oldest) {
			oldest, ok = p.Time, true
		}
	}
	return oldest, ok
}

// Remembered is how many delivered objects are in the window.
func (c *Connector) Remembered() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.delivered)
}
