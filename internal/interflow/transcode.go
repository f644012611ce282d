package interflow

import (
	"unicode/utf8"

	"in_stellar_aws/internal/jsonscan"
)

// maxDepth is how many containers a record may nest, the event's outer array
// counted as the first. What lies deeper becomes JSON text. The host's decoder
// takes 64, but its JSON outputs recurse on a coroutine's stack: Fluent Bit
// 4.1.0 has 24 KiB there, needs 670 bytes a level, and dies near 35 levels.
// CloudTrail's deepest known record has 11.
const maxDepth = 24

// encoder turns JSON values of the window b into msgpack at the end of dst.
// Its methods take the index of a value and return the index after it, or
// jsonscan.Short or jsonscan.Invalid; on these dst holds a part of a record,
// which the caller cuts off.
type encoder struct {
	dst, b   []byte
	scratch  []byte
	names    nameSet
	keys     []int // scratch space of mapKeys
	loose    bool  // white space was met between tokens
	replaced int   // bytes and escapes that became U+FFFD
}

// Replaced returns how many bytes and escapes that were not Unicode text
// became U+FFFD since the last call.
func (e *encoder) Replaced() int {
	n := e.replaced
	e.replaced = 0
	return n
}

// space skips white space and remembers that there was some.
func (e *encoder) space(i int) int {
	if i < len(e.b) && e.b[i] > ' ' {
		return i
	}
	k := jsonscan.Space(e.b, i)
	if k != i {
		e.loose = true
	}
	return k
}

// value encodes the value at b[i], which stands inside depth containers.
func (e *encoder) value(i, depth int) int {
	if i >= len(e.b) {
		return jsonscan.Short
	}
	switch c := e.b[i]; c {
	case '"':
		return e.str(i)
	case '{':
		if depth >= maxDepth {
			return e.text(i)
		}
		return e.object(i, depth+1)
	case '[':
		if depth >= maxDepth {
			return e.text(i)
		}
		return e.array(i, depth+1)
	default:
		return e.scalar(i)
	}
}

// scalar encodes a number, true, false or null.
func (e *encoder) scalar(i int) int {
	switch c := e.b[i]; {
	case c == '-' || '0' <= c && c <= '9':
		end, integer := jsonscan.Number(e.b, i)
		if end >= 0 {
			e.dst = appendNumber(e.dst, e.b[i:end], integer)
		}
		return end
	case c == 't' || c == 'f' || c == 'n':
		end := jsonscan.Literal(e.b, i)
		if end >= 0 {
			e.dst = append(e.dst, literal(c))
		}
		return end
	}
	return jsonscan.Invalid
}

func literal(c byte) byte {
	switch c {
	case 't':
		return mpTrue
	case 'f':
		return mpFalse
	}
	return mpNil
}

func (e *encoder) str(i int) int {
	end, flags := jsonscan.String(e.b, i)
	if end >= 0 {
		e.body(e.b[i+1:end-1], flags)
	}
	return end
}

// body encodes the body of a string and returns how long its text is.
func (e *encoder) body(body []byte, flags jsonscan.Flags) int {
	if flags != 0 {
		body = e.unquoted(body, flags)
	}
	e.dst = appendStr(e.dst, body)
	return len(body)
}

// unquoted returns the text of a string's body as valid UTF-8. The result is
// good until the next call.
func (e *encoder) unquoted(body []byte, flags jsonscan.Flags) []byte {
	if flags&jsonscan.Escaped == 0 && utf8.Valid(body) {
		return body
	}
	var replaced int
	e.scratch, replaced = jsonscan.AppendUnquoted(e.scratch[:0], body)
	e.replaced += replaced
	return e.scratch
}

// object encodes the object at b[i]; one of more keys than a map may have
// becomes JSON text. A key that comes again gets another name.
func (e *encoder) object(i, depth int) int {
	var at, count int
	var met keyFilter
	again := false
	start, replaced := i, e.replaced
	e.dst, at = openContainer(e.dst, mpMap16)
	i = e.space(i + 1)
	if i < len(e.b) && e.b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(e.b) {
			return jsonscan.Short
		}
		if e.b[i] != '"' {
			return jsonscan.Invalid
		}
		end, flags := jsonscan.String(e.b, i)
		if end < 0 {
			return end
		}
		n := e.body(e.b[i+1:end-1], flags)
		if met.met(e.dst[len(e.dst)-n:]) {
			again = true
		}
		if i = e.colon(end); i < 0 {
			return i
		}
		if i = e.value(i, depth); i < 0 {
			return i
		}
		if count++; count > MaxKeys {
			e.dst, e.replaced = e.dst[:at], replaced
			return e.text(start)
		}
		var done bool
		if i, done = e.next(i, '}'); done || i < 0 {
			e.closeKeys(at, count, again && done)
			e.dst = closeContainer(e.dst, at, count)
			return i
		}
	}
}

func (e *encoder) array(i, depth int) int {
	var at, count int
	e.dst, at = openContainer(e.dst, mpArray16)
	i = e.space(i + 1)
	if i < len(e.b) && e.b[i] == ']' {
		return i + 1
	}
	for {
		if i = e.value(i, depth); i < 0 {
			return i
		}
		count++
		var done bool
		if i, done = e.next(i, ']'); done || i < 0 {
			e.dst = closeContainer(e.dst, at, count)
			return i
		}
	}
}

// colon reads the colon between a name and its value and returns where the
// value begins.
func (e *encoder) colon(i int) int {
	i = e.space(i)
	if i >= len(e.b) {
		return jsonscan.Short
	}
	if e.b[i] != ':' {
		return jsonscan.Invalid
	}
	return e.space(i + 1)
}

// next reads what follows a member or an element: a comma, then i is where
// the next one begins; or the container's closing bracket, then done.
func (e *encoder) next(i int, closing byte) (after int, done bool) {
	i = e.space(i)
	if i >= len(e.b) {
		return jsonscan.Short, false
	}
	switch e.b[i] {
	case closing:
		return i + 1, true
	case ',':
		return e.space(i + 1), false
	}
	return jsonscan.Invalid, false
}

// text encodes the value at b[i] as a string that holds its compact JSON.
func (e *encoder) text(i int) int {
	end, compact := jsonscan.Skip(e.b, i)
	if end >= 0 {
		e.loose = e.loose || !compact
		e.raw(i, end, compact)
	}
	return end
}

// raw encodes the JSON text b[i:end] as a string.
func (e *encoder) raw(i, end int, compact bool) {
	text := e.b[i:end]
	if !compact {
		e.scratch = jsonscan.AppendCompact(e.scratch[:0], text)
		text = e.scratch
	}
	e.dst = appendStr(e.dst, e.validUTF8(text))
}

// validUTF8 returns text with U+FFFD for every byte that is not UTF-8.
func (e *encoder) validUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	valid := make([]byte, 0, len(text)+16)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			e.replaced++
		}
		valid = utf8.AppendRune(valid, r)
		text = text[size:]
	}
	return valid
}
