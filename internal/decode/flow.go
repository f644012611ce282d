package decode

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"in_stellar_aws/internal/interflow"
)

// LineMapper appends the event of a flow log's line.
type LineMapper interface {
	clocked
	SetFormat(names []string)
	MapValues(dst []byte, values []interflow.FlowValue, ordinal uint64) []byte
	Map(dst, line []byte, ordinal uint64) ([]byte, error)
}

// Flow decodes flow logs, in text or Parquet: in text a header names the
// fields, and every line is a record
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html).
// A header may come again, with another order of fields. Lines that Firehose
// wrapped into JSON are unwrapped.
//
// A Flow holds buffers and belongs to one goroutine.
type Flow struct {
	stream
	mapper LineMapper
	usual  []byte // the header of objects without one
	header []byte // whose format the mapper has
	headed bool   // the object at hand has told its format, or began without
}

// NewFlow returns a decoder; format is the order of the fields in objects that
// have no header, AWS's default order when empty.
func NewFlow(m LineMapper, format []string, now func() time.Time) *Flow {
	if len(format) == 0 {
		format = interflow.DefaultFlowFormat
	}
	return &Flow{stream: stream{now: now, clocked: m}, mapper: m, usual: []byte(strings.Join(format, " "))}
}

// Decode reads the object's bytes from r and hands its records to out.
// Errors: what r or out returned, ctx's, or a StreamError.
func (d *Flow) Decode(ctx context.Context, r io.Reader, o Object, out Output) (Stats, error) {
	d.headed = false
	return d.run(ctx, r, o, out, d.values)
}

// values reads the object by what its first bytes say that it is.
func (d *Flow) values() error {
	if err := d.more(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(d.win.b, []byte(parquetMagic)) {
		return d.parquet()
	}
	return d.lines()
}

// lines reads the object line by line; the last one may lack its line end.
func (d *Flow) lines() error {
	for from := 0; ; {
		if n := bytes.IndexByte(d.win.b[d.win.i+from:], '\n'); n >= 0 {
			end := d.win.i + from + n
			if err := d.line(d.win.b[d.win.i:end]); err != nil {
				return err
			}
			d.win.i, from = end+1, 0
			continue
		}
		from = len(d.win.b) - d.win.i // searched already
		switch err := d.more(); {
		case errors.Is(err, io.EOF):
			return d.line(d.win.b[d.win.i:])
		case errors.Is(err, errTooLong):
			d.bad(err)
			if err := d.skipLine(); err != nil {
				return err
			}
			from = 0
		case err != nil:
			return err
		}
	}
}

// skipLine drops what is left of a line that is too long.
func (d *Flow) skipLine() error {
	for {
		if n := bytes.IndexByte(d.win.b[d.win.i:], '\n'); n >= 0 {
			d.win.i += n + 1
			return nil
		}
		d.win.i = len(d.win.b)
		if err := d.more(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// line reads one line: a header, a record or JSON that wraps records.
func (d *Flow) line(text []byte) error {
	text = bytes.TrimSpace(text)
	if len(text) > 0 && text[0] == byteOrderMark[0] {
		text = bytes.TrimSpace(bytes.TrimPrefix(text, byteOrderMark))
	}
	switch {
	case len(text) == 0:
		return nil
	case text[0] == '{' || text[0] == '[':
		return d.wrapped(text)
	}
	return d.plain(text)
}

// plain reads a header or a record.
func (d *Flow) plain(text []byte) error {
	if len(text) <= longestHeader && interflow.IsFlowHeader(text) {
		d.setFormat(text)
		return nil
	}
	return d.record(text)
}

// longestHeader is up to how many bytes a line can be a header: all fields of
// version 11 take 800, and each makes a column that is held.
const longestHeader = 16 << 10

// setFormat gives the mapper the format that a header names. The files of one
// flow log have the same header, which costs nothing then.
func (d *Flow) setFormat(header []byte) {
	d.headed = true
	if bytes.Equal(header, d.header) {
		return
	}
	d.header = append(d.header[:0], header...)
	d.mapper.SetFormat(strings.Fields(string(header)))
}

func (d *Flow) record(text []byte) error {
	if !d.headed {
		d.setFormat(d.usual)
	}
	buf, err := d.mapper.Map(d.buf, text, d.ordinal)
	if err != nil && len(text) <= longestLoose {
		if tight := bytes.Join(bytes.Fields(text), []byte{' '}); !bytes.Equal(tight, text) {
			buf, err = d.mapper.Map(d.buf, tight, d.ordinal)
		}
	}
	if err != nil {
		d.bad(err)
		return nil
	}
	return d.accept(buf)
}

// longestLoose is up to how many bytes a line may have other white space than
// AWS's single spaces, as one has that went through a table or an editor.
const longestLoose = 64 << 10
