package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"in_stellar_aws/internal/jsonscan"
)

// Records decodes JSON records in every container that AWS puts them into:
// `{"Records":[…]}`, an array, CloudWatch subscription messages, one after
// another with or without white space between them
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html).
//
// A Records holds buffers and belongs to one goroutine.
type Records struct {
	stream
	mapper Mapper
	finder finder
	ended  bool  // a broken record reached to the end of the object
	again  int64 // bytes that broken records have made to be read again
}

// NewRecords returns a decoder for records that begin, mostly, with the key
// first.
func NewRecords(m Mapper, first string, now func() time.Time) *Records {
	return &Records{stream: stream{now: now, clocked: m}, mapper: m, finder: finder{usual: first}}
}

// Decode reads the object's bytes from r and hands its records to out.
// Errors: what r or out returned, ctx's, or a StreamError.
func (d *Records) Decode(ctx context.Context, r io.Reader, o Object, out Output) (Stats, error) {
	d.ended, d.again = false, 0
	d.finder.reset()
	return d.run(ctx, r, o, out, d.values)
}

// values reads the object's top level: one value after another.
func (d *Records) values() error {
	for {
		c, err := d.peek()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c == '{':
			err = d.object()
		case c == '[':
			d.win.i++
			err = d.elements(d.object) // files may be in a list, too
		case c == byteOrderMark[0]:
			err = d.mark()
		default:
			err = d.broken(fmt.Errorf("unexpected %q", c))
		}
		if err != nil {
			return err
		}
	}
}

// byteOrderMark is what some programs begin a text with.
var byteOrderMark = []byte("\ufeff")

// mark steps over a byte order mark.
func (d *Records) mark() error {
	for len(d.win.b)-d.win.i < len(byteOrderMark) {
		if err := d.more(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if !bytes.HasPrefix(d.win.b[d.win.i:], byteOrderMark) {
		return d.broken(fmt.Errorf("unexpected %q", d.win.b[d.win.i]))
	}
	d.win.i += len(byteOrderMark)
	return nil
}

// object reads an object of the top level, by what it is.
func (d *Records) object() error {
	kind, err := d.shape()
	if err != nil {
		return err
	}
	switch kind {
	case shapeEnvelope:
		return d.envelope()
	case shapeDigest:
		d.stats.Digest = true
		return d.skip()
	case shapeSubscription:
		return d.subscription()
	}
	return d.record()
}

// envelope reads `{"Records":[…], …}`.
func (d *Records) envelope() error {
	d.win.i++
	for {
		c, err := d.peek()
		if errors.Is(err, io.EOF) && d.ended {
			return nil
		}
		if err != nil {
			return d.cut(err)
		}
		switch c {
		case '}':
			d.win.i++
			return nil
		case ',':
			d.win.i++
			continue
		case '"':
		default:
			return fmt.Errorf("unexpected %q between the members of the outer object", c)
		}
		records, err := d.memberIsRecords()
		if err != nil {
			return err
		}
		if records {
			err = d.records()
		} else {
			err = d.skip()
		}
		if err != nil {
			return d.cut(err)
		}
	}
}

// records reads the value of Records: a list or, from other programs than
// CloudTrail, null or a single record.
func (d *Records) records() error {
	c, err := d.peek()
	switch {
	case err != nil:
		return err
	case c == '[':
		d.win.i++
		return d.elements(d.record)
	case c == '{':
		return d.record()
	case c != 'n':
		d.bad(fmt.Errorf("unexpected %q in place of a list of records", c))
	}
	return d.skip()
}

// memberIsRecords reads a member's name and colon.
func (d *Records) memberIsRecords() (bool, error) {
	for {
		b, i := d.win.b, d.win.i
		name, value := jsonscan.Name(b, i)
		switch {
		case value >= 0:
			d.win.i = value
			return isRecords(name), nil
		case value == jsonscan.Invalid:
			return false, errors.New("invalid name in the outer object")
		}
		if err := d.win.more(); err != nil {
			return false, d.cut(err)
		}
	}
}

// elements reads the elements of an array, each an object, and its end.
func (d *Records) elements(element func() error) error {
	for {
		c, err := d.peek()
		switch {
		case errors.Is(err, io.EOF) && d.ended:
			return nil
		case err != nil:
			return d.cut(err)
		case c == ']':
			d.win.i++
			return nil
		case c == ',':
			d.win.i++
		case c == '{':
			err = element()
		default:
			err = d.broken(fmt.Errorf("unexpected %q in place of a record", c))
		}
		if err != nil {
			return err
		}
	}
}

// record maps the record at the window's start.
func (d *Records) record() error {
	for {
		buf, end := d.mapper.Map(d.buf, d.win.b, d.win.i, d.ordinal)
		if end >= 0 {
			d.finder.learn(d.win.b, d.win.i)
			d.win.i = end
			return d.accept(buf)
		}
		d.buf = buf
		if end == jsonscan.Invalid {
			return d.broken(syntaxError(d.win.b[d.win.i:]))
		}
		switch err := d.more(); {
		case errors.Is(err, errTooLong):
			return d.broken(err)
		case errors.Is(err, io.EOF):
			return d.broken(io.ErrUnexpectedEOF)
		case err != nil:
			return err
		}
	}
}

// broken reports the record at the window's start and finds where to go on. It
// gives up where records inside of broken ones make it read the same bytes again
// and again.
func (d *Records) broken(cause error) error {
	d.bad(cause)
	read := d.win.offset(d.win.i + d.looked(cause))
	err := d.finder.next(&d.win, d.more)
	if errors.Is(err, io.EOF) {
		d.ended = true
		return nil
	}
	if d.again += max(0, read-d.win.offset(d.win.i)); err == nil && d.again > maxAgain {
		return errAgain
	}
	return err
}

// looked is how many bytes of the record at the window's start were read until
// it was found broken.
func (d *Records) looked(cause error) int {
	var syntax *json.SyntaxError
	switch {
	case errors.As(cause, &syntax):
		return int(syntax.Offset)
	case errors.Is(cause, errInvalid), errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, errTooLong):
		return len(d.win.b) - d.win.i
	}
	return 0
}

// skip steps over the value at the window's start.
func (d *Records) skip() error {
	for {
		end, _ := jsonscan.Skip(d.win.b, d.win.i)
		switch {
		case end >= 0:
			d.win.i = end
			return nil
		case end == jsonscan.Invalid:
			return syntaxError(d.win.b[d.win.i:])
		}
		if err := d.more(); err != nil {
			return d.cut(err)
		}
	}
}

// peek returns the next byte that is not white space.
func (d *Records) peek() (byte, error) {
	for {
		d.win.i = jsonscan.Space(d.win.b, d.win.i)
		if d.win.i < len(d.win.b) {
			return d.win.b[d.win.i], nil
		}
		if err := d.more(); err != nil {
			return 0, err
		}
	}
}

// cut says that the object ended inside a value.
func (d *Records) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
