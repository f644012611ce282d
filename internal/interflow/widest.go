package interflow

import "encoding/binary"

// MaxKeys is how many keys a map of an event may have. Fluent Bit's JSON
// outputs compare each with every other: 70,000 take them 20 s, these 0.1 s.
const MaxKeys = 5000

// Widest is how many keys the largest map of an event has. It reads the tokens
// one after another, whatever they are nested in: containers are nothing but
// their headers. Bytes that are no msgpack end it.
// https://github.com/msgpack/msgpack/blob/master/spec.md
func Widest(event []byte) (keys int) {
	for b := event; len(b) > 0; {
		size, members := token(b)
		if size <= 0 || size > len(b) {
			return keys
		}
		keys = max(keys, members)
		b = b[size:]
	}
	return keys
}

// token is the size of the token that b begins with, and the number of keys
// where it is a map's header; a size of 0 is no token.
func token(b []byte) (size, keys int) {
	switch c := b[0]; {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3: // small numbers, nil, booleans
		return 1, 0
	case c <= 0x8f:
		return 1, int(c & 0x0f)
	case c <= 0x9f:
		return 1, 0
	case c <= 0xbf:
		return 1 + int(c&0x1f), 0
	case c >= 0xca && c <= 0xd3: // numbers
		return 1 + [...]int{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}[c-0xca], 0
	case c >= 0xd4 && c <= 0xd8: // ext of a fixed size
		return 2 + 1<<(c-0xd4), 0
	case c == 0xdc, c == 0xdd: // arrays
		return 3 + 2*int(c-0xdc), 0
	case c == 0xde && len(b) >= 3:
		return 3, int(binary.BigEndian.Uint16(b[1:]))
	case c == 0xdf && len(b) >= 5:
		return 5, int(binary.BigEndian.Uint32(b[1:]))
	}
	return text(b)
}

// text is token for what says how many bytes it has: str, bin and ext.
func text(b []byte) (size, keys int) {
	var width, kind int // bytes of the size, and of an ext's type
	switch c := b[0]; {
	case c >= 0xd9 && c <= 0xdb:
		width = 1 << (c - 0xd9)
	case c >= 0xc4 && c <= 0xc6:
		width = 1 << (c - 0xc4)
	case c >= 0xc7 && c <= 0xc9:
		width = 1 << (c - 0xc7)
		kind = 1
	default:
		return 0, 0
	}
	if len(b) < 1+width {
		return 0, 0
	}
	n := 0
	for _, d := range b[1 : 1+width] {
		n = n<<8 | int(d)
	}
	return 1 + width + kind + n, 0
}
