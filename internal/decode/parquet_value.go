package decode

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"in_stellar_aws/internal/interflow"
)

// converter turns the bytes of a column's value into a field, without loss; they
// are as many as the column's type has
// (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md).
type converter func([]byte) interflow.FlowValue

func converterOf(t parquet.Type) converter {
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(raw []byte) interflow.FlowValue {
			return interflow.FlowValue{Kind: interflow.FlowBool, Int: int64(raw[0])}
		}
	case parquet.Int32:
		return converterOfInt(logical, func(raw []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(raw))) }, math.MaxUint32)
	case parquet.Int64:
		return converterOfInt(logical, func(raw []byte) int64 { return int64(binary.LittleEndian.Uint64(raw)) }, math.MaxUint64)
	case parquet.Int96:
		return int96
	case parquet.Float:
		return func(raw []byte) interflow.FlowValue {
			return float(float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		}
	case parquet.Double:
		return func(raw []byte) interflow.FlowValue {
			return float(math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
	}
	switch l := logical.(type) {
	case *format.DecimalType:
		return func(raw []byte) interflow.FlowValue { return decimal(signedBig(raw), l.Scale) }
	case *format.UUIDType, *format.Float16Type:
		return func(raw []byte) interflow.FlowValue { return text(hex.AppendEncode(nil, raw)) }
	}
	return text
}

func text(b []byte) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowText, Text: b}
}
func float(v float64) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowFloat, Float: v}
}
func integer(v int64) interflow.FlowValue {
	return interflow.FlowValue{Kind: interflow.FlowInt, Int: v}
}

// converterOfInt is for the logical types over 32 and 64 bits; mask has the
// physical type's bits.
func converterOfInt(logical format.LogicalTypeValue, of func([]byte) int64, mask uint64) converter {
	switch l := logical.(type) {
	case *format.IntType:
		if l.IsSigned {
			break
		}
		return func(raw []byte) interflow.FlowValue {
			u := uint64(of(raw)) & mask
			if u > math.MaxInt64 {
				return text(strconv.AppendUint(nil, u, 10))
			}
			return integer(int64(u))
		}
	case *format.DateType:
		return func(raw []byte) interflow.FlowValue {
			return text(time.Unix(of(raw)*86400, 0).UTC().AppendFormat(nil, time.DateOnly))
		}
	case *format.TimestampType:
		unit := int64(1)
		if l.Unit.Value != nil {
			unit = int64(l.Unit.Value.Duration())
		}
		return func(raw []byte) interflow.FlowValue {
			n := of(raw)
			if n > math.MaxInt64/unit || n < math.MinInt64/unit {
				return integer(n) // no time that 64 bits of nanoseconds hold
			}
			return interflow.FlowValue{Kind: interflow.FlowTime, Int: n * unit}
		}
	case *format.DecimalType:
		return func(raw []byte) interflow.FlowValue { return decimal(big.NewInt(of(raw)), l.Scale) }
	}
	return func(raw []byte) interflow.FlowValue { return integer(of(raw)) }
}

// int96 reads the deprecated form of timestamps: nanoseconds of the day and
// the Julian day.
func int96(raw []byte) interflow.FlowValue {
	const epoch = 2_440_588 // 1970-01-01
	const lastDay = 106_750 // of what 64 bits of nanoseconds hold
	nanos, day := int64(binary.LittleEndian.Uint64(raw)), int64(binary.LittleEndian.Uint32(raw[8:]))-epoch
	if day > lastDay || day < -lastDay || nanos < 0 || nanos > 86_400e9 {
		return text(hex.AppendEncode(nil, raw))
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
