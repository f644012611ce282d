package logs

import "math"

// How windows are cut.
const (
	worthwhile = 2 // pages left: with fewer, a cut saves no round trip
	surely     = 4 // pages at the least for which events are taken to go on as dense as they are
)

// extent is how much of a window is left after a page of so many events, from
// first to last.
//
// FilterLogEvents sorts by time, so that everything before last was read, while
// more events of the same millisecond may follow
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).
func (w *window) extent(first, last int64, events int) (rest span, pages float64) {
	rest = span{last, w.to}
	if last > first { // else it tells nothing of how dense the events are
		page := float64(last-first) * float64(events) / float64(events-1)
		pages = float64(rest.to-rest.from) / page
	}
	return rest, pages
}

// parts cuts what is left of a window into n parts, or into fewer: of so many
// pages, if it is as dense as the pages that were read. nil: not at all.
//
// Parts of equal length are best if it is. That is taken for granted for as many
// pages again as were read. Where the parts are longer than that, each is a
// number of times as long as all before it: wherever the events become scarce,
// a part or two end near it, and the others are found empty together.
func (s span) parts(pages float64, read, n int) []span {
	length := s.to - s.from
	n = int(min(float64(n), pages, float64(length)))
	if n < 2 || pages < worthwhile {
		return nil
	}
	sure := float64(max(surely, read))
	if pages <= sure*float64(n) {
		return s.equal(n)
	}
	var cut []span
	from := s.from
	for i := range n {
		to := s.from + int64(float64(length)*math.Pow(sure/pages, float64(n-1-i)/float64(n)))
		if to > from {
			cut = append(cut, span{from, to})
			from = to
		}
	}
	if len(cut) < 2 { // too dense for milliseconds
		return nil
	}
	cut[len(cut)-1].to = s.to
	return cut
}

// equal cuts a span into n parts of the same length.
func (s span) equal(n int) []span {
	cut := make([]span, n)
	for i := range cut {
		length, i, n := s.to-s.from, int64(i), int64(n)
		cut[i] = span{s.from + length*i/n, s.from + length*(i+1)/n}
	}
	return cut
}

// missing is how many windows more would be read at the same time if of were
// useful, beside those that are read or wait: AWS would answer, and there are
// readers for them.
func (d readerDemand) missing(of, todo int) int {
	return min(of-max(d.active+1, todo), d.readers-todo)
}

// readerDemand is a demand for requests of a connector that has so many readers.
type readerDemand struct {
	demand
	readers int
}

// begin takes up a plan, cut into parts where many are of use and it is to be
// cut blindly, before anything is known of it.
func (l *ledger) begin(p *plan, blindly bool, d readerDemand) {
	l.Lock()
	defer l.Unlock()
	n := 1
	if blindly && !p.source.disordered {
		n = max(1, d.missing(d.enough, l.todo+1)+1)
	}
	l.add(p, p.whole.equal(n))
	p.cut = n > 1
}

// end puts a plan away, whether or not all of it was read.
func (l *ledger) end(p *plan) {
	l.Lock()
	defer l.Unlock()
	for w := range p.open {
		l.expect(w, 0)
	}
	l.todo -= p.todo
	p.todo = 0
}

// shares is into how many parts a window is to be cut of which so many pages
// are left: as many as there would be if what is left in all windows were shared
// out to as many readers as are of use, and these are missing. Where AWS is not
// asked enough, any large window is cut.
func (l *ledger) shares(w *window, pages float64, d readerDemand) int {
	l.Lock()
	defer l.Unlock()
	l.expect(w, pages)
	if w.plan.source.disordered || pages < worthwhile {
		return 1
	}
	n := min(d.missing(d.plenty, l.todo)+1, int(math.Round(pages/l.left*float64(d.plenty))))
	if n < 2 && d.missing(d.enough, l.todo) > 0 && w.plan.large(w) {
		return 2
	}
	return max(1, n)
}

// split notes that of a window was read what is before the parts.
func (l *ledger) split(w *window, parts []span) {
	l.Lock()
	defer l.Unlock()
	density := w.left / float64(w.to-parts[0].from)
	for _, part := range l.add(w.plan, parts) {
		l.expect(part, density*float64(part.to-part.from))
	}
	w.plan.cut = true
	l.finish(w)
}

// add puts windows into a plan's queue. The caller holds mu.
func (l *ledger) add(p *plan, of []span) (added []*window) {
	for _, s := range of {
		w := &window{span: s, plan: p}
		added = append(added, w)
		p.open[w] = struct{}{}
	}
	p.queue = append(p.queue, added...)
	p.todo += len(added)
	l.todo += len(added)
	p.notify()
	return added
}

// expect notes how many pages of a window are to come. The caller holds mu.
func (l *ledger) expect(w *window, pages float64) {
	l.left += pages - w.left
	w.left = pages
}
