package jsonscan_test

import (
	"strings"
	"testing"

	"in_stellar_aws/internal/jsonscan"
)

const (
	short   = jsonscan.Short
	invalid = jsonscan.Invalid
)

func TestString(t *testing.T) {
	tests := map[string]struct {
		in    string
		end   int
		flags jsonscan.Flags
	}{
		"empty":              {`""`, 2, 0},
		"plain":              {`"abc",`, 5, 0},
		"eight":              {`"abcdefgh"`, 10, 0},
		"long":               {`"` + strings.Repeat("x", 1000) + `" `, 1002, 0},
		"escape":             {`"a\"b"`, 6, jsonscan.Escaped},
		"escape at eight":    {`"abcdefgh\n"`, 12, jsonscan.Escaped},
		"backslash last":     {`"a\\"`, 5, jsonscan.Escaped},
		"unicode":            {`"\u00e9"`, 8, jsonscan.Escaped},
		"not ASCII":          {`"é"`, 4, jsonscan.NonASCII},
		"not UTF-8":          {"\"\xff\"", 3, jsonscan.NonASCII},
		"both":               {`"éééééééé\t"`, 20, jsonscan.Escaped | jsonscan.NonASCII},
		"delete":             {"\"\x7f\"", 3, 0},
		"cut":                {`"abc`, short, 0},
		"cut at once":        {`"`, short, 0},
		"cut in escape":      {`"a\`, short, jsonscan.Escaped},
		"cut in unicode":     {`"\u00`, short, jsonscan.Escaped},
		"cut not ASCII":      {"\"\xc3", short, jsonscan.NonASCII},
		"control":            {"\"a\nb\"", invalid, 0},
		"control late":       {"\"abcdefghij\x1f\"", invalid, 0},
		"unknown escape":     {`"\x41"`, invalid, jsonscan.Escaped},
		"unicode not hex":    {`"\u00g0"`, invalid, jsonscan.Escaped},
		"capital is no hex":  {`"\U0041"`, invalid, jsonscan.Escaped},
		"control after word": {"\"éabcdefg\x00\"", invalid, jsonscan.NonASCII},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			end, flags := jsonscan.String([]byte(test.in), 0)
			if end != test.end || flags != test.flags {
				t.Errorf("got %d, %b, want %d, %b", end, flags, test.end, test.flags)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	tests := map[string]struct {
		end     int
		integer bool
	}{
		"0,": {1, true}, "-0 ": {2, true}, "12]": {2, true}, "1.5}": {3, false}, "1e5,": {3, false}, "1E+05,": {5, false}, "-1.25e-7 ": {8, false},
		"01,": {1, true}, // the 1 that follows is no separator: whoever reads on finds that
		"1":   {short, true}, "1.": {short, false}, "1.5": {short, false}, "1e": {short, false}, "1e+": {short, false}, "-": {short, false},
		"-a": {invalid, false}, "1.a": {invalid, false}, "1ea": {invalid, false}, "1e+a": {invalid, false}, "-.5": {invalid, false},
	}
	for in, want := range tests {
		if end, integer := jsonscan.Number([]byte(in), 0); end != want.end || integer != want.integer {
			t.Errorf("%q: got %d, %t, want %d, %t", in, end, integer, want.end, want.integer)
		}
	}
}

func TestLiteral(t *testing.T) {
	for in, want := range map[string]int{
		"true": 4, "false,": 5, "null": 4, "nullx": 4, "tru": short, "n": short, "trie": invalid, "fulse": invalid, "nil": invalid,
	} {
		if got := jsonscan.Literal([]byte(in), 0); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
}

func TestSkip(t *testing.T) {
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	mixed := strings.Repeat(`{"k":[`, 200) + "1" + strings.Repeat("]}", 200)
	tests := map[string]struct {
		in      string
		end     int
		compact bool
	}{
		"object":          {`{"a":1,"b":[true,null]},`, 23, true},
		"empty":           {`{}`, 2, true},
		"empty, spaced":   {`{ }`, 3, false},
		"empty array":     {`[]`, 2, true},
		"spaced":          {`[1, 2]`, 6, false},
		"before colon":    {`{"a" :1}`, 8, false},
		"after colon":     {`{"a": 1}`, 8, false},
		"before comma":    {`[1 ,2]`, 6, false},
		"before the end":  {"[1\n]", 4, false},
		"space in a text": {`["a b"]`, 7, true},
		"string":          {`"a"`, 3, true},
		"literal":         {`null`, 4, true},
		"deep":            {deep, len(deep), true},
		"mixed and deep":  {mixed, len(mixed), true},
		"cut":             {`{"a":[1,`, short, true},
		"cut after brace": {`{`, short, true},
		"cut in a name":   {`{"a`, short, true},
		"cut after name":  {`{"a"`, short, true},
		"cut after colon": {`{"a":`, short, true},
		"cut after comma": {`{"a":1,`, short, true},
		"nothing":         {``, short, true},
		"wrong bracket":   {`[1}`, invalid, true},
		"wrong brace":     {`{"a":1]`, invalid, true},
		"comma last":      {`[1,]`, invalid, true},
		"comma in object": {`{"a":1,}`, invalid, true},
		"no comma":        {`[1 2]`, invalid, false},
		"no colon":        {`{"a"1}`, invalid, true},
		"name no string":  {`{1:2}`, invalid, true},
		"closing first":   {`]`, invalid, true},
		"leading zero":    {`[01]`, invalid, true},
		"vertical tab":    {"[1,\v2]", invalid, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			end, compact := jsonscan.Skip([]byte(test.in), 0)
			if end != test.end || end >= 0 && compact != test.compact {
				t.Errorf("got %d, %t, want %d, %t", end, compact, test.end, test.compact)
			}
		})
	}
}

func TestFrame(t *testing.T) {
	for in, want := range map[string]int{
		`{}`: 2, `{"a":tru,[x]}]`: 13, `[{"}":1}]`: 9, `{`: short, `{"a}`: short, `[}`: invalid, `]`: invalid, "{\"\x01\"}": invalid, `x{}`: 3,
	} {
		if got := jsonscan.Frame([]byte(in), 0); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
}

func TestName(t *testing.T) {
	for in, want := range map[string]struct {
		name  string
		value int
	}{
		`"a":1`: {"a", 4}, "\"a b\" :\n[": {"a b", 8}, `"":""`: {"", 3}, `"a"`: {"", short}, `"a":`: {"", short}, `"a`: {"", short},
		`"a"1`: {"", invalid}, `a:1`: {"", invalid}, ``: {"", short},
	} {
		if name, value := jsonscan.Name([]byte(in), 0); string(name) != want.name || value != want.value {
			t.Errorf("%q: got %q, %d, want %q, %d", in, name, value, want.name, want.value)
		}
	}
}

func TestAppendUnquoted(t *testing.T) {
	for in, want := range map[string]struct {
		text     string
		replaced int
	}{
		``:                         {"", 0},
		`a\"\\\/\b\f\n\r\t`:        {"a\"\\/\b\f\n\r\t", 0},
		`\u0041\u00e9\u20AC\u0000`: {"Aé€\x00", 0},
		`\ud83d\ude00`:             {"😀", 0},
		`\ud83d`:                   {"\uFFFD", 1},
		`\ude00x`:                  {"\uFFFDx", 1},
		`\ud83d\u0041`:             {"\uFFFDA", 1},
		`\ud83d\ud83d\ude00`:       {"\uFFFD😀", 1},
		`\ud83dx`:                  {"\uFFFDx", 1},
		"é\xff\xfe":                {"é\uFFFD\uFFFD", 2},
		"\xed\xa0\x80":             {"\uFFFD\uFFFD\uFFFD", 3}, // a surrogate in UTF-8
		"\xf0\x9f\x98":             {"\uFFFD\uFFFD\uFFFD", 3},
		"\uFFFD":                   {"\uFFFD", 0}, // the sender's own
	} {
		text, replaced := jsonscan.AppendUnquoted([]byte("kept"), []byte(in))
		if string(text) != "kept"+want.text || replaced != want.replaced {
			t.Errorf("%q: got %q, %d, want %q, %d", in, text, replaced, want.text, want.replaced)
		}
	}
}

func TestAppendCompact(t *testing.T) {
	in := " { \"a b\" : [ 1 ,\n\ttrue , \"\\\" \" ] ,\r\"c\":{ } } "
	if got := string(jsonscan.AppendCompact([]byte("kept"), []byte(in))); got != `kept{"a b":[1,true,"\" "],"c":{}}` {
		t.Errorf("got %s", got)
	}
}
