package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// Decoder appends the record of a log event to dst; see decode.Logs.
type Decoder interface {
	Begin()
	Append(dst []byte, g *interflow.LogGroup, e *interflow.LogEvent) []byte
	Replaced() int
	Misfits() int // lines that are no flow records though they should be
}

// reader reads windows, one at a time.
type reader struct {
	c       *Connector
	decoder Decoder
	buf     []byte       // the batch
	seen    []state.Seen // what is in it
	message []byte
	blocks  [2]block // the newest first
	newest  int64    // time of the events of this run of pages
	pages   int      // of this run that held events
}

// block is the known events of a minute of the window's source, sorted. Two
// hold what is needed of them while the times go up.
type block struct {
	loaded bool
	minute int64
	ids    []state.EventID
}

// logBatchSize is when a batch is handed over, in bytes; see decode.
const batchSize = 256 << 10

// longAgo is how old a token at least is that AWS refuses for its age.
const longAgo = time.Hour

// read reads a window to its end, or cuts it.
func (r *reader) read(ctx context.Context, w *window) error {
	in := source.FilterInput{Source: w.plan.source.LogSource, From: w.from, To: w.to}
	r.restart()
	var got time.Time // the token
	for {
		if err := r.c.valve.Wait(ctx); err != nil {
			return err
		}
		page, err := r.c.api.FilterPage(ctx, in)
		var failed *source.LogsError
		if in.Token != "" && errors.As(err, &failed) && failed.BadToken() && time.Since(got) > longAgo {
			// It lived for 24 hours: the host did not take records for long.
			in.Token = ""
			r.restart()
			continue
		}
		if err != nil {
			return err
		}
		r.c.clock.told(page.At)
		r.c.Status.Add(health.LogPages, 1)
		if err := r.take(ctx, w.plan.source, page.Events); err != nil {
			return err
		}
		if !r.inOrder(page.Events) && r.c.ledger.disordered(w.plan) {
			r.c.Log.Warn("log events do not come in the order of time: a backlog is read by one reader", "log_group", w.plan.source.key)
		}
		if page.Token == "" {
			r.c.ledger.done(w)
			return nil
		}
		if parts := r.cut(w, page.Events); parts != nil {
			r.c.ledger.split(w, parts)
			return nil
		}
		in.Token, got = page.Token, time.Now()
	}
}

// restart forgets what was known when another run of pages began.
func (r *reader) restart() { r.blocks, r.newest, r.pages = [2]block{}, math.MinInt64, 0 }

// inOrder tells whether the events of the next page of a run go on in the order
// of time.
func (r *reader) inOrder(events []source.LogEvent) bool {
	before := r.newest
	for i := range events {
		r.newest = max(r.newest, events[i].Timestamp)
	}
	return slices.IsSortedFunc(events, func(a, b source.LogEvent) int { return cmp.Compare(a.Timestamp, b.Timestamp) }) &&
		(len(events) == 0 || events[0].Timestamp >= before)
}

// cut tells how to cut a window after a page, when more readers are of use.
func (r *reader) cut(w *window, events []source.LogEvent) []span {
	if len(events) == 0 {
		return nil
	}
	r.pages++
	rest, left := w.extent(events[0].Timestamp, r.newest, len(events))
	return rest.parts(left, r.pages, r.c.ledger.shares(w, left, r.c.demand()))
}

// take hands over the events of a page that are not known.
func (r *reader) take(ctx context.Context, s *logSource, events []source.LogEvent) error {
	r.decoder.Begin()
	records, known, bytes := 0, 0, int64(0)
	for i := range events {
		e := &events[i]
		bytes += int64(len(e.Message))
		id := state.EventIDOf(e.Stream, e.ID)
		isKnown, err := r.knows(s, e.Timestamp, id)
		if err != nil {
			return err
		}
		if isKnown {
			known++
			continue
		}
		r.append(s, e, id)
		records++
		if len(r.buf) >= batchSize {
			if err := r.flush(ctx, s); err != nil {
				return err
			}
		}
	}
	r.c.Status.Add(health.Records, int64(records))
	r.c.Status.Add(health.Duplicates, int64(known))
	r.c.Status.Add(health.ReplacedBytes, int64(r.decoder.Replaced()))
	r.c.Status.Add(health.Bytes, bytes)
	if n := r.decoder.Misfits(); n > 0 {
		s.misfits.Do(func() {
			r.c.Log.Warn("lines are no flow records as vpc_flow_format tells, and are kept as plain logs", "log_group", s.key, "lines", n)
		})
	}
	return r.flush(ctx, s)
}

func (r *reader) append(s *logSource, e *source.LogEvent, id state.EventID) {
	r.message = append(r.message[:0], e.Message...)
	before := len(r.buf)
	r.buf = r.decoder.Append(r.buf, &s.group, &interflow.LogEvent{
		ID: e.ID, Stream: e.Stream, Timestamp: e.Timestamp, Ingested: e.Ingested, Message: r.message,
	})
	if r.c.Drop != nil && r.c.Drop(r.buf[before:]) {
		r.c.Status.Add(health.FilteredRecords, 1)
		r.buf = r.buf[:before] // but not read again either
	}
	r.seen = append(r.seen, state.Seen{At: e.Timestamp, ID: id})
}

// knows tells that an event was delivered or is on its way.
func (r *reader) knows(s *logSource, at int64, id state.EventID) (bool, error) {
	m := state.Minute(at)
	switch b := &r.blocks; {
	case b[0].loaded && b[0].minute == m:
	case b[1].loaded && b[1].minute == m:
		b[0], b[1] = b[1], b[0]
	default:
		ids, err := r.c.ledger.known(s, m)
		if err != nil {
			return false, err
		}
		slices.Sort(ids)
		b[0], b[1] = block{true, m, ids}, b[0]
	}
	_, found := slices.BinarySearch(r.blocks[0].ids, id)
	return found, nil
}

// flush hands the batch over.
func (r *reader) flush(ctx context.Context, s *logSource) error {
	if len(r.seen) == 0 {
		return nil
	}
	b := batch{source: s, seen: r.seen}
	r.seen = nil
	if len(r.buf) == 0 { // all of them were filtered
		r.c.ledger.nothing(b)
		return nil
	}
	r.c.ledger.sending(b)
	seq, err := r.c.Queue.Append(ctx, r.buf)
	r.buf = r.buf[:0]
	if err != nil {
		r.c.ledger.unsent(b)
		return fmt.Errorf("hand over records: %w", err)
	}
	r.c.ledger.sent(seq, b)
	return nil
}
