package interflow

import "in_stellar_aws/internal/jsonscan"

// capitalised encodes the value at b[i] like value, with the first letter of
// every key in upper case. A key stays as it is where its object has another
// one that it would then equal.
func (m *GuardDuty) capitalised(i, depth int) int {
	if i >= len(m.b) {
		return jsonscan.Short
	}
	if depth >= maxDepth {
		return m.value(i, depth)
	}
	switch m.b[i] {
	case '{':
		return m.capitalMembers(i, depth+1)
	case '[':
		return m.capitalElements(i, depth+1)
	}
	return m.value(i, depth)
}

func (m *GuardDuty) capitalMembers(i, depth int) int {
	taken := capitalNames(m.b[i:])
	var at, count int
	m.dst, at = openContainer(m.dst, mpMap16)
	if i = m.space(i + 1); i < len(m.b) && m.b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(m.b) {
			return jsonscan.Short
		}
		if m.b[i] != '"' {
			return jsonscan.Invalid
		}
		end, flags := jsonscan.String(m.b, i)
		if end < 0 {
			return end
		}
		n := m.body(m.b[i+1:end-1], flags)
		if name := m.dst[len(m.dst)-n:]; n > 0 && 'a' <= name[0] && name[0] <= 'z' {
			upper := name[0] - 'a' + 'A'
			if !taken[string(upper)+string(name[1:])] {
				name[0] = upper
			}
		}
		if i = m.colon(end); i < 0 {
			return i
		}
		if i = m.capitalised(i, depth); i < 0 {
			return i
		}
		count++
		var done bool
		if i, done = m.next(i, '}'); done || i < 0 {
			m.dst = closeContainer(m.dst, at, count)
			return i
		}
	}
}

func (m *GuardDuty) capitalElements(i, depth int) int {
	var at, count int
	m.dst, at = openContainer(m.dst, mpArray16)
	if i = m.space(i + 1); i < len(m.b) && m.b[i] == ']' {
		return i + 1
	}
	for {
		if i = m.capitalised(i, depth); i < 0 {
			return i
		}
		count++
		var done bool
		if i, done = m.next(i, ']'); done || i < 0 {
			m.dst = closeContainer(m.dst, at, count)
			return i
		}
	}
}

// capitalNames are the names of the object's members that begin with an upper
// case letter already: hardly ever any.
func capitalNames(object rawJSON) map[string]bool {
	var names map[string]bool
	object.members(func(name []byte, _ rawJSON) bool {
		if len(name) > 0 && 'A' <= name[0] && name[0] <= 'Z' {
			if names == nil {
				names = make(map[string]bool)
			}
			names[string(name)] = true
		}
		return true
	})
	return names
}
