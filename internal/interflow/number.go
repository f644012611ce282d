package interflow

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// appendNumber appends the JSON number text (already checked to be one) with
// its exact value: an integer that fits in 64 bits as an integer, a decimal
// that a float64 holds exactly enough to print it again as a float, anything
// else as a string of its own text.
func appendNumber(dst, text []byte, integer bool) []byte {
	if integer {
		if v, negative, ok := parseInteger(text); ok {
			if !negative {
				return appendUint(dst, v)
			}
			return appendInt(dst, -int64(v-1)-1) // v may be 0 or 2^63
		}
		return appendStr(dst, text)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !survives(text, v) {
		return appendStr(dst, text)
	}
	return appendFloat(dst, v)
}

// parseInteger reads the magnitude of an integer; ok is false when it does
// not fit in uint64, or in int64 when negative.
func parseInteger(text []byte) (v uint64, negative, ok bool) {
	if text[0] == '-' {
		negative = true
		text = text[1:]
	}
	if len(text) > 20 {
		return 0, negative, false
	}
	for i, c := range text {
		d := uint64(c - '0')
		if i == 19 && (v > math.MaxUint64/10 || v == math.MaxUint64/10 && d > math.MaxUint64%10) {
			return 0, negative, false
		}
		v = v*10 + d
	}
	if negative && v > 1<<63 {
		return 0, negative, false
	}
	return v, negative, true
}

// exactDigits is how many significant decimal digits every float64 keeps
// (DBL_DIG of IEEE 754 binary64).
const exactDigits = 15

// survives tells that printing v gives back the value of text.
func survives(text []byte, v float64) bool {
	digits, exp := significand(text)
	if len(digits) <= exactDigits && v != 0 && math.Abs(v) >= 0x1p-1022 {
		return true
	}
	if len(digits) == 0 {
		return true // zero in any spelling
	}
	if len(digits) > 17 {
		return false // no float64 needs, or keeps, more
	}
	var buf [32]byte
	printed, printedExp := significand(strconv.AppendFloat(buf[:0], v, 'e', -1, 64))
	return printedExp == exp && bytes.Equal(printed, digits)
}

// significand splits a decimal number d.dddEee into its significant digits,
// without leading and trailing zeros, and the power of ten of the first of
// them.
func significand(text []byte) (digits []byte, exp int) {
	digits = make([]byte, 0, len(text))
	point, seenPoint := 0, false
	for i, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digits = append(digits, c)
			if !seenPoint {
				point++
			}
		case c == '.':
			seenPoint = true
		case c == 'e' || c == 'E':
			e, err := strconv.Atoi(string(text[i+1:]))
			if err != nil {
				return text, math.MaxInt // an exponent no number has: survives nothing
			}
			exp = e
		}
		if c == 'e' || c == 'E' {
			break
		}
	}
	trimmed := bytes.TrimLeft(digits, "0")
	exp += point - 1 - (len(digits) - len(trimmed))
	return bytes.TrimRight(trimmed, "0"), exp
}

// maxDigits is how many decimal digits always fit in 64 bits.
const maxDigits = 19

// fits tells whether decimal digits, at least one, are a number of 64 bits.
func fits(digits []byte) bool {
	if len(digits) <= maxDigits {
		return true
	}
	_, err := strconv.ParseUint(string(digits), 10, 64)
	return err == nil
}

// leadingDecimal reads the digits at text[i:] and returns the index after
// them; the value is right if they fit. It takes eight bytes at a time: how many
// digits a number has cannot be foreseen, and a loop's end costs more than all
// of its steps.
func leadingDecimal(text []byte, i int) (v uint64, end int) {
	const zeros, beyond, highs = 0x3030303030303030, 0x7676767676767676, 0x8080808080808080
	for i+8 <= len(text) {
		x := binary.LittleEndian.Uint64(text[i:]) ^ zeros
		// The lowest bit set stands in the first byte that is no digit.
		other := (x + beyond | x) & highs
		if other != 0 {
			n := bits.TrailingZeros64(other) / 8
			return v*powersOf10[n] + eightDigits(x<<(64-8*n)), i + n
		}
		v = v*powersOf10[8] + eightDigits(x)
		i += 8
	}
	for ; i < len(text); i++ {
		d := uint64(text[i] - '0')
		if d > 9 {
			break
		}
		v = v*10 + d
	}
	return v, i
}

// powersOf10 are those of 0 to 8 digits.
var powersOf10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// eightDigits is the number of eight decimal digits, the first in the lowest
// byte: it adds neighbours up, to pairs, to fours, and to all.
func eightDigits(x uint64) uint64 {
	const low = 0x000000ff000000ff
	x = x*10 + x>>8 // a pair in every second byte
	return (x&low*(100+1000000<<32) + x>>16&low*(1+10000<<32)) >> 32
}

// decimal reads a number of decimal digits only.
func decimal(s []byte) (n uint64, ok bool) {
	n, end := leadingDecimal(s, 0)
	return n, end > 0 && end == len(s) && fits(s)
}
