package logs

import (
	"context"
	"time"

	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/state"
)

// State remembers what was delivered of log groups; see state.Windows.
type State interface {
	Marks(source string) (state.Marks, bool)
	Seen(source string, minute int64) ([]state.EventID, error)
	Commit(updates map[string]state.SourceUpdate) error
}

// ledger is the book of log events. It closes windows once everything in them
// is stored by the host.
type ledger struct {
	state State
	deliver.Outbox[batch]

	read  []readWindow // in the order of their closing
	todo  int          // windows that wait for a reader or have one
	left  float64      // pages to come in them, as expected
	dirty map[*logSource]struct{}
	told  func(newest time.Time) // that events were delivered
}

// batch is what a batch in the host's queue holds.
type batch struct {
	source *logSource
	seen   []state.Seen
}

// readWindow is a window of which every page was read. It closes with the last
// batch of its source: that may have been handed over by an earlier reading of
// the same events, which this one left out because they were on their way.
type readWindow struct {
	window *window
	last   uint64
}

func newLedger(s State) *ledger {
	return &ledger{state: s, Outbox: deliver.NewOutbox[batch](), dirty: make(map[*logSource]struct{}), told: func(time.Time) {}}
}

// sending holds the events of a batch before it is handed over: until it is
// sent or unsent, they are on their way.
func (l *ledger) sending(b batch) {
	l.Lock()
	defer l.Unlock()
	b.source.hold(b.seen)
}

// sent notes the number that the queue gave to a batch. The host may have
// stored it already.
func (l *ledger) sent(seq uint64, b batch) {
	l.Lock()
	defer l.Unlock()
	b.source.last = max(b.source.last, seq)
	l.Post(seq, b, l.settle)
}

// unsent takes back what sending held.
func (l *ledger) unsent(b batch) {
	l.Lock()
	defer l.Unlock()
	b.source.release(b.seen)
}

// nothing takes events that have no record for the host: they are delivered.
func (l *ledger) nothing(b batch) {
	l.Lock()
	defer l.Unlock()
	b.source.hold(b.seen)
	l.settle(b)
}

// settle takes the events of a stored batch into what is to be committed.
func (l *ledger) settle(b batch) {
	b.source.delivered = append(b.source.delivered, b.seen...)
	l.soil(b.source)
}

// soil says that there is something to commit of a source.
func (l *ledger) soil(s *logSource) {
	l.dirty[s] = struct{}{}
	l.Wake()
}

// StoredUpTo notes that the host has stored every batch up to seq.
func (l *ledger) StoredUpTo(seq uint64) {
	l.Lock()
	defer l.Unlock()
	l.Clear(seq, l.settle)
	waiting := l.read[:0]
	for _, r := range l.read {
		if r.last <= l.Stored {
			l.close(r.window)
		} else {
			waiting = append(waiting, r)
		}
	}
	clear(l.read[len(waiting):])
	l.read = waiting
}

// done notes that every page of a window was read.
func (l *ledger) done(w *window) {
	l.Lock()
	defer l.Unlock()
	l.finish(w)
}

// disordered notes that AWS's answers are not in the order of time, as they
// should be: windows of the source are not cut any more, and what was cut is
// read again. It tells whether that is news.
func (l *ledger) disordered(p *plan) bool {
	l.Lock()
	defer l.Unlock()
	if p.source.disordered {
		return false
	}
	p.source.disordered = true
	if p.cut {
		l.add(p, []span{p.whole})
	}
	return true
}

// finish closes a window when all of its events are stored.
func (l *ledger) finish(w *window) {
	l.expect(w, 0)
	w.plan.todo--
	l.todo--
	if last := w.plan.source.last; last > l.Stored {
		l.read = append(l.read, readWindow{w, last})
		return
	}
	l.close(w)
}

func (l *ledger) close(w *window) {
	p := w.plan
	delete(p.open, w)
	p.advance(&p.source.marks, p.front())
	l.soil(p.source)
	p.notify()
}

// next waits for a window of the plan to read. It is nil when all of them are
// closed.
func (l *ledger) next(ctx context.Context, p *plan) (*window, error) {
	for {
		l.Lock()
		changed := p.changed
		if len(p.queue) > 0 {
			w := p.queue[0]
			p.queue = p.queue[1:]
			l.Unlock()
			return w, nil
		}
		closed := len(p.open) == 0
		l.Unlock()
		if closed {
			return nil, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// marks changes a source's marks and returns them.
func (l *ledger) marks(s *logSource, change func(*state.Marks)) state.Marks {
	l.Lock()
	defer l.Unlock()
	change(&s.marks)
	l.soil(s)
	return cloneMarks(s.marks)
}

// known are the events of a minute that were delivered or are on their way, in
// no order.
func (l *ledger) known(s *logSource, minute int64) ([]state.EventID, error) {
	// First what is on its way: what is committed in between is found by the
	// second look.
	l.Lock()
	var pending []state.EventID
	for id := range s.pending[minute] {
		pending = append(pending, id)
	}
	l.Unlock()
	ids, err := l.state.Seen(s.key, minute)
	return append(ids, pending...), err
}

// Commit commits what there is.
func (l *ledger) Commit() error {
	l.Lock()
	updates := make(map[string]state.SourceUpdate, len(l.dirty))
	sources := make(map[string]*logSource, len(l.dirty))
	for s := range l.dirty {
		updates[s.key], sources[s.key] = s.update(), s
	}
	clear(l.dirty)
	l.Unlock()

	err := l.state.Commit(updates)
	if newest := newestOf(updates); err == nil && newest > 0 {
		l.told(time.UnixMilli(newest))
	}

	l.Lock()
	defer l.Unlock()
	for key, u := range updates {
		s := sources[key]
		if err != nil {
			s.delivered = append(u.Seen, s.delivered...)
			l.soil(s)
			continue
		}
		s.release(u.Seen)
	}
	return err
}

// newestOf is the time of the newest event delivered, in milliseconds of the
// Unix epoch; 0 without any.
func newestOf(updates map[string]state.SourceUpdate) (newest int64) {
	for _, u := range updates {
		for _, e := range u.Seen {
			newest = max(newest, e.At)
		}
	}
	return newest
}

// lowest is the lowest head of the sources, in milliseconds of the Unix epoch;
// false without any.
func (l *ledger) lowest(sources []*logSource) (head int64, ok bool) {
	l.Lock()
	defer l.Unlock()
	for i, s := range sources {
		if i == 0 || s.marks.Head < head {
			head = s.marks.Head
		}
	}
	return head, len(sources) > 0
}
