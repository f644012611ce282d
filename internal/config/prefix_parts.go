package config

import (
	"fmt"
	"strings"
)

// PrefixPart is a piece of a prefix: either text of the key as it stands, or
// the name of a date variable. Exactly one of the two is set.
type PrefixPart struct {
	Literal  string
	Variable string // "YYYY", "m", "mm", "d", "dd", "H", "HH", "M" or "MM"
}

// PrefixVariables are the names a date variable may have, in UTC: year, month,
// day, hour and minute; the single letters stand for one or two digits.
func PrefixVariables() []string {
	return []string{"YYYY", "m", "mm", "d", "dd", "H", "HH", "M", "MM"}
}

// SplitPrefix cuts a prefix into its literal pieces and its date variables,
// reading from the left.
//
// A variable is written //NAME//. Slashes beyond these two pairs are read thus:
//
//   - three slashes before NAME: the first is an ordinary separator, as in
//     CustomPrefix///YYYY//, which is CustomPrefix/2026. After "=" it belongs
//     to the variable instead, as in year=///YYYY//, which is year=2026: a
//     separator there would make a key no writer makes.
//   - a third slash after NAME is always an ordinary separator, as in
//     //YYYY///month, which is 2026/month.
//
// So CustomPrefix/year=///YYYY///month=///mm///day=///dd// is
// CustomPrefix/year=2026/month=11/day=22, //YYYY/////mm// is 2026/11 and
// //YYYY////mm// is 202611. Neighbouring literal text comes as one part.
//
// The error names the first unknown variable or empty segment. SplitPrefix
// checks no other rule: CheckPrefix does.
func SplitPrefix(prefix string) ([]PrefixPart, error) {
	var parts []PrefixPart
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, PrefixPart{Literal: literal.String()})
			literal.Reset()
		}
	}
	for rest := prefix; rest != ""; {
		text, slashes, after := cutSlashes(rest)
		literal.WriteString(text)
		if slashes < 2 {
			literal.WriteString(rest[len(text) : len(text)+slashes])
			rest = after
			continue
		}
		name, tail, closed := strings.Cut(after, "//")
		if !closed || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("has an empty segment at %q: remove a slash, or write a date variable as //YYYY//", clip(rest[len(text):]))
		}
		if !knownVariable(name) {
			return nil, fmt.Errorf("has an unknown date variable //%s//: want one of //%s//", clip(name), strings.Join(PrefixVariables(), "// //"))
		}
		switch {
		case slashes > 3:
			return nil, fmt.Errorf("has an empty segment before //%s//: remove a slash", name)
		case slashes == 3 && !strings.HasSuffix(literal.String(), "="):
			literal.WriteByte('/')
		}
		flush()
		parts = append(parts, PrefixPart{Variable: name})
		rest = tail
	}
	flush()
	return parts, nil
}

// cutSlashes cuts s at its first run of slashes and says how long the run is.
func cutSlashes(s string) (before string, slashes int, after string) {
	i := strings.IndexByte(s, '/')
	if i < 0 {
		return s, 0, ""
	}
	after = strings.TrimLeft(s[i:], "/")
	return s[:i], len(s) - i - len(after), after
}

func knownVariable(name string) bool {
	for _, v := range PrefixVariables() {
		if v == name {
			return true
		}
	}
	return false
}
