package source

import (
	"context"
	"time"

	"in_stellar_aws/internal/config"
)

// head lists what is new below the roots, all parts of them at the same time.
func (p *Poller) head(ctx context.Context, roots []*root, now time.Time) error {
	var parts []*part
	var listed []*root
	turns := (len(roots) + extraProbes - 1) / extraProbes
	for i, r := range roots {
		if r.err != nil {
			continue
		}
		listed = append(listed, r)
		r.listings++
		r.last, r.keys = r.keys, 0
		if !r.complete {
			r.last = pageSize
		}
		if r.parts = 1; p.layout.sorted() {
			cut := p.parts(r, (p.polls+i)%turns == 0)
			r.parts = len(cut)
			parts = append(parts, cut...)
		} else {
			parts = append(parts, &part{root: r})
		}
	}
	group, ctx := p.group(ctx)
	for _, part := range parts {
		p.goAt(group, part.root, func() error {
			if p.layout.sorted() {
				return p.listPart(ctx, part, now)
			}
			return p.listFolders(ctx, part, now)
		})
	}
	err := group.Wait()
	left := maxGrowing
	for _, r := range listed {
		p.headDone(r, now, &left)
	}
	return err
}

// headDone moves to where the next listing of r begins. After one that failed
// that is where this one began, unless it was not cut: then all before is done
// with.
func (p *Poller) headDone(r *root, now time.Time, left *int) {
	if r.err != nil && r.parts > 1 {
		return
	}
	for _, f := range r.families {
		if f.listing == r.listings {
			f.goOn(now, left)
		}
	}
	if r.err != nil {
		return
	}
	r.complete = true
	for _, b := range r.bases {
		b.from = now.Add(-min(grace, p.o.Lookback))
		if b.from.Before(p.o.Since) {
			b.from = p.o.Since
		}
	}
	if !p.layout.custom {
		r.skipFolders()
	}
}

// skipFolders has the next listing begin with the folder in which the first of
// a base's families goes on, if all names in it carry their time. AWS puts a
// name into the folder of that time.
func (r *root) skipFolders() {
	begins := make(map[*base]time.Time)
	for _, f := range r.families {
		at := f.resumesAt()
		if first, ok := begins[f.base]; !ok || at.Before(first) {
			begins[f.base] = at
		}
	}
	for b, at := range begins {
		if !b.unordered && at.After(b.from) {
			b.from = at
		}
	}
}

// listFolders is listPart where date folders do not sort.
func (p *Poller) listFolders(ctx context.Context, part *part, now time.Time) error {
	r := part.root
	b := p.base(r, &Key{base: r.prefix})
	folders, err := p.dateFolders(ctx, r.prefix, b.from, now, false)
	if err != nil {
		return err
	}
	for _, f := range folders {
		part.start, part.first = "", pageSize
		if _, _, err := p.run(ctx, p.walk(ctx, part, f.path, now)); err != nil {
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
	start, _ = r.entry(b, b.pattern)
	return start, pageSize
}

// entry is where the listing of a base goes on: at its first known family,
// once all have been met.
func (r *root) entry(b *base, pattern pattern) (key string, first *family) {
	key = b.name + pattern.format(b.from)
	stems := r.stems(b)
	if len(stems) == 0 || !r.complete {
		return key, nil
	}
	first = r.families[b.name+stems[0]]
	return key + first.stem + first.resume, first
}

// headKey looks at one key: it skips to where the key's folder and family have
// something new, or hands the key out.
func (p *Poller) headKey(ctx context.Context, part *part, now time.Time, o Object) (seek string, err error) {
	r := part.root
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
		target, first := r.entry(b, k.pattern)
		if b.mixed || !r.complete {
			target = p.layout.detour(&k, o.Key, b.from, target)
		}
		return part.seek(first, target), nil
	}
	if seek := p.skipRange(&k); seek != "" {
		return seek, nil
	}
	if k.start.After(b.from) && !k.start.After(now) && r.parts == 1 {
		b.from = k.start // if this listing is cut short, the next begins here
	}
	r.keys++
	if !k.Ordered {
		b.unordered = true
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
		return part.seek(f, k.folder+k.file.stem+f.resume), nil
	}
	isNew, err := p.offer(ctx, o, &k)
	if err != nil {
		return "", err
	}
	if !isNew && p.inRange(o, &k) {
		p.countKnown()
	}
	part.met(f, k.file.rest, isNew)
	if isNew {
		f.grew(&k, o.LastModified, now)
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

// manyFamilies reports whether a base may hold more than one family. For
// CloudTrail, account, kind and region are all in the folder; digests are by
// trail, too.
func (l *Layout) manyFamilies() bool {
	return l.custom || l.digests || l.sub != config.SubTypeCloudTrail
}
