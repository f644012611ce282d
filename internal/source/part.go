package source

import (
	"context"
	"slices"
	"time"
)

// part is a piece of a head listing. The pieces are listed at the same time:
// with some 100 ms a request, one after the other would take longer than an
// interval of a second where there are many families, or where thousands of
// keys are listed again (trail.go).
//
// A listing can be cut at any key. It is cut where that takes no more
// requests: where one began the last time, to come to a known family's new keys,
// and within a family at each page. A new family between two known ones is
// met by the part of the one before it.
type part struct {
	root       *root
	first      int    // how many keys the first page asks for
	start, end string // keys up to and with start are not its, nor those behind end

	family *family // of the key before
	point  *point  // of its trail
	sought *family // where the part goes on, and at which key
	target string
}

// parts cuts the head listing of r into pieces.
func (p *Poller) parts(r *root, probe bool) []*part {
	start, first := p.headStart(r, probe)
	parts := []*part{{root: r, start: start, first: first}}
	for _, key := range r.cuts() {
		if last := parts[len(parts)-1]; key > last.start {
			last.end = key
			parts = append(parts, &part{root: r, start: key, first: pageSize})
		}
	}
	return parts
}

// cuts are the keys at which the head listing is cut, in order.
func (r *root) cuts() []string {
	if !r.complete || r.last < pageSize/2 {
		return nil // nothing is known, or all of it is a page
	}
	var keys []string
	for _, f := range r.families {
		if f.base.mixed {
			continue // one and the same family lies in two kinds of folders
		}
		pages := f.trail.pages(f.fresh)
		if !f.own && len(pages) == 0 {
			continue
		}
		for _, rest := range append(pages, f.resume) {
			keys = append(keys, f.key(rest))
		}
	}
	slices.Sort(keys)
	return keys
}

// key is the key of a name of the family, from its time on, in the folder of
// that time.
func (f *family) key(rest string) string {
	return f.base.name + f.base.pattern.format(stampOf(rest)) + f.stem + rest
}

// resumesAt is the time from which the next listing of the family is.
func (f *family) resumesAt() time.Time { return stampOf(f.resume) }

// pages are the points at which a listing of the family from its first point
// on can be cut, so that each piece is a page, with room for a few new keys: for
// twice as many as this time, if these were few.
func (t *trail) pages(fresh int) (rests []string) {
	room := max(pageSize-10-2*fresh*pageSize/max(t.keys, pageSize), maxOverlap)
	keys := 0
	for _, p := range t.points {
		if keys > 0 && keys+p.keys > room {
			rests, keys = append(rests, p.rest), 0
		}
		keys += p.keys
	}
	return rests
}

// listPart lists a part.
func (p *Poller) listPart(ctx context.Context, part *part, now time.Time) error {
	_, _, err := p.run(ctx, p.walk(ctx, part, part.root.prefix, now))
	return err
}

func (p *Poller) walk(ctx context.Context, part *part, prefix string, now time.Time) walk {
	return walk{
		prefix: prefix, start: part.start, to: part.end, first: part.first,
		visit: func(o Object) (string, error) {
			part.root.mu.Lock()
			defer part.root.mu.Unlock()
			return p.headKey(ctx, part, now, o)
		},
		asking: part.asking,
	}
}

// seek goes on at a family's new keys.
func (part *part) seek(f *family, target string) string {
	part.sought, part.target = f, target
	return target
}

// asking notes that it takes a request to come to a family.
func (part *part) asking(pos string) {
	if part.sought == nil || pos != part.target {
		return
	}
	part.root.mu.Lock()
	defer part.root.mu.Unlock()
	part.sought.own = true
}

// met notes a key of a family, new or known.
func (part *part) met(f *family, rest string, isNew bool) {
	r := part.root
	if f.listing != r.listings {
		f.listing, f.fresh = r.listings, 0
		f.trail.reset()
	}
	if part.family != f {
		part.family, part.point = f, nil
	}
	part.point = f.trail.add(rest, part.point)
	if isNew {
		f.fresh++
	}
}
