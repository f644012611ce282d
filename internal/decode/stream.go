package decode

import (
	"context"
	"io"
	"time"

	"in_stellar_aws/internal/interflow"
)

// batchSize is when a batch is handed over, in bytes: a size at which the
// host's cost for each append no longer matters and its chunks (2 MB) still
// fill evenly.
const batchSize = 256 << 10

// batchRoom is the room that a batch has at first: nearly every record that
// completes one fits. What a longer one needs is given back with its object.
const batchRoom = batchSize + 32<<10

// stream is what every decoder is made of: an object's plain bytes in a
// window, and the batch that its records go into.
type stream struct {
	now     func() time.Time
	clocked clocked

	inflater inflater
	win      window

	ctx     context.Context // of the decoding at hand
	object  Object
	source  *errTracker
	out     Output
	outErr  error  // out refused, or ctx ended
	buf     []byte // the batch
	ordinal uint64 // of the record at hand
	from    uint64
	drop    func(event []byte) bool
	stats   Stats
}

// clocked is what the mappers of all log types have in common.
type clocked interface {
	Begin(object interflow.Object, fallback int64)
	SetNow(millis int64)
	Replaced() int
}

// run decodes one object: values reads its plain bytes to their end.
func (d *stream) run(ctx context.Context, r io.Reader, o Object, out Output, values func() error) (Stats, error) {
	if cap(d.buf) < batchRoom || cap(d.buf) > 2*batchRoom {
		d.buf = make([]byte, 0, batchRoom)
	}
	d.ctx, d.out, d.outErr, d.buf = ctx, out, nil, d.buf[:0]
	d.ordinal, d.from, d.drop, d.stats = 0, o.From, o.Drop, Stats{}
	d.clocked.Begin(o.ID, o.Time.UnixNano())

	source := &errTracker{r: r}
	d.object, d.source = o, source
	plain, err := d.inflater.reset(source, o.Size)
	if err == nil {
		if o.Plain != nil {
			plain = io.TeeReader(plain, o.Plain)
		}
		d.win.reset(plain)
		err = values()
	}
	if d.outErr == nil {
		_ = d.flush() // what came before the damage, too; the error is in outErr
	}
	d.stats.Replaced = d.clocked.Replaced()
	switch {
	case d.outErr != nil:
		return d.stats, d.outErr
	case source.err != nil:
		return d.stats, source.err
	case err != nil:
		return d.stats, &StreamError{Ordinal: d.ordinal, Offset: d.win.offset(d.win.i), Err: err}
	}
	return d.stats, nil
}

// more reads on, unless the decoding is to end.
func (d *stream) more() error {
	if err := d.tick(); err != nil {
		return err
	}
	if err := proportionate(d.source.n, d.win.offset(len(d.win.b)), maxRatio); err != nil {
		return err
	}
	return d.win.more()
}

// tick tells the mapper the time, unless the decoding is to end.
func (d *stream) tick() error {
	if d.outErr = d.ctx.Err(); d.outErr != nil {
		return d.outErr
	}
	d.clocked.SetNow(d.now().UnixMilli())
	return nil
}

// accept takes the batch with one more event in it.
func (d *stream) accept(buf []byte) error {
	switch {
	case d.ordinal < d.from:
	case d.drop != nil && d.drop(buf[len(d.buf):]):
		d.stats.Filtered++
	case len(buf)-len(d.buf) > wideEvent && interflow.Widest(buf[len(d.buf):]) > interflow.MaxKeys:
		d.buf = buf[:len(d.buf)]
		d.bad(&wideError{interflow.Widest(buf[len(d.buf):])})
		return nil
	default:
		d.stats.Newest = max(d.stats.Newest, interflow.EventSeconds(buf[len(d.buf):]))
		d.buf = buf
		d.stats.Records++
	}
	d.ordinal++
	if len(d.buf) >= batchSize {
		return d.flush()
	}
	return nil
}

func (d *stream) flush() error {
	if len(d.buf) > 0 {
		d.buf, d.outErr = d.out.Flush(d.ctx, d.buf, d.ordinal)
		d.buf = d.buf[:0]
	}
	return d.outErr
}

// bad reports the record at hand, which is left out.
func (d *stream) bad(cause error) {
	if d.ordinal >= d.from {
		d.stats.Bad++
		d.out.Bad(&RecordError{Ordinal: d.ordinal, Offset: d.win.offset(d.win.i), Err: cause})
	}
	d.ordinal++
}
