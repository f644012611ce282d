package filter

import (
	"encoding/binary"
	"math"
)

// kind is what a msgpack value is, as far as conditions are concerned.
type kind int

const (
	nilKind kind = iota // and all that no condition compares
	boolKind
	intKind
	uintKind
	floatKind
	stringKind
	arrayKind
	mapKind
)

// encoded is a value in an event: where its content begins, and how many bytes
// (strings, numbers), elements or members it has.
type encoded struct {
	kind  kind
	at    int
	count int
	small int64 // the value, where the first byte holds it
}

// valueAt reads the header of the value at b[i]
// (https://github.com/msgpack/msgpack/blob/master/spec.md). It is false where
// the content is not in b, or is nothing that events have.
func valueAt(b []byte, i int) (encoded, bool) {
	if i < 0 || i >= len(b) {
		return encoded{}, false
	}
	v := encoded{at: i + 1}
	switch c := b[i]; {
	case c <= 0x7f:
		v.kind, v.small = intKind, int64(c)
	case c <= 0x8f:
		v.kind, v.count = mapKind, int(c&0x0f)
	case c <= 0x9f:
		v.kind, v.count = arrayKind, int(c&0x0f)
	case c <= 0xbf:
		v.kind, v.count = stringKind, int(c&0x1f)
	case c == 0xc0:
	case c == 0xc2 || c == 0xc3:
		v.kind, v.small = boolKind, int64(c&1)
	case c == 0xcb:
		v.kind, v.count = floatKind, 8
	case 0xcc <= c && c <= 0xcf:
		v.kind, v.count = uintKind, 1<<(c-0xcc)
	case 0xd0 <= c && c <= 0xd3:
		v.kind, v.count = intKind, 1<<(c-0xd0)
	case 0xd9 <= c && c <= 0xdb:
		return v.long(b, stringKind, 1<<(c-0xd9))
	case c == 0xdc || c == 0xdd:
		return v.long(b, arrayKind, 2<<(c-0xdc))
	case c == 0xde || c == 0xdf:
		return v.long(b, mapKind, 2<<(c-0xde))
	case c >= 0xe0:
		v.kind, v.small = intKind, int64(int8(c))
	default:
		return encoded{}, false
	}
	return v, v.count <= len(b)-v.at
}

// long reads a count of size bytes.
func (v encoded) long(b []byte, k kind, size int) (encoded, bool) {
	if size > len(b)-v.at {
		return encoded{}, false
	}
	v.kind, v.count = k, int(bigEndian(b[v.at:v.at+size]))
	v.at += size
	return v, v.count <= len(b)-v.at // an element has a byte at least
}

func bigEndian(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// skipAt returns the index after the value at b[i], or -1.
func skipAt(b []byte, i int) int {
	for left := 1; left > 0; left-- {
		v, ok := valueAt(b, i)
		if !ok {
			return -1
		}
		i = v.at
		switch v.kind {
		case mapKind:
			left += 2 * v.count
		case arrayKind:
			left += v.count
		default:
			i += v.count
		}
	}
	return i
}

// scalar decodes the value; nil, arrays and maps are nil.
func (v encoded) scalar(b []byte) any {
	switch v.kind {
	case boolKind:
		return v.small == 1
	case uintKind:
		return bigEndian(b[v.at : v.at+v.count])
	case intKind:
		if v.count == 0 {
			return v.small
		}
		unused := 64 - 8*v.count // the sign is the content's highest bit
		return int64(bigEndian(b[v.at:v.at+v.count])<<unused) >> unused
	case floatKind:
		return math.Float64frombits(binary.BigEndian.Uint64(b[v.at:]))
	case stringKind:
		return string(b[v.at : v.at+v.count])
	}
	return nil
}
