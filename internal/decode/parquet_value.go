package decode

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"in_stellar_aws/internal/interflow"
)

// These turn a column's value into a field, without loss, by the logical type
// of the column
// (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md).

func boolean(v bool) interflow.FlowValue {
	if v {
		return interflow.FlowValue{Kind: interflow.FlowBool, Int: 1}
	}
	return interflow.FlowValue{Kind: interflow.FlowBool}
}

func text(b []byte) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowText, Text: b}
}

func float[T float32 | float64](v T) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowFloat, Float: float64(v)}
}

func integer(v int64) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowInt, Int: v}
}

// integersOf returns what turns numbers of 32 or 64 bits into fields.
func integersOf[T int32 | int64](logical schema.LogicalType) func(T) interflow.FlowValue {
	switch l := logical.(type) {
	case schema.IntLogicalType:
		if l.IsSigned() {
			break
		}
		return unsigned[T]
	case schema.DateLogicalType:
		return func(v T) interflow.FlowValue {
			return text(time.Unix(int64(v)*86400, 0).UTC().AppendFormat(nil, time.DateOnly))
		}
	case schema.TimestampLogicalType:
		unit := int64(unitOf(l.TimeUnit()))
		return func(v T) interflow.FlowValue {
			n := int64(v)
			if n > math.MaxInt64/unit || n < math.MinInt64/unit {
				return integer(n) // no time that 64 bits of nanoseconds hold
			}
			return interflow.FlowValue{Kind: interflow.FlowTime, Int: n * unit}
		}
	case schema.DecimalLogicalType:
		return func(v T) interflow.FlowValue { return decimal(big.NewInt(int64(v)), l.Scale()) }
	}
	return func(v T) interflow.FlowValue { return integer(int64(v)) }
}

// unsigned reads a number that the file has as a signed one.
func unsigned[T int32 | int64](v T) interflow.FlowValue {
	u := uint64(v)
	if n, short := any(v).(int32); short {
		u = uint64(uint32(n))
	}
	if u > math.MaxInt64 {
		return text(strconv.AppendUint(nil, u, 10))
	}
	return integer(int64(u))
}

func unitOf(u schema.TimeUnitType) time.Duration {
	switch u {
	case schema.TimeUnitMillis:
		return time.Millisecond
	case schema.TimeUnitMicros:
		return time.Microsecond
	}
	return time.Nanosecond
}

// bytesOf returns what turns values of bytes into fields.
func bytesOf[T parquet.ByteArray | parquet.FixedLenByteArray](logical schema.LogicalType) func(T) interflow.FlowValue {
	switch l := logical.(type) {
	case schema.DecimalLogicalType:
		return func(raw T) interflow.FlowValue { return decimal(signedBig(raw), l.Scale()) }
	case schema.UUIDLogicalType, schema.Float16LogicalType:
		return func(raw T) interflow.FlowValue { return text(hex.AppendEncode(nil, raw)) }
	}
	return func(raw T) interflow.FlowValue { return text(raw) }
}

// int96 reads the deprecated form of timestamps: nanoseconds of the day and
// the Julian day.
func int96(raw parquet.Int96) interflow.FlowValue {
	const epoch = 2_440_588 // 1970-01-01
	const lastDay = 106_750 // of what 64 bits of nanoseconds hold
	nanos, day := int64(binary.LittleEndian.Uint64(raw[:])), int64(binary.LittleEndian.Uint32(raw[8:]))-epoch
	if day > lastDay || day < -lastDay || nanos < 0 || nanos > 86_400e9 {
		return text(hex.AppendEncode(nil, raw[:]))
	}
	return interflow.FlowValue{Kind: interflow.FlowTime, Int: day*86_400e9 + nanos}
}

// decimal is an unscaled number with scale digits after the point, as text.
func decimal(n *big.Int, scale int32) interflow.FlowValue {
	const longest = 1000 // digits; the format's own limit for 16 bytes is 38
	if scale <= 0 || scale > longest {
		return text(n.Append(nil, 10))
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return text([]byte(new(big.Rat).SetFrac(n, power).FloatString(int(scale))))
}

// signedBig reads a big-endian number in two's complement.
func signedBig(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}
