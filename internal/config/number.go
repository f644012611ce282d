package config

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
)

// number is an integer of 64 bits, signed or not, or a float. Integers are kept
// as such: account and event numbers beyond 2^53 must not become equal.
type number struct {
	kind  numberKind
	int   int64
	uint  uint64 // beyond int64
	float float64
}

type numberKind uint8

const (
	numberInt numberKind = iota
	numberUint
	numberFloat
)

func intNumber(i int64) number { return number{kind: numberInt, int: i} }

func uintNumber(u uint64) number {
	if u <= math.MaxInt64 {
		return intNumber(int64(u))
	}
	return number{kind: numberUint, uint: u}
}

func floatNumber(f float64) number { return number{kind: numberFloat, float: f} }

// parseNumber reads a decimal number. NaN and infinities are none: no order
// holds among them.
func parseNumber(s string) (number, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return intNumber(i), true
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return uintNumber(u), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return number{}, false
	}
	return floatNumber(f), true
}

// compare is -1, 0 or 1 as n is less than, equal to or greater than m, exactly.
func (n number) compare(m number) int {
	switch {
	case n.kind == numberInt && m.kind == numberInt:
		return cmp.Compare(n.int, m.int)
	case n.kind == numberFloat && m.kind == numberFloat:
		return cmp.Compare(n.float, m.float)
	default: // rare: a fraction against an integer, or one beyond 2^63
		return n.big().Cmp(m.big())
	}
}

// bigPrecision holds every 64-bit integer and every float64 exactly.
const bigPrecision = 64

func (n number) big() *big.Float {
	f := new(big.Float).SetPrec(bigPrecision)
	switch n.kind {
	case numberUint:
		return f.SetUint64(n.uint)
	case numberFloat:
		return f.SetFloat64(n.float)
	default:
		return f.SetInt64(n.int)
	}
}

func (n number) text() string {
	switch n.kind {
	case numberUint:
		return strconv.FormatUint(n.uint, 10)
	case numberFloat:
		return strconv.FormatFloat(n.float, 'f', -1, 64)
	default:
		return strconv.FormatInt(n.int, 10)
	}
}

// scalar is a field's value that conditions can compare: text or a number.
type scalar struct {
	str      string // booleans are "true" and "false"
	num      number
	isNumber bool
}

// scalarOf takes the types decoders give numbers, texts and booleans in.
func scalarOf(value any) (scalar, bool) {
	switch v := value.(type) {
	case string:
		return scalar{str: v}, true
	case []byte:
		return scalar{str: string(v)}, true
	case bool:
		return scalar{str: strconv.FormatBool(v)}, true
	case float64:
		return floatScalar(v)
	case float32:
		return floatScalar(float64(v))
	case uint64:
		return scalar{num: uintNumber(v), isNumber: true}, true
	case uint:
		return scalar{num: uintNumber(uint64(v)), isNumber: true}, true
	}
	i, ok := smallInt(value)
	return scalar{num: intNumber(i), isNumber: true}, ok
}

func floatScalar(f float64) (scalar, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return scalar{}, false
	}
	return scalar{num: floatNumber(f), isNumber: true}, true
}

// smallInt takes every integer type whose values fit an int64.
func smallInt(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int16:
		return int64(v), true
	case int8:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint8:
		return int64(v), true
	default:
		return 0, false
	}
}

func (s scalar) text() string {
	if s.isNumber {
		return s.num.text()
	}
	return s.str
}

func (s scalar) number() (number, bool) {
	if s.isNumber {
		return s.num, true
	}
	return parseNumber(s.str)
}
