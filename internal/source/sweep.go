package source

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// sweepState is how far a sweep of a root's lookback, or of its edge, has come.
type sweepState struct {
	running  bool
	started  time.Time
	requests int              // so far
	pos      string           // sorted layouts: the key up to which it came
	at       time.Time        // others: the folder
	bases    []string         // in order, as they were at the start
	windows  map[string]*late // by base
}

// late is the time within which late keys of a base are looked for.
type late struct {
	base     *base
	from, to time.Time
	upTo     time.Time // what lies behind is not wanted; zero: all is
	stems    []string
}

// sweep lists as much of r's lookback as it takes for a whole pass in each
// SweepEvery.
//
// In each poll it is one root's turn: it goes on by a page at least. That is
// one request, and a small bucket's whole lookback.
func (p *Poller) sweep(ctx context.Context, r *root, now time.Time, turn bool) error {
	s := &r.sweep
	turn = turn && p.layout.sorted()
	if !s.running {
		if now.Before(r.next) && !turn || !r.complete || len(r.bases) == 0 {
			return nil
		}
		p.beginSweep(r, s, now)
	}
	share := float64(now.Sub(s.started)) / float64(p.o.SweepEvery)
	how := paced
	if turn {
		how = pacedByAPage
	}
	done, err := p.sweepUntil(ctx, r, s, share, how)
	if err != nil || !done {
		return err
	}
	s.running = false
	r.covered, r.cost = later(r.covered, s.started), s.requests
	r.next = s.started.Add(p.o.SweepEvery)
	if !r.next.After(now) {
		p.beginSweep(r, s, now) // with polls as rare as this, each finishes one
	}
	return nil
}

func (p *Poller) beginSweep(r *root, s *sweepState, now time.Time) {
	*s = sweepState{
		running: true,
		started: now,
		bases:   slices.Sorted(maps.Keys(r.bases)),
		windows: make(map[string]*late),
	}
	for name := range r.bases {
		s.windows[name] = p.window(r, name, now)
	}
	if len(s.bases) > 0 {
		s.at = s.windows[s.bases[0]].from
	}
}

// sweepAll sweeps the whole lookback at once, from the marks as they are now.
func (p *Poller) sweepAll(ctx context.Context, r *root, now time.Time) error {
	if len(p.ledger.Marks(r.prefix)) == 0 {
		return nil // nothing was delivered, so nothing is late
	}
	if !p.layout.sorted() {
		p.base(r, &Key{base: r.prefix})
	}
	s := &r.sweep
	p.beginSweep(r, s, now)
	_, err := p.sweepUntil(ctx, r, s, 1, catchup)
	s.running, r.edge.running = false, false
	if err == nil {
		r.covered, r.cost = now, s.requests
	}
	return err
}

// window is [newest mark - lookback, now): after a long pause the lookback is
// counted from where the connector stopped. In the sweep of a first poll it
// begins at the lowest mark instead: a late object that was not finished before
// a crash has held its family's.
func (p *Poller) window(r *root, name string, now time.Time) *late {
	b := r.bases[name]
	w := &late{base: b, from: now, to: now, stems: r.stems(b)}
	mark := p.lowestMark(name)
	if r.complete {
		mark = p.newestMark(name)
	}
	if !mark.IsZero() && mark.Before(now) {
		w.from = mark
	}
	w.from = w.from.Add(-p.o.Lookback)
	if w.from.Before(p.o.Since) {
		w.from = p.o.Since
	}
	return w
}

// pace is how many requests a sweep may take.
type pace int

const (
	paced        pace = iota // as many as the budget leaves
	pacedByAPage             // the same, but a page at least if one is left
	forEdge                  // what it needs, on account of the budget
	catchup                  // what it needs
)

// sweepUntil goes on with a sweep until the given share of it is done.
func (p *Poller) sweepUntil(ctx context.Context, r *root, s *sweepState, share float64, how pace) (done bool, err error) {
	visit := func(o Object) (string, error) { return p.lateKey(ctx, r, s, o) }
	if !p.layout.sorted() {
		return p.sweepFolders(ctx, r, s, share, visit)
	}
	ahead := func(pos string) bool { return share < 1 && s.progress(p.layout, pos) >= share }
	pause := func(pos string) bool { return ahead(pos) || how <= pacedByAPage && !p.credit.spend(r) }
	if ahead(s.pos) && how != pacedByAPage || how <= pacedByAPage && !p.credit.spend(r) {
		return false, nil
	}
	w := walk{prefix: r.prefix, start: s.pos, first: pageSize, sweep: true, edge: how == forEdge, visit: visit, pause: pause}
	if s.pos == "" {
		w.first = 1 // most often only shows from where to skip
		if len(s.bases) > 0 && p.layout.fixed() == len(p.layout.segments) {
			b := r.bases[s.bases[0]]
			w.start, w.first = b.name+p.layout.before(b).format(s.windows[b.name].from), pageSize
		}
	}
	w.requests = &s.requests
	s.pos, done, err = p.run(ctx, w)
	return done, err
}

// sweepFolders is sweepUntil where date folders do not sort.
func (p *Poller) sweepFolders(ctx context.Context, r *root, s *sweepState, share float64, visit func(Object) (string, error)) (bool, error) {
	w := s.windows[s.bases[0]]
	limit := w.from.Add(time.Duration(min(share, 1) * float64(w.to.Sub(w.from))))
	if !s.at.Before(limit) && share < 1 {
		return false, nil
	}
	folders, err := p.dateFolders(ctx, r.prefix, s.at, limit, true)
	if err != nil {
		return false, err
	}
	for _, f := range folders {
		if _, _, err := p.run(ctx, walk{prefix: f.path, first: pageSize, sweep: true, visit: visit}); err != nil {
			return false, err
		}
		s.at = f.end
	}
	return share >= 1, nil
}

// lateKey looks at one key: it skips what is older than the window and what the
// head lists anyway.
func (p *Poller) lateKey(ctx context.Context, r *root, s *sweepState, o Object) (seek string, err error) {
	k, foreign, ok := p.layout.parse(o.Key)
	if !ok {
		p.countForeign()
		return behind(foreign), nil
	}
	w := s.windows[k.base]
	if w == nil {
		if seek, refused := p.newBase(r, &k); refused {
			return seek, nil
		}
		b := p.base(r, &k)
		if len(p.ledger.Marks(b.name)) == 0 {
			return behind(k.base), nil // new; the head lists it
		}
		w = p.window(r, b.name, s.started)
		s.windows[b.name] = w
	}
	if k.dated() && !k.end.After(w.from) {
		target := k.base + k.pattern.format(w.from)
		return p.layout.detour(&k, o.Key, w.from, target), nil
	}
	if seek := p.skipRange(&k); seek != "" {
		return seek, nil
	}
	if seek := w.beyond(&k); seek != "" {
		return seek, nil
	}
	inHead := k.end.After(w.base.from) || !k.dated()
	if !k.Ordered {
		if inHead {
			return behind(k.folder), nil
		}
		_, err := p.offer(ctx, o, &k)
		return "", err
	}
	if seek, refused := p.newFamily(r, w.base, &k); refused {
		return seek, nil
	}
	f := p.family(r, w.base, &k) // a new one becomes known to the head here
	from := w.from
	if mark, ok := p.ledger.Mark(k.Family()); ok && mark.Add(-p.o.Lookback).After(from) {
		from = mark.Add(-p.o.Lookback)
	}
	if stamp := stampAt(from); k.file.rest < stamp {
		return k.folder + k.file.stem + stamp, nil
	}
	if inHead && k.file.rest > f.resume {
		return k.folder + k.file.stem + afterStamps, nil
	}
	_, err = p.offer(ctx, o, &k)
	return "", err
}

// progress is how much of the sweep lies before pos: bases are taken for
// equally large, and so are their families and equal times within these.
func (s *sweepState) progress(l *Layout, pos string) float64 {
	if pos == "" {
		return 0
	}
	k, _, ok := l.parse(pos)
	if !ok && k.folder == "" {
		k.base = pos // between two bases
	}
	i, known := slices.BinarySearch(s.bases, k.base)
	within := 0.0
	if known {
		within = s.windows[k.base].progress(&k, pos)
	}
	return (float64(i) + within) / float64(len(s.bases))
}

// progress is how much of the window lies before pos, of which k is what could
// be parsed: pos may be the target of a skip and no whole key.
func (w *late) progress(k *Key, pos string) float64 {
	all := w.to.Sub(w.from)
	start, end := w.from, w.to
	if k.dated() {
		start, end = w.clamp(k.start), w.clamp(k.end)
	}
	if all <= 0 {
		return 0
	}
	done := start.Sub(w.from)
	// i is the family that pos is in, or the one after pos.
	name := pos[len(k.folder):]
	i, _ := slices.BinarySearch(w.stems, name)
	if i > 0 && strings.HasPrefix(name, w.stems[i-1]) {
		i--
		at := end
		rest := name[len(w.stems[i]):]
		if t, err := time.Parse(stampLayout, rest[:min(len(rest), len(stampLayout))]); err == nil {
			at = w.clamp(t)
		}
		done += min(max(at.Sub(start), 0), end.Sub(start)) / time.Duration(len(w.stems))
	}
	if len(w.stems) > 0 {
		done += end.Sub(start) * time.Duration(i) / time.Duration(len(w.stems))
	}
	return float64(done) / float64(all)
}

func (w *late) clamp(t time.Time) time.Time {
	if t.Before(w.from) {
		return w.from
	}
	if t.After(w.to) {
		return w.to
	}
	return t
}
