package jsonscan

// Name reads the member's name at b[i], the colon after it and the white
// space about it. It returns the name's text as it stands between the quotes
// and the index of the value.
func Name(b []byte, i int) (name []byte, value int) {
	compact := true
	value = key(b, i, &compact)
	if value < 0 {
		return nil, value
	}
	end, _ := String(b, i)
	return b[i+1 : end-1], value
}
