package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxConditions is how many conditions a log_filter may hold.
const maxConditions = 10

const (
	separators = ";\n\r" // between conditions
	blanks     = " \t"
)

// ops are the operators, longer ones before those they begin with.
var ops = []Op{
	OpEqual, OpNotEqual, OpLessEqual, OpGreaterEqual, OpLess, OpGreater,
	OpContains, OpStartsWith, OpEndsWith, OpMatches, OpIn, OpExists, OpNotExists,
}

// ParseFilter reads up to 10 conditions, separated by ";" or line ends, each
// "field op value":
//
//	eventSource == kms.amazonaws.com; userIdentity_type in AWSService, "AWSAccount"
//	aws_vpcflow.log_status == NODATA
//	dstport >= 1024
//	userAgent matches ^aws-(cli|sdk)
//	errorCode not_exists
//
// The field is a dotted path. A value reaches to the end of its condition, or
// is quoted: in "double quotes" \" and \\ stand for a quote and a backslash, in
// 'single quotes' every character for itself. The numbers of <, <=, > and >=
// are decimal; matches takes an RE2 expression. The error lists every fault.
func ParseFilter(text string) ([]Condition, error) {
	var conditions []Condition
	var errs []error
	for rest := skipSeparators(text); rest != ""; rest = skipSeparators(rest) {
		c, tail, err := scanCondition(rest)
		if err != nil {
			tail = rest[lengthUntil(rest, separators):]
			piece := strings.TrimSpace(rest[:len(rest)-len(tail)])
			errs = append(errs, &valueError{value: piece, reason: err.Error()})
		}
		conditions = append(conditions, c)
		rest = tail
	}
	if len(conditions) > maxConditions {
		errs = append(errs, fmt.Errorf("has %d conditions: want at most %d", len(conditions), maxConditions))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return conditions, nil
}

// scanCondition reads the condition s begins with and gives what follows it.
func scanCondition(s string) (c Condition, rest string, err error) {
	end := lengthUntil(s, separators+blanks+"=!<>")
	c.Field = strings.Split(s[:end], ".")
	if slices.Contains(c.Field, "") {
		return c, "", errors.New("want a field's dotted path first, such as msg_origin.source")
	}
	op, rest, ok := cutOp(strings.TrimLeft(s[end:], blanks))
	if !ok {
		return c, "", fmt.Errorf("want one of %s after the field", opList())
	}
	c.Op = op
	if c.Values, rest, err = scanValues(op, rest); err != nil {
		return c, "", err
	}
	c, err = c.compile()
	return c, rest, err
}

// cutOp cuts the operator off. One that is a word ends where the word does.
func cutOp(s string) (op Op, rest string, ok bool) {
	for _, op := range ops {
		rest, found := strings.CutPrefix(s, string(op))
		isWord := op[0] >= 'a'
		if found && (!isWord || lengthUntil(rest, separators+blanks) == 0) {
			return op, strings.TrimLeft(rest, blanks), true
		}
	}
	return "", "", false
}

func opList() string {
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = string(op)
	}
	return strings.Join(names, " ")
}

// scanValues reads the values of op and gives what follows them.
func scanValues(op Op, s string) (values []string, rest string, err error) {
	if op == OpExists || op == OpNotExists {
		if lengthUntil(s, separators) > 0 {
			return nil, "", fmt.Errorf("%s takes no value", op)
		}
		return nil, s, nil
	}
	stops := separators
	if op == OpIn {
		stops += ","
	}
	for {
		var v string
		if v, s, err = scanValue(op, s, stops); err != nil {
			return nil, "", err
		}
		values = append(values, v)
		if s == "" || s[0] != ',' {
			return values, s, nil
		}
		s = strings.TrimLeft(s[1:], blanks)
	}
}

// scanValue reads one value, up to one of stops or the end.
func scanValue(op Op, s, stops string) (value, rest string, err error) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, rest, err = cutQuoted(s)
		if rest = strings.TrimLeft(rest, blanks); err == nil && lengthUntil(rest, stops) > 0 {
			err = errors.New("has text after the closing quote")
		}
		return value, rest, err
	}
	end := lengthUntil(s, stops)
	if value = strings.TrimRight(s[:end], blanks); value == "" {
		return "", "", fmt.Errorf(`%s needs a value: write "" for the empty text`, op)
	}
	return value, s[end:], nil
}

// cutQuoted takes the quoted text that s begins with.
func cutQuoted(s string) (text, rest string, err error) {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case quote == '"' && s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == quote:
			return b.String(), s[i+1:], nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errors.New("lacks its closing quote")
}

// skipSeparators gives s from its next condition on.
func skipSeparators(s string) string { return strings.TrimLeft(s, separators+blanks) }

// lengthUntil is how long s is before the first of stops, or its end.
func lengthUntil(s, stops string) int {
	if i := strings.IndexAny(s, stops); i >= 0 {
		return i
	}
	return len(s)
}

// compile prepares what Match compares with.
func (c Condition) compile() (Condition, error) {
	for _, v := range c.Values {
		if n, ok := parseNumber(v); ok {
			c.numbers = append(c.numbers, n)
		}
	}
	switch c.Op {
	case OpLess, OpLessEqual, OpGreater, OpGreaterEqual:
		if len(c.numbers) == 0 {
			return c, fmt.Errorf("%s needs a decimal number", c.Op)
		}
	case OpMatches:
		re, err := regexp.Compile(c.Values[0])
		if err != nil {
			return c, fmt.Errorf("matches needs an RE2 expression: %w", err)
		}
		c.re = re
	}
	return c, nil
}
