package decode

import (
	"bytes"
	"errors"
	"io"

	"in_stellar_aws/internal/jsonscan"
)

// finder finds the next record after a broken one. AWS writes the records of
// a log with the same first key, so a new record can be told from a nested
// object even where brackets and quotes no longer pair.
type finder struct {
	usual   string // the first key of the log type's records
	quoted  []byte // the first key of this object's, quoted
	learned bool
}

func (f *finder) reset() {
	f.quoted = append(append(append(f.quoted[:0], '"'), f.usual...), '"')
	f.learned = false
}

// learn takes the first key of the object's first good record, at b[i].
func (f *finder) learn(b []byte, i int) {
	if f.learned {
		return
	}
	f.learned = true
	i = jsonscan.Space(b, i+1)
	if i < len(b) && b[i] == '"' {
		if end, _ := jsonscan.String(b, i); end > 0 {
			f.quoted = append(f.quoted[:0], b[i:end]...)
		}
	}
}

// next moves the window to where reading goes on after the broken record that
// it starts with: after it, if its brackets pair and no other record begins
// inside, else to the next record's beginning. It returns io.EOF when the
// broken record reaches to the end; more reads on.
func (f *finder) next(w *window, more func() error) error {
	whole := true // the broken record is in the window from its start
	for from := 1; ; {
		frame, start := -1, f.find(w.b, w.i+from)
		if whole && w.i < len(w.b) {
			frame = frameOf(w.b, w.i, start)
		}
		switch {
		case frame >= 0 && (start < 0 || frame <= start):
			w.i = frame
			return nil
		case start >= 0:
			w.i = start
			return nil
		}
		err := more()
		if errors.Is(err, errTooLong) {
			// Go through what follows without keeping it, but for what may
			// be the beginning of a record.
			w.i = max(w.i+1, len(w.b)-overlap)
			whole, from, err = false, 0, nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				w.i = len(w.b)
			}
			return err
		}
	}
}

// overlap is how many bytes the white space before a first key and the key
// itself may have, for a record to be found where two windows meet.
const overlap = 4 << 10

// frameOf returns the index after the value at b[i] when its brackets pair and
// something that may follow a record follows, else a negative number. Where the
// next record begins at start, it does not look beyond: of many broken records
// each would go through all that follow.
func frameOf(b []byte, i, start int) int {
	if b[i] != '{' && b[i] != '[' {
		return scalarOf(b, i)
	}
	if start >= 0 {
		b = b[:start+1]
	}
	end := jsonscan.Frame(b, i)
	if end < 0 {
		return end
	}
	k := jsonscan.Space(b, end)
	if k == len(b) || b[k] == ',' || b[k] == ']' || b[k] == '{' {
		return end
	}
	return jsonscan.Invalid
}

// scalarOf steps over something that is not a record up to a comma, a closing
// bracket, a line's end or an object's beginning.
func scalarOf(b []byte, i int) int {
	if b[i] == '"' {
		if end, _ := jsonscan.String(b, i); end > 0 {
			return end
		}
	}
	n := bytes.IndexAny(b[i+1:], ",]{\n")
	if n < 0 {
		return jsonscan.Short
	}
	return i + 1 + n
}

// find returns where the next record begins at or after from: an opening
// brace, after which the first key comes, and before which one record ends or
// the first begins.
func (f *finder) find(b []byte, from int) int {
	for from < len(b) {
		n := bytes.Index(b[from:], f.quoted)
		if n < 0 {
			return -1
		}
		key := from + n
		brace := lastInk(b, key)
		if brace >= from && b[brace] == '{' {
			if before := lastInk(b, brace); before < 0 || bytes.IndexByte([]byte(",[}]\""), b[before]) >= 0 || bytes.IndexByte(b[before+1:brace], '\n') >= 0 {
				return brace
			}
		}
		from = key + 1
	}
	return -1
}

// lastInk returns the index of the last byte before i that is not white space,
// or -1.
func lastInk(b []byte, i int) int {
	for i--; i >= 0; i-- {
		if c := b[i]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return -1
}
