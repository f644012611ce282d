package source

import (
	"context"
	"time"

	"in_stellar_aws/internal/config"
)

// head lists what is new below r.
func (p *Poller) head(ctx context.Context, r *root, now time.Time, probe bool) error {
	r.listings++
	r.last, r.keys = r.keys, 0
	if !r.complete {
		r.last = pageSize
	}
	err := p.headListing(ctx, r, now, probe)
	for _, f := range r.families {
		// While all that came by may come by again, the family is listed from
		// where it was: keys of one stamp sort by chance, and a new one before
		// the first that was met is no late one.
		if f.listing == r.listings && f.trail.keys > f.overlap() {
			f.resume = f.trail.back(f.overlap())
		}
	}
	if err != nil {
		return err
	}
	r.complete = true
	for _, b := range r.bases {
		b.from = now.Add(-min(grace, p.o.Lookback))
		if b.from.Before(p.o.Since) {
			b.from = p.o.Since
		}
	}
	return nil
}

func (p *Poller) headListing(ctx context.Context, r *root, now time.Time, probe bool) error {
	visit := func(o Object) (string, error) { return p.headKey(ctx, r, now, o) }
	if p.layout.sorted() {
		start, first := p.headStart(r, probe)
		_, _, err := p.run(ctx, walk{prefix: r.prefix, start: start, first: first, visit: visit})
		return err
	}
	b := p.base(r, &Key{base: r.prefix})
	folders, err := p.dateFolders(ctx, r.prefix, b.from, now, false)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if _, _, err := p.run(ctx, walk{prefix: f.path, first: pageSize, visit: visit}); err != nil {
			return err
		}
	}
	return nil
}

// headStart is the key behind which a listing must begin, and how many keys to
// ask for first. To look for bases and families before all known ones costs a
// request, with one key in the answer, unless one page holds everything anyway.
func (p *Poller) headStart(r *root, probe bool) (start string, first int) {
	b := r.firstBase()
	if b == nil {
		return "", pageSize
	}
	if p.layout.fixed() < len(p.layout.segments) {
		return "", 1
	}
	start = b.name + b.pattern.format(b.from)
	switch {
	case b.mixed || !r.complete:
		return b.name + p.layout.before(b).format(b.from), 1
	case r.last < pageSize/2:
		return start, pageSize
	case probe && p.layout.manyFamilies():
		return start, 1
	}
	return r.entry(b, b.pattern), pageSize
}

// entry is where the listing of a base goes on: at its first known family,
// once all have been met.
func (r *root) entry(b *base, pattern pattern) string {
	start := b.name + pattern.format(b.from)
	stems := r.stems(b)
	if len(stems) == 0 || !r.complete {
		return start
	}
	return start + stems[0] + r.families[b.name+stems[0]].resume
}

// headKey looks at one key: it skips to where the key's folder and family have
// something new, or hands the key out.
func (p *Poller) headKey(ctx context.Context, r *root, now time.Time, o Object) (seek string, err error) {
	k, foreign, ok := p.layout.parse(o.Key)
	if !ok {
		p.countForeign()
		return behind(foreign), nil
	}
	if seek, refused := p.newBase(r, &k); refused {
		return seek, nil
	}
	b := p.base(r, &k)
	if k.dated() && !k.end.After(b.from) {
		target := r.entry(b, k.pattern)
		if b.mixed || !r.complete {
			target = p.layout.detour(&k, o.Key, b.from, target)
		}
		return target, nil
	}
	if seek := p.skipRange(&k); seek != "" {
		return seek, nil
	}
	if k.start.After(b.from) && !k.start.After(now) {
		b.from = k.start // if this listing is cut short, the next begins here
	}
	r.keys++
	if !k.Ordered {
		isNew, err := p.offer(ctx, o, &k)
		if !isNew && err == nil && p.inRange(o, &k) {
			p.countKnown()
		}
		return "", err
	}
	if seek, refused := p.newFamily(r, b, &k); refused {
		return seek, nil
	}
	f := p.family(r, b, &k)
	if k.file.rest < f.resume {
		return k.folder + k.file.stem + f.resume, nil
	}
	isNew, err := p.offer(ctx, o, &k)
	if err != nil {
		return "", err
	}
	if !isNew && p.inRange(o, &k) {
		p.countKnown()
	}
	if f.listing != r.listings {
		f.listing, f.fresh = r.listings, 0
		f.trail.reset()
	}
	f.trail.add(k.file.rest)
	if isNew {
		f.fresh++
	}
	return "", nil
}

// skipRange is where to go on from a key that lies at or after Until, "" from
// another.
func (p *Poller) skipRange(k *Key) (seek string) {
	until := p.o.Until
	switch {
	case until.IsZero():
		return ""
	case k.dated() && !k.start.Before(until) && p.layout.sorted():
		return behind(k.base)
	case k.dated() && !k.start.Before(until):
		return behind(k.folder)
	case k.Ordered && !k.Time().Before(until):
		return k.folder + k.file.stem + afterStamps
	}
	return ""
}

// overlap is how many known keys the next listing of the family may begin with
// and still need only one page, if twice as many new ones come as this time.
func (f *family) overlap() int {
	return min(max(pageSize-50-2*f.fresh, 0), maxTrail)
}

// manyFamilies reports whether a base may hold more than one family. For
// CloudTrail, account, kind and region are all in the folder; digests are by
// trail, too.
func (l *Layout) manyFamilies() bool {
	return l.custom || l.digests || l.sub != config.SubTypeCloudTrail
}
