// Package filter drops records as log_filter says, by what their encoded
// events hold.
package filter

import (
	"strings"

	"in_stellar_aws/internal/config"
)

// filter drops the records for which all conditions of log_filter hold. It
// reads the encoded event: only the values that conditions name are decoded.
type filter struct{ conditions []condition }

// condition is one of them, with its field's dotted path in one piece.
type condition struct {
	config.Condition
	path string
}

// New returns what tells that an encoded event is to be dropped, nil
// when there are no conditions.
func New(conditions []config.Condition) func(event []byte) bool {
	if len(conditions) == 0 {
		return nil
	}
	f := &filter{}
	for _, c := range conditions {
		f.conditions = append(f.conditions, condition{c, strings.Join(c.Field, ".")})
	}
	return f.drop
}

// eventHead is how many bytes come before an event's body: two array headers,
// the time and an empty map.
const eventHead = 13

func (f *filter) drop(event []byte) bool {
	for _, c := range f.conditions {
		value, present := lookup(event, eventHead, c.path)
		if !c.Match(value, present) {
			return false
		}
	}
	return true
}

// lookup returns the value at a dotted path below the map at b[i]. A name may
// hold dots itself: "a.b" is found under the name "a.b" and as b below a,
// whichever comes first. A map is nil: conditions know only that it is there.
func lookup(b []byte, i int, path string) (value any, present bool) {
	m, ok := valueAt(b, i)
	if !ok || m.kind != mapKind {
		return nil, false
	}
	i = m.at
	for range m.count {
		name, ok := valueAt(b, i)
		if !ok || name.kind != stringKind {
			return nil, false
		}
		at, n := name.at+name.count, name.count
		if n <= len(path) && string(b[name.at:at]) == path[:n] {
			if n == len(path) {
				return decodeAt(b, at), true
			}
			if path[n] == '.' {
				if value, present = lookup(b, at, path[n+1:]); present {
					return value, true
				}
			}
		}
		if i = skipAt(b, at); i < 0 {
			return nil, false
		}
	}
	return nil, false
}

// decodeAt returns the scalar at b[i], or a list of the scalars of the array
// there. What conditions cannot compare is nil.
func decodeAt(b []byte, i int) any {
	v, ok := valueAt(b, i)
	if !ok || v.kind != arrayKind {
		return v.scalar(b)
	}
	list := make([]any, 0, v.count)
	i = v.at
	for range v.count {
		element, ok := valueAt(b, i)
		if !ok {
			break
		}
		list = append(list, element.scalar(b))
		if i = skipAt(b, i); i < 0 {
			break
		}
	}
	return list
}
