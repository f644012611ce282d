package eventcheck

import (
	"encoding/binary"
	"fmt"
	"math"
)

type kind int

const (
	kindScalar kind = iota // read with its header
	kindString
	kindArray
	kindMap
)

// header is what the first byte of a value and its length say.
type header struct {
	kind  kind
	count int // bytes of a string, elements of an array, members of a map
}

// header reads a value's header; of a scalar, the whole value. A count is
// never more than what the remaining bytes could hold.
func (r *reader) header() (header, error) {
	first, err := r.take(1)
	if err != nil {
		return header{}, err
	}
	switch c := first[0]; {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3:
		return header{}, nil
	case c <= 0x8f:
		return r.counted(kindMap, int(c&0x0f))
	case c <= 0x9f:
		return r.counted(kindArray, int(c&0x0f))
	case c <= 0xbf:
		return r.counted(kindString, int(c&0x1f))
	case c == 0xcb:
		return header{}, r.float()
	case 0xcc <= c && c <= 0xcf:
		_, err = r.take(1 << (c - 0xcc))
		return header{}, err
	case 0xd0 <= c && c <= 0xd3:
		_, err = r.take(1 << (c - 0xd0))
		return header{}, err
	case 0xd9 <= c && c <= 0xdb:
		return r.long(kindString, 1<<(c-0xd9))
	case c == 0xdc || c == 0xdd:
		return r.long(kindArray, 2<<(c-0xdc))
	case c == 0xde || c == 0xdf:
		return r.long(kindMap, 2<<(c-0xde))
	default:
		return header{}, fmt.Errorf("the type byte %#x has no place in an event", c)
	}
}

// isMap tells that a value with this first byte is a map.
func isMap(first byte) bool { return first&0xf0 == 0x80 || first == 0xde || first == 0xdf }

// long reads a count of size bytes.
func (r *reader) long(k kind, size int) (header, error) {
	b, err := r.take(size)
	if err != nil {
		return header{}, err
	}
	n := 0
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return r.counted(k, n)
}

func (r *reader) counted(k kind, n int) (header, error) {
	if n > len(r.b)-r.i {
		return header{}, errCut
	}
	return header{k, n}, nil
}

// float reads a 64-bit float: outputs cannot write NaN and infinities as JSON.
func (r *reader) float() error {
	b, err := r.take(8)
	if err != nil {
		return err
	}
	if v := math.Float64frombits(binary.BigEndian.Uint64(b)); math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("the float is %v", v)
	}
	return nil
}
