package source

import (
	"context"
	"fmt"
)

// walk is a listing that can skip.
type walk struct {
	prefix string
	start  string // keys up to and with this one are not wanted
	to     string // nor are those behind this one; "": all are
	first  int    // how many keys the first page asks for
	sweep  bool
	edge   bool // it must be, whatever the budget leaves
	// requests, if set, counts them.
	requests *int
	// visit looks at a key and may name a later one: then the walk goes on
	// behind that.
	visit func(o Object) (seek string, err error)
	// asking, if set, is told behind which key each request but the first begins.
	asking func(pos string)
	// pause, if set, is asked after each page whether to stop at pos.
	pause func(pos string) bool
}

// run walks until the last key or a pause. pos is where another walk can go on.
//
// Skipping is what makes a listing cheap: a seek to a key on the same page
// costs nothing, and one beyond it becomes the StartAfter of the next request,
// whatever lies between.
func (p *Poller) run(ctx context.Context, w walk) (pos string, done bool, err error) {
	pos = w.start
	size := w.first
	for {
		out, err := p.list(ctx, ListInput{Prefix: w.prefix, StartAfter: pos, MaxKeys: size}, w.sweep)
		if w.requests != nil {
			*w.requests++
		}
		if w.edge {
			p.countEdge()
		}
		if err != nil {
			return pos, false, err
		}
		size = pageSize
		moved := false
		for _, o := range out.Objects {
			if o.Key <= pos {
				continue
			}
			if w.to != "" && o.Key > w.to {
				return w.to, true, nil
			}
			seek, err := w.visit(o)
			if err != nil {
				return pos, false, err
			}
			pos = max(o.Key, seek)
			moved = true
		}
		if out.Token == "" || w.to != "" && pos >= w.to {
			return pos, true, nil
		}
		if !moved {
			return pos, false, fmt.Errorf("list %s/%s: the server's listing does not go on after %q", p.o.Bucket, w.prefix, pos)
		}
		if w.pause != nil && w.pause(pos) {
			return pos, false, nil
		}
		if w.asking != nil {
			w.asking(pos)
		}
	}
}

// behind is a key that sorts after all keys in a folder.
func behind(folder string) string {
	if folder == "" {
		return ""
	}
	return folder[:len(folder)-1] + string(folder[len(folder)-1]+1)
}
