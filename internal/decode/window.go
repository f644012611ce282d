package decode

import (
	"errors"
	"io"
)

// Sizes of the window, in bytes. The first is what every worker holds; a
// window grows, up to the longest record allowed, only for a record that does
// not fit, and shrinks again with the next object.
const (
	windowSize = 128 << 10
	maxRecord  = 16 << 20
)

// errTooLong says that a record is longer than maxRecord.
var errTooLong = errors.New("longer than 16 MiB")

// window is the part of an object's plain bytes that is being looked at:
// b[i:] is not yet consumed.
type window struct {
	r    io.Reader
	b    []byte
	i    int
	base int64 // offset of b[0] in the object's plain bytes
	eof  bool
	err  error // why reading stopped, but for io.EOF
}

func (w *window) reset(r io.Reader) {
	w.r, w.i, w.base, w.eof, w.err = r, 0, 0, false, nil
	if cap(w.b) != windowSize {
		w.b = make([]byte, 0, windowSize)
	}
	w.b = w.b[:0]
}

// offset is where b[i] lies in the object's plain bytes.
func (w *window) offset(i int) int64 { return w.base + int64(i) }

// more drops what is consumed and reads on, so that the window holds more
// than before. It returns io.EOF when there is no more, errTooLong when the
// window is as large as it may be and nothing of it is consumed.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if w.eof {
		return io.EOF
	}
	if w.i > 0 {
		n := copy(w.b, w.b[w.i:])
		w.b = w.b[:n]
		w.base += int64(w.i)
		w.i = 0
	}
	if len(w.b) == cap(w.b) {
		if len(w.b) >= maxRecord {
			return errTooLong
		}
		grown := make([]byte, len(w.b), min(2*cap(w.b), maxRecord))
		copy(grown, w.b)
		w.b = grown
	}
	before := len(w.b)
	for idle := 0; len(w.b) < cap(w.b); {
		n, err := w.r.Read(w.b[len(w.b):cap(w.b)])
		w.b = w.b[:len(w.b)+n]
		if err != nil {
			w.eof = true
			if err != io.EOF {
				w.err = err
			}
			break
		}
		if n > 0 {
			idle = 0
		} else if idle++; idle == 100 {
			w.err = io.ErrNoProgress
			break
		}
	}
	if len(w.b) > before {
		return nil // what was read before an error is used first
	}
	if w.err != nil {
		return w.err
	}
	return io.EOF
}
