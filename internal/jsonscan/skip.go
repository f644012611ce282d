package jsonscan

// Skip reads the whole value that begins at b[i], of any depth, and checks
// that it is JSON. compact tells that it holds no white space between its
// tokens.
func Skip(b []byte, i int) (end int, compact bool) {
	var open brackets
	compact = true
	for {
		// A value begins at b[i].
		if i >= len(b) {
			return Short, compact
		}
		switch c := b[i]; {
		case c == '{' || c == '[':
			open.push(c == '{')
			k := Space(b, i+1)
			compact = compact && k == i+1
			if k >= len(b) {
				return Short, compact
			}
			i = k
			if closes(b[i], c == '{') {
				open.pop()
				i++
				break
			}
			if c == '{' {
				if i = key(b, i, &compact); i < 0 {
					return i, compact
				}
			}
			continue
		case c == '"':
			i, _ = String(b, i)
		case c == '-' || '0' <= c && c <= '9':
			i, _ = Number(b, i)
		case c == 't' || c == 'f' || c == 'n':
			i = Literal(b, i)
		default:
			return Invalid, compact
		}
		if i < 0 {
			return i, compact
		}
		// A value ended before b[i]: close what ends here, or go on.
		for {
			if open.empty() {
				return i, compact
			}
			k := Space(b, i)
			compact = compact && k == i
			if k >= len(b) {
				return Short, compact
			}
			i = k
			if closes(b[i], open.object()) {
				open.pop()
				i++
				continue
			}
			if b[i] != ',' {
				return Invalid, compact
			}
			k = Space(b, i+1)
			compact = compact && k == i+1
			i = k
			if open.object() {
				if i = key(b, i, &compact); i < 0 {
					return i, compact
				}
			}
			break
		}
	}
}

// key reads `"name":` and the white space about it, up to the value.
func key(b []byte, i int, compact *bool) int {
	if i >= len(b) {
		return Short
	}
	if b[i] != '"' {
		return Invalid
	}
	end, _ := String(b, i)
	if end < 0 {
		return end
	}
	colon := Space(b, end)
	if colon >= len(b) {
		return Short
	}
	if b[colon] != ':' {
		return Invalid
	}
	value := Space(b, colon+1)
	*compact = *compact && colon == end && value == colon+1
	if value >= len(b) {
		return Short
	}
	return value
}

func closes(c byte, object bool) bool {
	if object {
		return c == '}'
	}
	return c == ']'
}

// brackets is a stack of open brackets, one bit each: hostile nesting costs
// an eighth of a byte a level, and 64 levels cost no allocation.
type brackets struct {
	top  uint64
	used int // bits used in top
	rest []uint64
}

func (s *brackets) push(object bool) {
	if s.used == 64 {
		s.rest = append(s.rest, s.top)
		s.top, s.used = 0, 0
	}
	s.top <<= 1
	if object {
		s.top |= 1
	}
	s.used++
}

func (s *brackets) pop() {
	s.top >>= 1
	s.used--
	if s.used == 0 && len(s.rest) > 0 {
		s.top, s.used = s.rest[len(s.rest)-1], 64
		s.rest = s.rest[:len(s.rest)-1]
	}
}

func (s *brackets) empty() bool  { return s.used == 0 }
func (s *brackets) object() bool { return s.top&1 == 1 }

// AppendCompact appends the value b, which Skip accepted, without the white
// space between its tokens.
func AppendCompact(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		switch b[i] {
		case ' ', '\n', '\r', '\t':
			i++
		case '"':
			end, _ := String(b, i)
			if end < 0 { // not what Skip accepted: keep it as it is
				end = len(b)
			}
			dst = append(dst, b[i:end]...)
			i = end
		default:
			dst = append(dst, b[i])
			i++
		}
	}
	return dst
}

// Frame returns the index after the object or array that begins at b[i] by
// its brackets and strings alone: what stands between them may be anything.
// It is for stepping over a value that is not JSON.
func Frame(b []byte, i int) int {
	var open brackets
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			if i, _ = String(b, i); i < 0 {
				return i
			}
			continue
		case '{', '[':
			open.push(c == '{')
		case '}', ']':
			if open.empty() || open.object() != (c == '}') {
				return Invalid
			}
			open.pop()
			if open.empty() {
				return i + 1
			}
		}
		i++
	}
	return Short
}
