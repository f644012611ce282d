package jsonscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends the text of a string's body (without its quotes, as
// String found it: every escape is well formed) to dst as valid UTF-8.
// Invalid UTF-8 and lone surrogates become U+FFFD, as in encoding/json;
// replaced counts the bytes and escapes that did.
func AppendUnquoted(dst, body []byte) (out []byte, replaced int) {
	for i := 0; i < len(body); {
		c := body[i]
		switch {
		case c == '\\':
			if body[i+1] != 'u' {
				dst = append(dst, unescaped(body[i+1]))
				i += 2
				continue
			}
			r := codeUnit(body, i)
			i += 6
			if utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if i+6 <= len(body) && body[i] == '\\' && body[i+1] == 'u' {
					low = codeUnit(body, i)
				}
				if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
					replaced++ // the second escape, if any, is read for itself
				} else {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRune(body[i:])
			if r == utf8.RuneError && size == 1 {
				replaced++
			}
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return dst, replaced
}

// unescaped is the character that a backslash before c stands for.
func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // quote, backslash and slash stand for themselves
}

// codeUnit is the UTF-16 code unit of the escape \uXXXX at body[i].
func codeUnit(body []byte, i int) rune {
	return hexValue(body[i+2])<<12 | hexValue(body[i+3])<<8 | hexValue(body[i+4])<<4 | hexValue(body[i+5])
}
