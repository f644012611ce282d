package interflow

import (
	"math"
	"strconv"
	"time"
)

// FlowKind is the type of a field of a flow log that is not text, as Parquet
// files have them.
type FlowKind int

// The kinds; the zero value is an absent field.
const (
	FlowNull  FlowKind = iota
	FlowText           // Text
	FlowInt            // Int
	FlowFloat          // Float
	FlowBool           // Int, 0 or 1
	FlowTime           // Int, nanoseconds of the Unix epoch
)

// FlowValue is one field of a record.
type FlowValue struct {
	Kind  FlowKind
	Int   int64
	Float float64
	Text  []byte
}

// MapValues appends the event of a record whose fields are in the order that
// SetFormat set, at most as many; ordinal is its number in its object, from 0.
// Fields that the documentation knows get the types that they have in text.
func (m *VPCFlow) MapValues(dst []byte, values []FlowValue, ordinal uint64) []byte {
	out, ev := m.env.begin(dst)
	out = append(out, flowKey...)
	var at, fields int
	out, at = openContainer(out, mpMap16)
	m.line.has = 0
	for i := range min(len(values), len(m.columns)) {
		before := len(out)
		out = m.value(out, &m.columns[i], values[i])
		if len(out) > before {
			fields++
		}
	}
	return m.finish(closeContainer(out, at, fields), ev, ordinal)
}

// value appends one field under aws_vpcflow, nothing for one that is absent.
func (m *VPCFlow) value(dst []byte, c *column, v FlowValue) []byte {
	switch v.Kind {
	case FlowText:
		if len(v.Text) == 0 || len(v.Text) == 1 && v.Text[0] == '-' {
			return dst
		}
		return m.field(dst, c, v.Text)
	case FlowInt:
		if c.known && !c.integer {
			return m.field(dst, c, strconv.AppendInt(nil, v.Int, 10))
		}
		return m.integer(dst, c, v.Int)
	case FlowFloat:
		return m.float(dst, c, v.Float)
	case FlowBool:
		if c.known {
			return m.field(dst, c, strconv.AppendBool(nil, v.Int != 0))
		}
		return append(append(dst, c.key.text...), mpFalse|byte(v.Int&1))
	case FlowTime:
		if c.integer { // start and end are seconds
			seconds, _ := floorDiv(v.Int, 1e9)
			return m.integer(dst, c, seconds)
		}
		return m.field(dst, c, time.Unix(0, v.Int).UTC().AppendFormat(nil, time.RFC3339Nano))
	}
	return dst
}

func (m *VPCFlow) integer(dst []byte, c *column, v int64) []byte {
	if c.role != noRole {
		m.line.unset(c.role)
		if v >= 0 { // no standard field is negative
			m.line.set(c.role)
			m.line.number[c.role] = uint64(v)
		}
	}
	return appendInt(append(dst, c.key.text...), v)
}

// float appends a number that some writer made a float: one without a
// fraction is the integer that it was.
func (m *VPCFlow) float(dst []byte, c *column, v float64) []byte {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0) || c.known && !c.integer:
		return m.field(dst, c, strconv.AppendFloat(nil, v, 'f', -1, 64))
	case c.integer && v == math.Trunc(v) && math.Abs(v) < 1<<63:
		return m.integer(dst, c, int64(v))
	}
	return appendFloat(append(dst, c.key.text...), v)
}
