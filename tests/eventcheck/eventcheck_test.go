package eventcheck_test

import (
	"strings"
	"testing"

	"in_stellar_aws/tests/eventcheck"
)

// head is an event up to its body, at 1 s and 2 ns.
const head = "\x92\x92\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02\x80"

func TestCheck(t *testing.T) {
	nested := func(n int) string { return head + "\x81\xa1a" + strings.Repeat("\x91", n) + "\x01" }
	tests := map[string]struct {
		in     string
		events int
		want   string // in the error; "": none
	}{
		"nothing":        {"", 0, ""},
		"two":            {head + "\x80" + head + "\x81\xa1a\xc0", 2, ""},
		"every form":     {head + "\xde\x00\x02\xa1a\x9a\xc0\xc2\xc3\x7f\xff\xcc\x80\xcd\x01\x00\xd0\x80\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\xd9\x01x\xa1b\xdd\x00\x00\x00\x01\xda\x00\x02\xc3\xa9", 1, ""},
		"deep":           {nested(58), 1, ""},
		"too deep":       {nested(59), 0, "nests more than 60"},
		"cut":            {head + "\x81\xa1", 0, "end inside a value"},
		"huge count":     {head + "\xdf\xff\xff\xff\xff", 0, "end inside a value"},
		"left over":      {head + "\x80\x01", 1, "event 1 from byte 14"},
		"not an event":   {"\x93", 0, "end inside a value"},
		"old form":       {"\x92\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02\x80", 0, "event begins with"},
		"a group":        {"\x92\x92\xd7\x00\xff\xff\xff\xff\x00\x00\x00\x00\x80\x80", 0, "mark a group"},
		"end of a group": {"\x92\x92\xd7\x00\xff\xff\xff\xfe\x00\x00\x00\x00\x80\x80", 0, "mark a group"},
		"nanoseconds":    {"\x92\x92\xd7\x00\x00\x00\x00\x01\x3b\x9a\xca\x00\x80\x80", 0, "1000000000 nanoseconds"},
		"body":           {head + "\x90", 0, "the body is no map"},
		"name":           {head + "\x81\x01\x01", 0, "a name is no string"},
		"nested name":    {head + "\x81\xa1a\x81\x01\x01", 0, "a name is no string"},
		"name twice":     {head + "\x82\xa1a\x01\xa1a\x01", 0, "comes twice"},
		"name in each":   {head + "\x82\xa1a\x81\xa1a\x01\xa1b\x81\xa1a\x01", 1, ""},
		"text":           {head + "\x81\xa1a\xa1\xff", 0, "is not UTF-8"},
		"NaN":            {head + "\x81\xa1a\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 0, "NaN"},
		"infinity":       {head + "\x81\xa1a\xcb\xff\xf0\x00\x00\x00\x00\x00\x00", 0, "-Inf"},
		"bytes":          {head + "\x81\xa1a\xc4\x01x", 0, "0xc4 has no place"},
		"ext":            {head + "\x81\xa1a\xd4\x00x", 0, "0xd4 has no place"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := eventcheck.Check([]byte(test.in))
			if events != test.events {
				t.Errorf("got %d events, want %d", events, test.events)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
