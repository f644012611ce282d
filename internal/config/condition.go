package config

import (
	"regexp"
	"slices"
	"strings"
)

// Op is how a condition compares a field with its value.
type Op string

// The operators of a log_filter condition.
const (
	OpEqual        Op = "=="
	OpNotEqual     Op = "!="
	OpLess         Op = "<"
	OpLessEqual    Op = "<="
	OpGreater      Op = ">"
	OpGreaterEqual Op = ">="
	OpContains     Op = "contains"
	OpStartsWith   Op = "starts_with"
	OpEndsWith     Op = "ends_with"
	OpMatches      Op = "matches" // RE2, anywhere in the text
	OpIn           Op = "in"
	OpExists       Op = "exists"
	OpNotExists    Op = "not_exists"
)

// Condition is one condition of log_filter. Conditions come from ParseFilter;
// one built by hand compares with nothing but its Values' text.
type Condition struct {
	Field  []string // the path to the field: msg_origin.source is [msg_origin source]
	Op     Op
	Values []string // one, several for OpIn, none for OpExists and OpNotExists

	numbers []number // Values as numbers, where they are
	re      *regexp.Regexp
}

// Match reports whether the condition holds for a field's value; present tells
// whether the record has the field at all.
//
// The filter drops records, so what cannot be judged does not match: a record
// without the field matches OpNotExists alone (not even OpNotEqual), and one
// whose field is a map or nil matches OpExists alone. Of an array one element
// that matches suffices, for OpNotEqual all must differ. A number is compared
// as a number with OpEqual, OpNotEqual and OpIn, as its decimal text with the
// text operators; a text is compared as a number with OpLess and its kind where
// it is one. Match knows the values a decoded msgpack record is made of:
// strings, byte slices, booleans, integers, floats and []any of them.
func (c Condition) Match(value any, present bool) bool {
	switch {
	case c.Op == OpNotExists:
		return !present
	case !present:
		return false
	case c.Op == OpExists:
		return true
	}
	list, ok := value.([]any)
	if !ok {
		return c.matchOne(value)
	}
	if c.Op == OpNotEqual {
		return len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return !c.matchOne(v) })
	}
	return slices.ContainsFunc(list, c.matchOne)
}

func (c Condition) matchOne(value any) bool {
	s, ok := scalarOf(value)
	if !ok {
		return false
	}
	switch c.Op {
	case OpEqual, OpIn:
		return c.equalsAny(s)
	case OpNotEqual:
		return !c.equalsAny(s)
	case OpMatches:
		return c.re != nil && c.re.MatchString(s.text())
	}
	if len(c.Values) == 0 {
		return false
	}
	switch c.Op {
	case OpContains:
		return strings.Contains(s.text(), c.Values[0])
	case OpStartsWith:
		return strings.HasPrefix(s.text(), c.Values[0])
	case OpEndsWith:
		return strings.HasSuffix(s.text(), c.Values[0])
	default:
		return c.ordered(s)
	}
}

func (c Condition) equalsAny(s scalar) bool {
	if s.isNumber {
		return slices.ContainsFunc(c.numbers, func(n number) bool { return s.num.compare(n) == 0 })
	}
	return slices.Contains(c.Values, s.str)
}

// ordered is for the operators that compare by size.
func (c Condition) ordered(s scalar) bool {
	n, ok := s.number()
	if !ok || len(c.numbers) == 0 {
		return false
	}
	order := n.compare(c.numbers[0])
	switch c.Op {
	case OpLess:
		return order < 0
	case OpLessEqual:
		return order <= 0
	case OpGreater:
		return order > 0
	case OpGreaterEqual:
		return order >= 0
	default:
		return false
	}
}
