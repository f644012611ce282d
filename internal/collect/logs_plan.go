package collect

import "in_stellar_aws/internal/state"

// span is a range of event times, from <= time < to, in milliseconds of the
// Unix epoch.
type span struct{ from, to int64 }

// plan is a range of a source that is to be read. It begins as one window,
// which is cut into smaller ones where it holds so much that several readers
// at a time are of use. The ledger's lock guards it.
type plan struct {
	source *logSource
	// advance notes that every event before front is delivered.
	advance func(m *state.Marks, front int64)

	end     int64
	queue   []*window            // not being read
	open    map[*window]struct{} // not closed
	changed chan struct{}        // closed and replaced when queue or open have changed
}

// window is what one run of pages reads.
type window struct {
	span
	plan *plan
}

func newPlan(s *logSource, of span, advance func(*state.Marks, int64)) *plan {
	p := &plan{source: s, advance: advance, end: of.to, open: make(map[*window]struct{}), changed: make(chan struct{})}
	p.add(of)
	return p
}

// add puts a window into the queue.
func (p *plan) add(of span) {
	w := &window{of, p}
	p.queue = append(p.queue, w)
	p.open[w] = struct{}{}
}

// front is the time before which every window is closed.
func (p *plan) front() int64 {
	front := p.end
	for w := range p.open {
		front = min(front, w.from)
	}
	return front
}

// notify wakes who waits for a change.
func (p *plan) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// How windows are cut.
const (
	partPages = 8    // pages that a part is meant to have
	mostParts = 32   // of one cut
	shortest  = 1000 // ms of a part
)

// parts tells how to cut a window of which some pages have been read, the last
// of which held the events from first to last: not at all (nil), or into what
// has been read, which is read again, and equal parts of the rest. That what
// has been read is read again costs little, and nothing depends on the order
// of the events in the answers. faster is how many times as fast AWS would
// answer if more readers asked.
func (w *window) parts(pages int, first, last int64, faster float64) []span {
	rest := span{last + 1, w.to}
	length := rest.to - rest.from
	if first > last || length < 2*shortest {
		return nil
	}
	expected := length / (last - first + 1) // pages, if the rest is as dense
	if expected < partPages || float64(expected)*(faster-1) <= float64(pages) {
		return nil
	}
	n := min(max(expected/partPages, 2), mostParts, length/shortest)
	cut := []span{{w.from, rest.from}}
	for i := range n {
		cut = append(cut, span{rest.from + length*i/n, rest.from + length*(i+1)/n})
	}
	return cut
}
