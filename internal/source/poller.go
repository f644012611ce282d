package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/internal/routine"
)

const (
	// pageSize is the most keys S3 gives in a page.
	pageSize = 1000
	// grace is how long after its end a date folder is still listed by every
	// poll. Later keys are for the sweep.
	grace = 15 * time.Minute
	// familyLag is how far, beyond the lookback, a family's mark may be behind
	// its neighbours' after a crash and still decide where a folder is listed
	// from. Families further behind have ended.
	familyLag = 48 * time.Hour
	// minSweep is the shortest SweepEvery that is chosen by itself.
	minSweep = 5 * time.Minute
	// extraProbes is how many folders a poll may search for families that sort
	// before all known ones, at one request each. The sweep finds them as well.
	extraProbes = 2
)

// Options are a Poller's settings.
type Options struct {
	Bucket   string
	Since    time.Time     // objects before are not handed out; zero: all
	Until    time.Time     // nor objects from then on; zero: no end
	Lookback time.Duration // how far behind the newest mark late objects are looked for
	Workers  int           // folders listed at the same time; at least 1

	// SweepEvery is how often the whole lookback is listed again, see Poll. Zero:
	// a 24th of Lookback, at least 5 minutes.
	SweepEvery time.Duration
}

// Poller finds a connector's new objects. Use it from one goroutine.
type Poller struct {
	lister Lister
	layout *Layout
	ledger Ledger
	o      Options

	roots    map[string]*root
	children map[string][]string // folder -> its folders, where "*" stands
	polls    int
	credit   credit

	mu    sync.Mutex // serialises found and guards stats
	stats Stats
	found func(Object) error
}

// NewPoller makes a Poller that lists with l.
func NewPoller(l Lister, layout *Layout, ledger Ledger, o Options) *Poller {
	o.Workers = max(o.Workers, 1)
	if o.SweepEvery <= 0 {
		o.SweepEvery = max(o.Lookback/24, minSweep)
	}
	return &Poller{
		lister: l, layout: layout, ledger: ledger, o: o,
		roots:    make(map[string]*root),
		children: make(map[string][]string),
		credit:   credit{left: spare},
	}
}

// foundError is an error of the caller's found, which ends the poll.
type foundError struct{ error }

func (e foundError) Unwrap() error { return e.error }

// Poll lists what is new and hands each new object to found, which may block
// for as long as it likes. Calls of found are one at a time. Those of the first
// listing of a folder are in key order within a family; later listings are cut
// into parts that are listed at the same time (part.go). A found that fails ends
// the poll, and the object is found again by a later one.
//
// Folders with "*" are searched anew in each poll. An error in one folder, such
// as a denied account, does not stop the others: it is returned, joined with
// others, and the folder is taken up by the next poll where it stopped.
//
// Each poll lists every family from about 900 keys behind the newest key it
// knows, or from less where more than a page of new keys is usual, so that a
// request a family is enough, and finds new families on the way. Where the
// newest stamp has more keys than that, the poll begins with the first of them
// for as long as the stamp grows (trail.go). So keys of a stamp that grows, and
// others that come out of order by less than those 900, are found at once. For
// those that come later, the whole lookback is swept: spread evenly over the
// polls, each point of it is passed once in SweepEvery, and all of it in a first
// poll or one after a pause. So a key that appears late, but within the
// lookback, is found one SweepEvery and one poll later (two while the amount of
// keys changes much); with few roots whose lookback is a page, by the next polls.
//
// Where that would take more requests than the budget leaves (credit.go), the
// sweep takes longer, and each key is looked at once more before it leaves the
// lookback (edge.go): late keys are found later then, but none is missed.
func (p *Poller) Poll(ctx context.Context, now time.Time, found func(Object) error) (Stats, error) {
	p.stats, p.found = Stats{}, found
	prefixes, errs := p.expand(ctx)
	roots := p.keepRoots(prefixes, now)
	p.stats.Roots = len(roots)
	p.polls++
	err := p.pollRoots(ctx, roots, now)
	p.credit.end(p.stats, roots)
	if err != nil {
		return p.stats, fmt.Errorf("hand out object: %w", errors.Unwrap(err))
	}
	if err := ctx.Err(); err != nil {
		return p.stats, context.Cause(ctx)
	}
	for _, r := range roots {
		if r.err == nil && r.refused != nil {
			r.err = r.refused
		}
		errs = append(errs, r.err)
	}
	return p.stats, errors.Join(errs...)
}

// pollRoots lists what is new below all roots before it looks for what is late.
// Its error is found's.
func (p *Poller) pollRoots(ctx context.Context, roots []*root, now time.Time) error {
	for _, r := range roots {
		r.err, r.refused, r.sorted = nil, nil, nil
	}
	err := p.eachRoot(ctx, roots, func(ctx context.Context, r *root, _ int) error {
		if now.Sub(r.polled) <= 2*p.o.SweepEvery {
			return nil
		}
		// The first poll, or one after a long pause. What the head finds moves the
		// marks on, and with them the end of the lookback, so that keys which came
		// late before the pause must be looked for now.
		return p.sweepAll(ctx, r, now)
	})
	if err != nil {
		return err
	}
	if err := p.head(ctx, roots, now); err != nil {
		return err
	}
	first := p.credit.begin(roots)
	roots = slices.Concat(roots[first:], roots[:first])
	return p.eachRoot(ctx, roots, func(ctx context.Context, r *root, i int) error {
		if err := p.sweepEdge(ctx, r, now); err != nil {
			return err
		}
		if err := p.sweep(ctx, r, now, (p.polls+i)%len(roots) == 0); err != nil {
			return err
		}
		r.polled = now
		return nil
	})
}

// eachRoot does something for all roots with which the poll still goes on. An
// error of one does not stop the others, unless it is found's.
func (p *Poller) eachRoot(ctx context.Context, roots []*root, do func(ctx context.Context, r *root, i int) error) error {
	group, ctx := p.group(ctx)
	for i, r := range roots {
		if r.err == nil {
			p.goAt(group, r, func() error { return do(ctx, r, i) })
		}
	}
	return group.Wait()
}

// group runs goroutines, as many at a time as there are workers.
func (p *Poller) group(ctx context.Context) (*routine.Group, context.Context) {
	group, ctx := routine.WithContext(ctx)
	group.SetLimit(p.o.Workers)
	return group, ctx
}

// goAt does something for r, whose error its panic is, too.
func (p *Poller) goAt(group *routine.Group, r *root, do func() error) {
	group.Go("list objects", func() error {
		return r.failed(routine.Safely("list s3://"+p.o.Bucket+"/"+r.prefix, do))
	})
}

// keepRoots makes the roots of new folders and drops those that are gone. The
// sweeps of the roots begin at different times, so that they do not all fall
// into one poll.
func (p *Poller) keepRoots(prefixes []string, now time.Time) []*root {
	kept := make(map[string]*root, len(prefixes))
	for i, prefix := range prefixes {
		r := p.roots[prefix]
		if r == nil {
			r = newRoot(prefix)
			r.next = now.Add(p.o.SweepEvery * time.Duration(i) / time.Duration(len(prefixes)))
		}
		kept[prefix] = r
	}
	p.roots = kept
	roots := make([]*root, 0, len(kept))
	for _, r := range kept {
		roots = append(roots, r)
	}
	slices.SortFunc(roots, func(a, b *root) int { return cmp.Compare(a.prefix, b.prefix) })
	return roots
}

// list is one request.
func (p *Poller) list(ctx context.Context, in ListInput, sweep bool) (ListOutput, error) {
	in.Bucket = p.o.Bucket
	out, err := p.lister.ListPage(ctx, in)
	p.mu.Lock()
	p.stats.Lists++
	if sweep {
		p.stats.SweepLists++
	}
	p.stats.Keys += len(out.Objects)
	p.mu.Unlock()
	if err != nil {
		return out, fmt.Errorf("list %s/%s: %w", p.o.Bucket, in.Prefix, err)
	}
	return out, nil
}

// offer hands o out if it is in range and not known.
func (p *Poller) offer(ctx context.Context, o Object, k *Key) (isNew bool, err error) {
	if !p.inRange(o, k) || p.ledger.Known(o.Key, o.ETag) {
		return false, nil
	}
	// Only now: the ledger may forget while a listing goes on, and then an object
	// is unknown because it lies below the floor.
	if k.Time().Before(p.ledger.Floor(k.Family())) {
		return false, nil
	}
	// The key is cut from a page's text; what is kept must not keep the page.
	o.Bucket, o.Key, o.ETag = p.o.Bucket, strings.Clone(o.Key), strings.Clone(o.ETag)
	o.Family, o.Time = strings.Clone(k.Family()), k.Time()
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		return false, context.Cause(ctx) // while it waited for its turn
	}
	if err := p.found(o); err != nil {
		return false, foundError{err}
	}
	p.stats.Found++
	return true, nil
}

// inRange compares with Since and Until: the time in the name by the minute,
// else the folder's, and LastModified where the folder lies across a boundary.
func (p *Poller) inRange(o Object, k *Key) bool {
	since, until := p.o.Since, p.o.Until
	if k.Ordered {
		return !k.Time().Before(since.Truncate(time.Minute)) && (until.IsZero() || k.Time().Before(until))
	}
	if k.start.Before(since) && (!k.end.After(since) || o.LastModified.Before(since)) {
		return false
	}
	if until.IsZero() || !k.end.After(until) {
		return true
	}
	return k.start.Before(until) && o.LastModified.Before(until)
}

func (p *Poller) countKnown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Known++
}

func (p *Poller) countEdge() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.EdgeLists++
}

func (p *Poller) countForeign() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Foreign++
}
