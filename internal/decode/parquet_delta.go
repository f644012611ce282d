package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// delta reads numbers in Parquet's DELTA_BINARY_PACKED
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/): the
// first one, and blocks of differences, in groups of a number of bits each.
type delta struct {
	b      []byte // what comes after the group at hand
	groups int    // of a block
	group  int    // differences in a group, a multiple of 32
	left   uint64 // numbers left
	begun  bool
	value  int64

	least  int64  // of the block's differences, which are stored above it
	widths []byte // bits of the block's groups after the one at hand
	packed []byte // the group at hand
	width  int
	bit    int
	in     int // differences left in it
}

func newDelta(b []byte) (d delta, err error) {
	var head [3]uint64 // differences in a block, groups of a block, numbers
	for k := range head {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return d, io.ErrUnexpectedEOF
		}
		head[k], b = v, b[n:]
	}
	first, n := binary.Varint(b)
	if n <= 0 {
		return d, io.ErrUnexpectedEOF
	}
	const largest = 1 << 16
	if head[0] == 0 || head[0] > largest || head[1] == 0 || head[1] > head[0] || head[0]%head[1] != 0 || head[0]/head[1]%32 != 0 {
		return d, fmt.Errorf("blocks of %d differences in %d groups", head[0], head[1])
	}
	return delta{b: b[n:], groups: int(head[1]), group: int(head[0] / head[1]), left: head[2], value: first}, nil
}

func (d *delta) next() (int64, error) {
	if d.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	d.left--
	if !d.begun {
		d.begun = true
		return d.value, nil
	}
	if d.in == 0 {
		if err := d.nextGroup(); err != nil {
			return 0, err
		}
	}
	d.in--
	d.value += d.least + int64(bitsAt(d.packed, d.bit, d.width))
	d.bit += d.width
	return d.value, nil
}

func (d *delta) nextGroup() error {
	if len(d.widths) == 0 {
		least, n := binary.Varint(d.b)
		if n <= 0 || d.groups > len(d.b)-n {
			return io.ErrUnexpectedEOF
		}
		d.least, d.widths, d.b = least, d.b[n:n+d.groups], d.b[n+d.groups:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	size := d.group / 8 * d.width
	if d.width > 64 {
		return fmt.Errorf("differences of %d bits", d.width)
	}
	if size > len(d.b) {
		return io.ErrUnexpectedEOF
	}
	d.packed, d.b = d.b[:size], d.b[size:]
	d.bit, d.in = 0, d.group
	return nil
}

// rest steps over all numbers and returns the bytes after them.
func (d delta) rest() ([]byte, error) {
	for left := d.left; left > 1; left -= min(left-1, uint64(d.group)) {
		if err := d.nextGroup(); err != nil {
			return nil, err
		}
	}
	return d.b, nil
}

// bitsAt is the number of width bits, up to 64, that begins at a bit of b.
func bitsAt(b []byte, bit, width int) (v uint64) {
	if width == 0 {
		return 0
	}
	first, shift := bit>>3, bit&7
	for k, c := range b[first:min(first+8, len(b))] {
		v |= uint64(c) << (8 * k)
	}
	v >>= shift
	if shift+width > 64 {
		v |= uint64(b[first+8]) << (64 - shift)
	}
	return v & (1<<width - 1) // all bits of 64: 1<<64 is 0 here
}

// deltaText reads byte arrays in DELTA_LENGTH_BYTE_ARRAY and, with prefixes,
// DELTA_BYTE_ARRAY, where a value begins with a part of the one before.
type deltaText struct {
	prefixes, lengths delta
	prefixed          bool
	b                 []byte
	last              []byte
	memory            *pageMemory // for last
}

func newDeltaText(b []byte, prefixed bool) (t deltaText, err error) {
	t.prefixed = prefixed
	for _, d := range []*delta{&t.prefixes, &t.lengths} {
		if d == &t.prefixes && !prefixed {
			continue
		}
		if *d, err = newDelta(b); err != nil {
			return t, err
		}
		if b, err = d.rest(); err != nil {
			return t, err
		}
	}
	t.b = b
	return t, nil
}

// next returns the next value, which is good until the next call.
func (t *deltaText) next() ([]byte, error) {
	n, err := t.lengths.next()
	if err != nil {
		return nil, err
	}
	if n < 0 || n > int64(len(t.b)) {
		return nil, io.ErrUnexpectedEOF
	}
	text := t.b[:n]
	t.b = t.b[n:]
	if !t.prefixed {
		return text, nil
	}
	if n, err = t.prefixes.next(); err != nil {
		return nil, err
	}
	if n < 0 || n > int64(len(t.last)) || int(n)+len(text) > maxPage {
		return nil, errors.New("a value begins with more of the one before than there is")
	}
	if grown := int(n) + len(text) - cap(t.last); grown > 0 {
		if err := t.memory.take(int64(grown)); err != nil {
			return nil, err
		}
		t.last = append(make([]byte, 0, int(n)+len(text)), t.last[:n]...)
	}
	t.last = append(t.last[:n], text...)
	return t.last, nil
}
