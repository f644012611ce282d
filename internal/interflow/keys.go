package interflow

import "encoding/binary"

// keyFilter tells which keys of one map come for the first time, and which may
// have come before, with a bit for each: JSON does not forbid an object to have
// a name twice, msgpack and the outputs' JSON do not want it.
type keyFilter [4]uint64

// keyMix spreads keys over the filter so that no two of AWS's names that stand
// in one object fall together: a test holds it to that.
const keyMix = 0x94d049bb133111eb

// met tells that key may have come before, and takes it in.
func (f *keyFilter) met(key []byte) bool {
	var x uint64
	switch n := len(key); {
	case n >= 8:
		x = binary.LittleEndian.Uint64(key)*keyMix ^ binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(key))<<32 | uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		x = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16 | uint64(n)<<24
	}
	place := (x ^ x>>29) * keyMix >> 56
	bit := uint64(1) << (place & 63)
	word := &f[place>>6]
	again := *word&bit != 0
	*word |= bit
	return again
}

// closeKeys ends the map that openContainer began at at and that has count keys.
// Where one of them may have come again, it makes them differ.
func (e *encoder) closeKeys(at, count int, again bool) (renamed []renaming) {
	if !again {
		return nil
	}
	keys := e.mapKeys(at, count)
	if e.distinct(nil, keys) {
		return nil
	}
	return e.rename(make(map[string]bool, len(keys)), keys)
}

// mapKeys returns where in dst the count keys of the map stand that
// openContainer began at at, up to the end of dst.
func (e *encoder) mapKeys(at, count int) []int {
	e.keys = e.keys[:0]
	const header = 3
	for i := at + header; len(e.keys) < count; {
		e.keys = append(e.keys, i)
		size, _ := token(e.dst[i:])
		i = e.skip(i + size)
	}
	return e.keys
}

// skip returns the index after the value at dst[i].
func (e *encoder) skip(i int) int {
	for values := 1; values > 0; values-- {
		size, keys := token(e.dst[i:])
		values += 2*keys + elements(e.dst[i:])
		i += size
	}
	return i
}

// elements is how many elements the array has that b begins with.
func elements(b []byte) int {
	switch c := b[0]; {
	case c&0xf0 == mpFixArray:
		return int(c & 0x0f)
	case c == mpArray16:
		return int(binary.BigEndian.Uint16(b[1:]))
	case c == mpArray32:
		return int(binary.BigEndian.Uint32(b[1:]))
	}
	return 0
}
