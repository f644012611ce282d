package source

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/internal/config"
)

// root is a folder that is listed from its beginning to its end, and what the
// listings have shown so far. The parts of its head listing share it, see
// part; else one goroutine at a time uses it.
type root struct {
	prefix string
	err    error // why the present poll does not go on with it

	mu       sync.Mutex // held by a part of the head while it looks at a key
	bases    map[string]*base
	families map[string]*family
	listings int // of the head, so far
	parts    int // of the present one
	complete bool
	keys     int       // met by the present head listing, from its folders' beginning
	last     int       // by the one before
	polled   time.Time // when the last poll was that came to an end

	sweep, edge sweepState
	next        time.Time // when the next sweep begins
	covered     time.Time // when the last look at the edge of the lookback began
	cost        int       // requests of the last pass of the whole lookback

	refused  *tooMany // what was not read of the present poll
	sorted   []string // the stems of sortedOf, once there are too many
	sortedOf *base
}

// base is a folder above the date.
type base struct {
	name    string
	pattern pattern   // the shortest met, nil before
	mixed   bool      // another was met too: flow logs by day and by hour
	from    time.Time // folders that end by then are done with, but for the sweep

	unordered bool // some names carry no time
}

// family is a family whose names carry the time.
type family struct {
	base    *base
	stem    string
	resume  string // in names, from the time on: where the next listing begins
	own     bool   // a listing needed a request of its own to come there
	listing int    // the last that met it
	fresh   int    // new keys in that
	trail   trail  // of that
	growing []growth
}

func newRoot(prefix string) *root {
	return &root{prefix: prefix, bases: make(map[string]*base), families: make(map[string]*family)}
}

// failed notes why the present poll does not go on with r. It returns only what
// ends the poll for all.
func (r *root) failed(err error) error {
	if err == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	if errors.As(err, new(foundError)) {
		return err
	}
	return nil
}

// base is the state of k's folder above the date. A folder met for the first
// time is listed from its marks on, or from Since.
func (p *Poller) base(r *root, k *Key) *base {
	b := r.bases[k.base]
	if b == nil {
		b = &base{name: strings.Clone(k.base), from: p.o.Since}
		if mark := p.lowestMark(b.name); mark.After(b.from) {
			b.from = mark
		}
		r.bases[b.name] = b
	}
	if k.dated() {
		b.met(k.pattern)
	}
	return b
}

func (b *base) met(p pattern) {
	b.mixed = b.mixed || b.pattern != nil && len(b.pattern) != len(p)
	if b.pattern == nil || len(p) < len(b.pattern) {
		b.pattern = p
	}
}

// detour is where a listing must look before it may skip from k, in a folder by
// the hour, to target: flow logs of one base can be delivered by the day as
// well, and their keys (2026/11/22/123456789012_...) lie among the folders of
// the hours (2026/11/22/15/...).
func (l *Layout) detour(k *Key, key string, from time.Time, target string) string {
	account, _, ok := strings.Cut(k.file.stem, "_")
	if !ok || !l.mayMix(k.pattern) {
		return target
	}
	stop := k.base + k.pattern.byDay().format(from) + account + "_"
	if key < stop && stop < target {
		return stop
	}
	return target
}

// lowestMark is the lowest mark below a folder, without families that ended.
func (p *Poller) lowestMark(folder string) time.Time {
	marks := slices.SortedFunc(maps.Values(p.ledger.Marks(folder)), time.Time.Compare)
	if len(marks) == 0 {
		return time.Time{}
	}
	ended := marks[len(marks)-1].Add(-p.o.Lookback - familyLag)
	for _, m := range marks {
		if !m.Before(ended) {
			return m
		}
	}
	return time.Time{}
}

// newestMark is the newest mark below a folder.
func (p *Poller) newestMark(folder string) (newest time.Time) {
	for _, m := range p.ledger.Marks(folder) {
		if m.After(newest) {
			newest = m
		}
	}
	return newest
}

// family is the state of k's family.
func (p *Poller) family(r *root, b *base, k *Key) *family {
	name := k.Family()
	f := r.families[name]
	if f == nil {
		name = strings.Clone(name)
		f = &family{base: b, stem: name[len(b.name):]}
		from := p.o.Since
		if mark, ok := p.ledger.Mark(name); ok && mark.After(from) {
			from = mark
		}
		f.resume = stampAt(from)
		r.families[name] = f
	}
	return f
}

// firstBase is the base that sorts first, nil where none is known.
func (r *root) firstBase() *base {
	if len(r.bases) == 0 {
		return nil
	}
	return r.bases[slices.Min(slices.Collect(maps.Keys(r.bases)))]
}

// mayMix reports whether a pattern's base can hold one by the day as well.
func (l *Layout) mayMix(p pattern) bool {
	return !l.custom && l.sub == config.SubTypeVPCFlow && p.finest() == hour
}

// before is the pattern with which to begin in b, so that the first skip makes
// the detour.
func (l *Layout) before(b *base) pattern {
	if l.mayMix(b.pattern) {
		return b.pattern.byDay()
	}
	return b.pattern
}

// stems are the stems of a base's families, in order.
func (r *root) stems(b *base) []string {
	var stems []string
	for _, f := range r.families {
		if f.base == b {
			stems = append(stems, f.stem)
		}
	}
	slices.Sort(stems)
	return stems
}
