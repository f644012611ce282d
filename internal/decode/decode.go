// Package decode reads an object's bytes as a stream of records: it inflates
// them, finds where each record begins, has it mapped (interflow) straight
// from the window it was read into, and goes on after one that is broken.
// Nothing holds a whole object: memory is the window and the batch.
package decode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"in_stellar_aws/internal/interflow"
)

// Mapper appends the event of the record that begins at b[i] to dst. It
// returns the index after the record, or jsonscan.Short or jsonscan.Invalid
// and dst as it was.
type Mapper interface {
	clocked
	Map(dst, b []byte, i int, ordinal uint64) (out []byte, end int)
}

// Output takes what a decoder makes.
type Output interface {
	// Flush takes the complete events in buf. Every record before next is in
	// it or came before. It returns the buffer to go on with, which may be
	// buf. An error ends the decoding and is returned by it.
	Flush(ctx context.Context, buf []byte, next uint64) ([]byte, error)
	// Bad reports a record that could not be read and is left out.
	Bad(err *RecordError)
}

// RecordError is what is wrong with one record.
type RecordError struct {
	Ordinal uint64 // of the record in its object, from 0
	Offset  int64  // bytes into the object's plain text
	Err     error
}

// Error counts records from 1, as people do.
func (e *RecordError) Error() string {
	return fmt.Sprintf("read record %d at byte %d: %v", e.Ordinal+1, e.Offset, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// StreamError says that an object's bytes are damaged from somewhere on:
// every record before was handed over, and reading it again will not help.
type StreamError struct {
	Ordinal uint64 // the first record that could not be read, from 0
	Offset  int64  // bytes into the object's plain text
	Err     error
}

// Error counts records from 1, as people do.
func (e *StreamError) Error() string {
	return fmt.Sprintf("read from record %d at byte %d on: %v", e.Ordinal+1, e.Offset, e.Err)
}

func (e *StreamError) Unwrap() error { return e.Err }

// Object is what is to be decoded.
type Object struct {
	ID   interflow.Object
	Time time.Time // for records that have no time of their own
	From uint64    // ordinal of the first record to hand over
	Size int64     // of the stored bytes, as a listing or a message tells it; 0: not known

	// ReaderAt gives access to any part of the object, which has size bytes,
	// for formats that need it. Nil: there is none.
	ReaderAt func() (r io.ReaderAt, size int64)

	Plain io.Writer // takes a copy of the plain bytes; nil: none

	Reserve Reserve // for formats that need more than a window; nil: they need not ask

	// Drop tells that a record is to be left out by its encoded event. Nil:
	// none is.
	Drop func(event []byte) bool
}

// Reserve waits until a decoder may hold n bytes more than its window and its
// batch, and returns what gives them back.
type Reserve func(ctx context.Context, n int64) (release func(), err error)

// Stats is what a decoding came to.
type Stats struct {
	Records  uint64 // handed over
	Filtered uint64 // left out by Object.Drop
	Bad      uint64 // reported by Output.Bad
	Replaced int    // bytes and escapes that were not Unicode text and became U+FFFD
	Newest   int64  // time of the newest record handed over, in Unix seconds; 0: none
	Digest   bool   // the object is a CloudTrail digest: no records are in it
}

// errTracker remembers the error with which a source of bytes ended, so that
// it can be told from damage in the bytes.
type errTracker struct {
	r   io.Reader
	n   int64 // bytes read
	err error
}

func (t *errTracker) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}
