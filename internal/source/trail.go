package source

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The names of one stamp sort by chance: a new one may come anywhere among
// those that are known. So while a stamp grows, all of its keys are listed
// again by each poll. Nothing less finds a new key at once, since S3 cannot be
// asked for what has changed: 6,000 keys of one stamp cost six requests, at the
// same time (part.go), whatever is new. A family whose stamps have fewer keys than
// the overlap pays nothing for it.
//
// With 100 objects a second in one family, and stamps of a minute, a poll
// takes 1 to 7 requests for it, 3.5 on average; with AWS's stamps of five
// minutes up to 31, 15.5 on average. At an interval of a second and $0.005 a
// thousand these are $0.06 and $0.28 an hour, beside $0.14 for the GETs; at an
// interval of five minutes less than a cent.
const (
	// settling is how long after its last new key a stamp is taken for one that
	// grows. It covers writers of one family that are seconds apart.
	settling = 10 * time.Second
	// maxGrowing is how many keys a poll lists again for that, of all families.
	// What lies farther back is left to the sweep.
	maxGrowing = 64_000
	// maxGrowths is how many stamps of a family may grow.
	maxGrowths = 16
)

// growth is a stamp that gets keys.
type growth struct {
	at       time.Time // the stamp, to the minute
	modified time.Time // LastModified of its newest key, by S3's clock
	seen     time.Time // when a poll found a new one last, by ours
}

// grew notes a new key.
func (f *family) grew(k *Key, modified, now time.Time) {
	at := k.file.at.Truncate(time.Minute) // a digest's has seconds
	for i := len(f.growing) - 1; i >= 0; i-- {
		if g := &f.growing[i]; g.at.Equal(at) {
			g.seen = now
			if modified.After(g.modified) {
				g.modified = modified
			}
			return
		}
	}
	if len(f.growing) == maxGrowths {
		f.settle(now)
	}
	f.growing = append(f.growing, growth{at: at, modified: modified, seen: now})
	if len(f.growing) > maxGrowths {
		f.growing = slices.Delete(f.growing, 0, 1)
	}
}

// settle forgets stamps that do not grow any more: those of which the present
// poll found new keys, but none as new as others, and those of which no poll
// has found any for a while. So both clocks are only compared with themselves.
func (f *family) settle(now time.Time) {
	var newest time.Time
	for _, g := range f.growing {
		if g.seen.Equal(now) && g.modified.After(newest) {
			newest = g.modified
		}
	}
	f.growing = slices.DeleteFunc(f.growing, func(g growth) bool {
		if g.seen.Equal(now) {
			return newest.Sub(g.modified) > settling
		}
		return now.Sub(g.seen) > settling
	})
	if len(f.growing) == 0 {
		f.growing = nil // there are very many families
		return
	}
	slices.SortFunc(f.growing, func(a, b growth) int { return a.at.Compare(b.at) })
}

// goOn moves to where the next listing begins: behind what need not come by
// again, see overlap, but before every stamp that grows. left is how many keys
// may be listed again for these.
func (f *family) goOn(now time.Time, left *int) {
	f.trail.sort()
	overlap := f.overlap()
	f.settle(now)
	resume := f.resume
	if f.trail.keys > overlap {
		resume = f.trail.back(overlap)
	}
	if len(f.growing) > 0 {
		begin := stampAt(f.growing[0].at)
		if f.trail.behind(begin) > *left {
			begin = f.trail.back(*left)
		}
		if begin < resume {
			*left -= max(f.trail.behind(begin)-f.trail.behind(resume), 0)
			resume = begin
		}
	}
	f.resume = resume
	f.trail.forget(resume)
}

// overlap is how many known keys the next listing of the family may begin with
// and still need only one page, if twice as many new ones come as this time.
func (f *family) overlap() int {
	return min(max(pageSize-50-2*f.fresh, 0), maxOverlap)
}

// trail remembers where a listing of a family came by.
type trail struct {
	points []*point // in order, once sorted
	keys   int      // all that came by
}

// point is a name, from its time on, that came by.
type point struct {
	rest string
	keys int // from it to the next point
}

const (
	trailStep  = 50  // keys to a point
	maxOverlap = 900 // keys; with a few new ones this fills a page
	maxPoints  = (maxGrowing + maxOverlap) / trailStep
)

func (t *trail) reset() { t.points, t.keys = nil, 0 }

// add notes a key. last is the point of the key before it, of the same family
// and listing, nil for the first; the key's is returned.
func (t *trail) add(rest string, last *point) *point {
	t.keys++
	if last != nil && last.keys < trailStep {
		last.keys++
		return last
	}
	p := &point{rest: strings.Clone(rest), keys: 1}
	if t.points = append(t.points, p); len(t.points) > 2*maxPoints {
		t.sort()
		t.points = slices.Delete(t.points, 0, len(t.points)-maxPoints)
	}
	return p
}

// sort brings the points in order after several parts of a listing have added
// to them.
func (t *trail) sort() {
	slices.SortFunc(t.points, func(a, b *point) int { return cmp.Compare(a.rest, b.rest) })
}

// back is the earliest point with at most this many keys behind it, or else the
// last one; "" where nothing came by.
func (t *trail) back(keys int) string {
	if len(t.points) == 0 {
		return ""
	}
	n := len(t.points) - 1
	for behind := t.points[n].keys - 1; n > 0 && behind+t.points[n-1].keys <= keys; n-- {
		behind += t.points[n-1].keys
	}
	return t.points[n].rest
}

// behind is how many keys came by from the point at or behind rest on.
func (t *trail) behind(rest string) (keys int) {
	for _, p := range t.points {
		if p.rest >= rest {
			keys += p.keys
		}
	}
	return keys
}

// forget keeps only the points from rest on, for the next listing to be cut at,
// and none where that is a page.
func (t *trail) forget(rest string) {
	if t.keys <= maxOverlap {
		t.points = nil
		return
	}
	t.points = slices.Clone(slices.DeleteFunc(t.points, func(p *point) bool { return p.rest < rest }))
}
