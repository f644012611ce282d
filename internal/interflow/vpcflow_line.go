package interflow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// errFewFields says that a line ends before all fields of its header.
var errFewFields = errors.New("fewer fields than the header")

// Map appends the event of a line, without its line end, to dst; ordinal is
// the record's number in its object, from 0. After an error dst is as it was.
//
// A line is a dozen short words, and what costs is neither their bytes nor
// their number but the small calls made for each. So the room for the longest
// possible event is made once, and words are found, read and copied in one
// step, eight bytes at a time, into the place where they stay.
func (m *VPCFlow) Map(dst, text []byte, ordinal uint64) ([]byte, error) {
	if !utf8.Valid(text) {
		text = m.validLine(text)
	}
	start := len(dst)
	out, ev := m.env.begin(slices.Grow(dst, len(m.env.template)+m.columnRoom+3*len(text)+standardRoom))
	out = append(out, flowKey...)
	var at int
	out, at = openContainer(out, mpMap16)
	m.line.has = 0

	b, n := out[:cap(out)], len(out)
	i, fields := 0, 0
	for k := range m.columns {
		if i >= len(text) {
			return out[:start], fmt.Errorf("%w: %d of %d", errFewFields, k, len(m.columns))
		}
		end, length := m.word(b, n, &m.columns[k], text, i)
		if length > 0 {
			n += length
			fields++
		}
		i = end + 1
	}
	if i < len(text) && len(bytes.TrimSpace(text[i:])) > 0 {
		return out[:start], fmt.Errorf("more fields than the header: over %d", len(m.columns))
	}
	return m.finish(closeContainer(b[:n], at, fields), ev, ordinal), nil
}

// validLine is the line with U+FFFD in place of what is not UTF-8.
func (m *VPCFlow) validLine(text []byte) []byte {
	for word := range bytes.SplitSeq(text, []byte(" ")) {
		if !utf8.Valid(word) {
			m.replaced++
		}
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}

// word writes the field that begins at text[i] to b[n:], key and value. It
// returns the index of the word's end in text and how many bytes the field
// has, none for one that is absent.
func (m *VPCFlow) word(b []byte, n int, c *column, text []byte, i int) (end, length int) {
	at := n + c.key.put(b[n:])
	if c.integer {
		v, end := leadingDecimal(text, i)
		if end > i && (end == len(text) || text[end] == ' ') && fits(text[i:end]) {
			m.line.set(c.role)
			m.line.number[c.role] = v
			return end, at + putUint(b[at:], v) - n
		}
		m.line.unset(c.role) // only a number makes a standard field
	}
	size := copyWord(b, at+1, text, i)
	end = i + size
	switch {
	case size == 0 || size == 1 && text[i] == '-':
		return end, 0
	case size < maxFixStr:
		b[at] = mpFixStr | byte(size)
		at += 1 + size
	default:
		at = len(appendStr(b[:at], text[i:end]))
	}
	if c.role != noRole && !c.integer {
		m.line.set(c.role)
		m.line.text[c.role] = text[i:end]
	}
	return end, at - n
}

// copyWord copies the bytes from text[i] up to the next space, or to the end,
// to b[n:] and returns how many these are. It may write 8 more.
func copyWord(b []byte, n int, text []byte, i int) int {
	const spaces, ones, highs = 0x2020202020202020, 0x0101010101010101, 0x8080808080808080
	start := i
	for ; i+8 <= len(text); i, n = i+8, n+8 {
		w := binary.LittleEndian.Uint64(text[i:])
		binary.LittleEndian.PutUint64(b[n:], w)
		// The lowest bit set stands in the first byte that is a space.
		if x := w ^ spaces; (x-ones)&^x&highs != 0 {
			return i + bits.TrailingZeros64((x-ones)&^x&highs)/8 - start
		}
	}
	for ; i < len(text) && text[i] != ' '; i, n = i+1, n+1 {
		b[n] = text[i]
	}
	return i - start
}
