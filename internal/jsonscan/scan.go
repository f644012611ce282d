// Package jsonscan finds its way through JSON text (RFC 8259) in place: where
// a string, a number or a whole value ends, and what it holds. It copies
// nothing and allocates nothing, and it works on a window of a longer stream:
// a value that the window cuts is reported as Short, so that the caller can
// read on and begin again at the value's start.
//
// Every function takes the text and an index into it and returns the index
// just after what it read, or Short or Invalid.
package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// What a function returns instead of an index. Both are negative.
const (
	// Short says that the text ends inside the value: with more text it may
	// be complete.
	Short = -1
	// Invalid says that the text is not JSON, whatever may follow.
	Invalid = -2
)

// Flags tells what a string's body holds, so that callers can copy the plain
// ones as they are.
type Flags uint8

// The flags of a string. Zero means printable ASCII without escapes.
const (
	Escaped  Flags = 1 << iota // at least one backslash
	NonASCII                   // at least one byte >= 0x80, valid UTF-8 or not
)

// Words of eight equal bytes, for looking at eight bytes at a time
// (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord). Only the
// lowest hit of such a search is exact, and only the lowest is used.
const (
	ones        = 0x0101010101010101
	highs       = 0x8080808080808080
	quotes      = ones * '"'
	backslashes = ones * '\\'
	spaces      = ones * 0x20
)

// special marks, by its high bit, the lowest byte of w that is a quote, a
// backslash, a control character or not ASCII.
func special(w uint64) uint64 {
	q := w ^ quotes
	s := w ^ backslashes
	return ((q-ones)&^q | (s-ones)&^s | (w-spaces)&^w | w) & highs
}

// Space returns the index of the first byte at or after i that is not white
// space, or len(b).
func Space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// String reads the string whose opening quote is b[i]. The body is
// b[i+1 : end-1].
func String(b []byte, i int) (end int, flags Flags) {
	i++
	for {
		for i+8 <= len(b) {
			m := special(binary.LittleEndian.Uint64(b[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return Short, flags
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, flags
		case c == '\\':
			flags |= Escaped
			n := escape(b, i)
			if n < 0 {
				return n, flags
			}
			i = n
		case c < 0x20:
			return Invalid, flags
		case c >= 0x80:
			flags |= NonASCII
			i = nonASCII(b, i)
		default: // fewer than eight bytes are left
			i++
		}
	}
}

// nonASCII returns the index of the first byte at or after i that is ASCII.
func nonASCII(b []byte, i int) int {
	for i+8 <= len(b) {
		m := ^binary.LittleEndian.Uint64(b[i:]) & highs
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] >= 0x80 {
		i++
	}
	return i
}

// escape returns the index after the escape sequence that begins at b[i].
func escape(b []byte, i int) int {
	if i+1 >= len(b) {
		return Short
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(b) {
				return Short
			}
			if hexValue(b[k]) < 0 {
				return Invalid
			}
		}
		return i + 6
	}
	return Invalid
}

// hexValue returns the value of a hexadecimal digit, or -1.
func hexValue(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// Number reads the number that begins at b[i]. integer tells that it has
// neither a fraction nor an exponent. A number that ends with the text is
// Short: the next byte could be another digit.
func Number(b []byte, i int) (end int, integer bool) {
	if b[i] == '-' {
		i++
	}
	if i >= len(b) {
		return Short, false
	}
	switch {
	case b[i] == '0':
		i++
	case '1' <= b[i] && b[i] <= '9':
		i = digits(b, i)
	default:
		return Invalid, false
	}
	integer = true
	if i < len(b) && b[i] == '.' {
		integer = false
		n := digits(b, i+1)
		if n == i+1 {
			return shortOrInvalid(b, n), false
		}
		i = n
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		integer = false
		k := i + 1
		if k < len(b) && (b[k] == '+' || b[k] == '-') {
			k++
		}
		n := digits(b, k)
		if n == k {
			return shortOrInvalid(b, n), false
		}
		i = n
	}
	if i >= len(b) {
		return Short, integer
	}
	return i, integer
}

func digits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

func shortOrInvalid(b []byte, i int) int {
	if i >= len(b) {
		return Short
	}
	return Invalid
}

// Literal reads true, false or null, of which b[i] is the first letter.
func Literal(b []byte, i int) int {
	word := "null"
	switch b[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	for k := range len(word) {
		if i+k >= len(b) {
			return Short
		}
		if b[i+k] != word[k] {
			return Invalid
		}
	}
	return i + len(word)
}
