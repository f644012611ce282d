package interflow

import (
	"encoding/binary"
	"math"
	"slices"
)

// The msgpack forms that records need (https://github.com/msgpack/msgpack/blob/master/spec.md).
// Maps and arrays begin with a 16-bit header whose count is patched when they
// are complete, so that one pass over the input is enough.
const (
	mpNil      = 0xc0
	mpFalse    = 0xc2
	mpTrue     = 0xc3
	mpFloat64  = 0xcb
	mpUint8    = 0xcc
	mpUint16   = 0xcd
	mpUint32   = 0xce
	mpUint64   = 0xcf
	mpInt8     = 0xd0
	mpInt16    = 0xd1
	mpInt32    = 0xd2
	mpInt64    = 0xd3
	mpFixExt8  = 0xd7
	mpStr8     = 0xd9
	mpStr16    = 0xda
	mpStr32    = 0xdb
	mpArray16  = 0xdc
	mpArray32  = 0xdd
	mpMap16    = 0xde
	mpMap32    = 0xdf
	mpFixStr   = 0xa0
	mpFixMap   = 0x80
	mpFixArray = 0x90
	mpNegative = 0xe0
)

// maxHeader is the size of the longest number and of the longest header of a
// string, in bytes.
const maxHeader = 9

// maxFixStr is the length from which on a string's header needs more than a
// byte.
const maxFixStr = 32

// appendStr appends s as a msgpack string.
func appendStr[T string | []byte](dst []byte, s T) []byte {
	switch n := len(s); {
	case n < maxFixStr:
		dst = append(dst, mpFixStr|byte(n))
	case n <= math.MaxUint8:
		dst = append(dst, mpStr8, byte(n))
	case n <= math.MaxUint16:
		dst = append(dst, mpStr16, byte(n>>8), byte(n))
	default:
		dst = append(dst, mpStr32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(dst, s...)
}

// appendLower appends s as a msgpack string, with its ASCII letters in lower
// case.
func appendLower(dst, s []byte) []byte {
	dst = appendStr(dst, s)
	for i := len(dst) - len(s); i < len(dst); i++ {
		if c := dst[i]; 'A' <= c && c <= 'Z' {
			dst[i] = c + 'a' - 'A'
		}
	}
	return dst
}

// appendUint appends v in its shortest form.
func appendUint(dst []byte, v uint64) []byte {
	n := len(dst)
	dst = slices.Grow(dst, maxHeader)
	return dst[:n+putUint(dst[n:n+maxHeader], v)]
}

// putUint writes v in its shortest form to b, which has maxHeader bytes at
// least, and returns its length.
func putUint(b []byte, v uint64) int {
	_ = b[maxHeader-1]
	switch {
	case v < 128:
		b[0] = byte(v)
		return 1
	case v <= math.MaxUint8:
		b[0], b[1] = mpUint8, byte(v)
		return 2
	case v <= math.MaxUint16:
		b[0] = mpUint16
		binary.BigEndian.PutUint16(b[1:], uint16(v))
		return 3
	case v <= math.MaxUint32:
		b[0] = mpUint32
		binary.BigEndian.PutUint32(b[1:], uint32(v))
		return 5
	}
	b[0] = mpUint64
	binary.BigEndian.PutUint64(b[1:], v)
	return 9
}

// appendInt appends v in its shortest form.
func appendInt(dst []byte, v int64) []byte {
	switch {
	case v >= 0:
		return appendUint(dst, uint64(v))
	case v >= -32:
		return append(dst, mpNegative|byte(v+32))
	case v >= math.MinInt8:
		return append(dst, mpInt8, byte(v))
	case v >= math.MinInt16:
		return append(dst, mpInt16, byte(v>>8), byte(v))
	case v >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, mpInt32), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, mpInt64), uint64(v))
}

// appendFloat appends v as a 64-bit float.
func appendFloat(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, mpFloat64), math.Float64bits(v))
}

// openContainer appends the header of a map or an array whose count is not
// known yet, and returns where it stands.
func openContainer(dst []byte, header byte) ([]byte, int) {
	return append(dst, header, 0, 0), len(dst)
}

// closeContainer writes the count of the container that openContainer began
// at at. A count over 16 bits widens the header.
func closeContainer(dst []byte, at, count int) []byte {
	if count <= math.MaxUint16 {
		binary.BigEndian.PutUint16(dst[at+1:], uint16(count))
		return dst
	}
	dst = append(dst, 0, 0)
	copy(dst[at+5:], dst[at+3:len(dst)-2])
	dst[at]++ // map16 to map32, array16 to array32
	binary.BigEndian.PutUint32(dst[at+1:], uint32(count))
	return dst
}
