package interflow

import (
	"bytes"

	"in_stellar_aws/internal/jsonscan"
)

// headerFinder finds a header in a request's list of them. Its buffers are for
// names and values with escapes.
type headerFinder struct{ name, value []byte }

// find returns the value of the first header of this name, in any case, of the
// list [{"name":…,"value":…}, …], whose JSON was read before. The value is
// good until the next call.
func (f *headerFinder) find(list []byte, name string) []byte {
	for i := 0; i < len(list); {
		open := bytes.IndexByte(list[i:], '{')
		if open < 0 {
			return nil
		}
		f.name, f.value = f.name[:0], f.value[:0]
		if i = f.header(list, i+open+1); i < 0 {
			return nil
		}
		if bytes.EqualFold(f.name, []byte(name)) {
			return f.value
		}
	}
	return nil
}

// header reads the members of one header, the first of which begins at or
// after list[i], and returns the index after them or a negative number.
func (f *headerFinder) header(list []byte, i int) int {
	for i = jsonscan.Space(list, i); i < len(list) && list[i] == '"'; {
		member, at := jsonscan.Name(list, i)
		if at < 0 {
			return at
		}
		end, _ := jsonscan.Skip(list, at)
		if end < 0 {
			return end
		}
		if list[at] == '"' {
			switch body := list[at+1 : end-1]; string(member) {
			case "name":
				f.name, _ = jsonscan.AppendUnquoted(f.name[:0], body)
			case "value":
				f.value, _ = jsonscan.AppendUnquoted(f.value[:0], body)
			}
		}
		if i = jsonscan.Space(list, end); i < len(list) && list[i] == ',' {
			i = jsonscan.Space(list, i+1)
		}
	}
	return i
}
