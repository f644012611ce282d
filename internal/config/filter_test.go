package config

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestParseFilter(t *testing.T) {
	type want struct {
		field  string
		op     Op
		values []string
	}
	tests := map[string][]want{
		"":                                  nil,
		" ;;\n ":                            nil,
		"a == b":                            {{"a", OpEqual, []string{"b"}}},
		"a.b.c!=x y z ":                     {{"a.b.c", OpNotEqual, []string{"x y z"}}},
		"a==1;b<=2\nc >3\r\nd<4":            {{"a", OpEqual, []string{"1"}}, {"b", OpLessEqual, []string{"2"}}, {"c", OpGreater, []string{"3"}}, {"d", OpLess, []string{"4"}}},
		`m contains "a;b"; e exists`:        {{"m", OpContains, []string{"a;b"}}, {"e", OpExists, nil}},
		`m == "q\"\\\d"`:                    {{"m", OpEqual, []string{`q"\\d`}}},
		`m == 'a\;b'`:                       {{"m", OpEqual, []string{`a\;b`}}},
		`m == ""`:                           {{"m", OpEqual, []string{""}}},
		`m == it's "fine"; n == x`:          {{"m", OpEqual, []string{`it's "fine"`}}, {"n", OpEqual, []string{"x"}}},
		`f in a, "b, c" ,'d'; g not_exists`: {{"f", OpIn, []string{"a", "b, c", "d"}}, {"g", OpNotExists, nil}},
		"f matches ^a(b|c), d$":             {{"f", OpMatches, []string{"^a(b|c), d$"}}},
		"in in in":                          {{"in", OpIn, []string{"in"}}},
	}
	for text, conditions := range tests {
		got, err := ParseFilter(text)
		if err != nil || len(got) != len(conditions) {
			t.Errorf("%q: %v, %v", text, got, err)
			continue
		}
		for i, w := range conditions {
			c := got[i]
			if strings.Join(c.Field, ".") != w.field || c.Op != w.op || !reflect.DeepEqual(c.Values, w.values) {
				t.Errorf("%q: condition %d is %q %s %q", text, i, c.Field, c.Op, c.Values)
			}
		}
	}
}

func TestParseFilterFaults(t *testing.T) {
	const ops = "want one of == != <= >= < > contains starts_with ends_with matches in exists not_exists after the field"
	for text, want := range map[string]string{
		"== x":           `"== x": want a field's dotted path first, such as msg_origin.source`,
		"a..b == x":      `"a..b == x": want a field's dotted path first, such as msg_origin.source`,
		"a":              `"a": ` + ops,
		"a = b":          `"a = b": ` + ops,
		"a includes b":   `"a includes b": ` + ops,
		"a ==":           `"a ==": == needs a value: write "" for the empty text`,
		"a in b,,c":      `"a in b,,c": in needs a value: write "" for the empty text`,
		"a exists b":     `"a exists b": exists takes no value`,
		`a == "b`:        `"a == \"b": lacks its closing quote`,
		`a == "b" c`:     `"a == \"b\" c": has text after the closing quote`,
		"a < ten":        `"a < ten": < needs a decimal number`,
		"a > NaN":        `"a > NaN": > needs a decimal number`,
		"a matches (":    "\"a matches (\": matches needs an RE2 expression: error parsing regexp: missing closing ): `(`",
		"a; b == c; d =": `"a": ` + ops + "\n" + `"d =": ` + ops,
	} {
		if got, err := ParseFilter(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", text, got, err, want)
		}
	}
}

func TestConditionMatch(t *testing.T) {
	tests := []struct {
		condition string
		value     any
		want      bool
	}{
		{"f == a b", "a b", true},
		{"f == a", "A", false},
		{"f == a", []byte("a"), true},
		{"f == true", true, true},
		{"f == 443", int64(443), true},
		{"f == 443", "443", true},
		{"f == 0443", "443", false},
		{"f == 443", uint16(443), true},
		{"f == 443.0", int8(44), false},
		{"f == 443", 443.0, true},
		{"f == 443", float32(443.5), false},
		{"f == x", 443, false},
		{"f == 9007199254740993", int64(9007199254740992), false},
		{"f == 18446744073709551615", uint64(math.MaxUint64), true},
		{"f == 18446744073709551615", float64(1 << 63), false},
		{"f != a", "b", true},
		{"f != a", "a", false},
		{"f != 1", 2, true},
		{"f != a", nil, false},
		{"f != a", map[string]any{}, false},
		{"f in a, 5", int32(5), true},
		{"f in a, 5", "a", true},
		{"f in a, 5", "b", false},
		{"f contains ell", "hello", true},
		{"f contains 44", 443, true},
		{"f starts_with he", "hello", true},
		{"f starts_with el", "hello", false},
		{"f ends_with lo", "hello", true},
		{"f matches ^h.*o$", "hello", true},
		{"f matches ^h$", "hello", false},
		{"f matches ^1\\.5$", 1.5, true},
		{"f < 10", 9, true},
		{"f < 10", "9", true},
		{"f < 10", "nine", false},
		{"f < 10", 10, false},
		{"f <= 10", uint8(10), true},
		{"f > -1.5", int64(-1), true},
		{"f > 9007199254740992", uint64(9007199254740993), true},
		{"f >= 18446744073709551615", uint64(math.MaxUint64), true},
		{"f > 1", math.NaN(), false},
		{"f != 1", math.Inf(1), false},
		{"f > 1", true, false},
		{"f exists", nil, true},
		{"f exists", map[string]any{}, true},
		{"f not_exists", "x", false},
		{"f == b", []any{"a", "b"}, true},
		{"f == b", []any{"a", nil}, false},
		{"f != b", []any{"a", "c"}, true},
		{"f != b", []any{"a", "b"}, false},
		{"f != b", []any{}, false},
		{"f > 5", []any{1, 9}, true},
		{"f == b", []any{[]any{"b"}}, false},
	}
	for _, test := range tests {
		c, err := ParseFilter(test.condition)
		if err != nil {
			t.Errorf("%s: %v", test.condition, err)
			continue
		}
		if got := c[0].Match(test.value, true); got != test.want {
			t.Errorf("%s with %T %v: %v", test.condition, test.value, test.value, got)
		}
		if got := c[0].Match(nil, false); got != (c[0].Op == OpNotExists) {
			t.Errorf("%s with an absent field: %v", test.condition, got)
		}
	}
}

func TestConditionBuiltByHand(t *testing.T) {
	for _, op := range ops {
		c := Condition{Field: []string{"f"}, Op: op}
		if c.Match("x", true) != (op == OpNotEqual || op == OpExists) {
			t.Errorf("%s without values", op)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"a == b; c in d, 'e'", `m == "q\"\\"`, "a<1\nb>=2", "x matches ^a+$", "a exists", "é != ü", `a == "`, "a in ,"} {
		f.Add(s, "b", int64(5))
	}
	f.Fuzz(func(t *testing.T, filter, text string, number int64) {
		conditions, err := ParseFilter(filter)
		if err != nil {
			return
		}
		if len(conditions) > maxConditions {
			t.Fatalf("%d conditions", len(conditions))
		}
		for _, c := range conditions {
			for _, v := range []any{text, number, float64(number) / 3, []any{text, nil}, nil, map[string]any{}} {
				if c.Match(v, false) && c.Op != OpNotExists {
					t.Fatalf("%q matches an absent field", filter)
				}
				if equal := (Condition{Op: OpEqual, Values: c.Values, numbers: c.numbers}); c.Op == OpNotEqual && equal.Match(v, true) && c.Match(v, true) {
					t.Fatalf("%q: %v is both equal and not", filter, v)
				}
			}
		}
	})
}
