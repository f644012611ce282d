package interflow

// fixed is an encoded text that is written for every record: where there is
// room, a copy of a fixed size costs less than one of the right size.
type fixed struct {
	text  []byte
	short [fixedRoom]byte // text again, if it fits
}

// fixedRoom is the size of nearly every encoded key, in bytes.
const fixedRoom = 32

func fix(text []byte) fixed {
	f := fixed{text: text}
	copy(f.short[:], text)
	return f
}

// fixKey is a key, encoded, with the encoded value after it.
func fixKey(key string, value ...byte) fixed { return fix(append(appendStr(nil, key), value...)) }

// room is what put may write, in bytes.
func (f *fixed) room() int { return max(len(f.text), fixedRoom) }

// put writes the text to b, which has room for it, and returns its length.
func (f *fixed) put(b []byte) int {
	if len(f.text) > fixedRoom {
		return copy(b, f.text)
	}
	*(*[fixedRoom]byte)(b) = f.short
	return len(f.text)
}
