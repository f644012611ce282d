package interflow

import (
	"strconv"
	"strings"

	"in_stellar_aws/internal/jsonscan"
)

// rawJSON is the text of one whole JSON value that was read before; nil where
// there is none. It is for the few members that a standard field is made of,
// in records that are too rare or too odd for a pass of their own.
type rawJSON []byte

// at returns the value under the names, one below the other.
func (v rawJSON) at(path ...string) rawJSON {
	for _, name := range path {
		v = v.member(name)
	}
	return v
}

// member returns an object's member.
func (v rawJSON) member(name string) (found rawJSON) {
	v.members(func(n []byte, value rawJSON) bool {
		if string(n) == name {
			found = value
		}
		return found == nil
	})
	return found
}

// either returns the member of the first name, or of the second where there is
// no text under the first.
func (v rawJSON) either(first, second string) rawJSON {
	if found := v.member(first); found.text() != "" {
		return found
	}
	return v.member(second)
}

// named is at for names that may as well begin with a capital, which the exact
// name goes before.
func (v rawJSON) named(path ...string) rawJSON {
	for _, name := range path {
		exact := v.member(name)
		if exact == nil {
			exact = v.member(strings.ToUpper(name[:1]) + name[1:])
		}
		v = exact
	}
	return v
}

// members visits an object's members until visit is false. The names are as
// they stand between their quotes.
func (v rawJSON) members(visit func(name []byte, value rawJSON) bool) {
	if len(v) == 0 || v[0] != '{' {
		return
	}
	for i := jsonscan.Space(v, 1); i < len(v) && v[i] == '"'; {
		name, from := jsonscan.Name(v, i)
		if from < 0 {
			return
		}
		to := valueEnd(v, from)
		if to < 0 || !visit(name, v[from:to:to]) {
			return
		}
		i = afterComma(v, to)
	}
}

// each visits an array's elements.
func (v rawJSON) each(visit func(rawJSON)) {
	if len(v) == 0 || v[0] != '[' {
		return
	}
	for i := jsonscan.Space(v, 1); i < len(v) && v[i] != ']'; {
		to := valueEnd(v, i)
		if to < 0 {
			return
		}
		visit(v[i:to:to])
		i = afterComma(v, to)
	}
}

// first returns an array's first element.
func (v rawJSON) first() (found rawJSON) {
	v.each(func(e rawJSON) {
		if found == nil {
			found = e
		}
	})
	return found
}

// text is the text of a string; "" for another value and for `-`, which is
// how AWS writes what there is not.
func (v rawJSON) text() string {
	if len(v) < 2 || v[0] != '"' {
		return ""
	}
	text, _ := jsonscan.AppendUnquoted(nil, v[1:len(v)-1])
	if string(text) == "-" {
		return ""
	}
	return string(text)
}

// address is the text of a string that holds an IP address, else "".
func (v rawJSON) address() string {
	if text := v.text(); isIP([]byte(text)) {
		return text
	}
	return ""
}

// number is the value of a number.
func (v rawJSON) number() (float64, bool) {
	if len(v) == 0 || v[0] == '"' {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(v), 64)
	return n, err == nil
}

// valueEnd returns the index after the value at v[i]. A number may end with
// the text: the text is a whole value's.
func valueEnd(v []byte, i int) int {
	end, _ := jsonscan.Skip(v, i)
	return end
}

// afterComma returns the index of what follows the comma after v[i].
func afterComma(v []byte, i int) int {
	if i = jsonscan.Space(v, i); i < len(v) && v[i] == ',' {
		i = jsonscan.Space(v, i+1)
	}
	return i
}
