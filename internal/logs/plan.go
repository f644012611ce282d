package logs

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

	whole   span
	cut     bool                 // a window of it was
	queue   []*window            // not being read
	open    map[*window]struct{} // not closed
	todo    int                  // windows that wait for a reader or have one
	changed chan struct{}        // closed and replaced when queue or open have changed
}

// window is what one run of pages reads.
type window struct {
	span
	plan *plan
	left float64 // pages to come, as expected; 0 while nothing of it was read
}

func newPlan(s *logSource, of span, advance func(*state.Marks, int64)) *plan {
	return &plan{source: s, advance: advance, whole: of, open: make(map[*window]struct{}), changed: make(chan struct{})}
}

// front is the time before which every window is closed.
func (p *plan) front() int64 {
	front := p.whole.to
	for w := range p.open {
		front = min(front, w.from)
	}
	return front
}

// large tells that no window of the plan has twice as much left.
func (p *plan) large(w *window) bool {
	for other := range p.open {
		if other.left > 2*w.left {
			return false
		}
	}
	return true
}

// notify wakes who waits for a change.
func (p *plan) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}
