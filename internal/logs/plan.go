package logs

import (
	"math"

	"in_stellar_aws/internal/state"
)

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
	changed chan struct{}        // closed and replaced when queue or open have changed
}

// window is what one run of pages reads.
type window struct {
	span
	plan *plan
	left int64 // pages to come, as expected
}

func newPlan(s *logSource, of span, advance func(*state.Marks, int64)) *plan {
	p := &plan{source: s, advance: advance, whole: of, open: make(map[*window]struct{}), changed: make(chan struct{})}
	p.add(of)
	return p
}

// add puts a window into the queue.
func (p *plan) add(of span) {
	w := &window{span: of, plan: p}
	p.queue = append(p.queue, w)
	p.open[w] = struct{}{}
}

// front is the time before which every window is closed.
func (p *plan) front() int64 {
	front := p.whole.to
	for w := range p.open {
		front = min(front, w.from)
	}
	return front
}

// largest tells that no window of the plan has more left.
func (p *plan) largest(w *window) bool {
	for other := range p.open {
		if other.left > w.left {
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

// How windows are cut.
const (
	cutCost  = 2    // requests more that a cut may need: a part's last page is hardly ever full, and parts may be empty
	shortest = 1000 // ms of a part
)

// extent is how much of a window is left after a page that held the events from
// first to last.
//
// FilterLogEvents sorts by time, so that everything before last was read, while
// more events of the same millisecond may follow
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).
func (w *window) extent(first, last int64) (rest span, pages int64) {
	rest = span{last, w.to}
	if last > first { // else it tells nothing of how dense the events are
		pages = (rest.to - rest.from) / (last - first)
	}
	return rest, pages
}

// parts tells how to cut what is left of a window, of so many pages if it is as
// dense as what was read: not at all (nil), or into equal parts. faster is how
// many times as fast AWS would answer if more readers asked.
func parts(rest span, pages int64, faster float64) []span {
	length := rest.to - rest.from
	n := min(int64(math.Ceil(faster)), pages, length/shortest)
	if n < 2 || float64(pages)*(faster-1) < cutCost {
		return nil
	}
	cut := make([]span, n)
	for i := range n {
		cut[i] = span{rest.from + length*i/n, rest.from + length*(i+1)/n}
	}
	return cut
}
