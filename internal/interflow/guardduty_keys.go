package interflow

// capitalise writes the first letter of every key of a finding in upper case,
// in the text itself. A key stays as it is where its object has another one
// that it would then equal, and so do those of what becomes JSON text because
// it is too deep.
func capitalise(v rawJSON, depth int) {
	if depth >= maxDepth || len(v) == 0 {
		return
	}
	switch v[0] {
	case '[':
		v.each(func(element rawJSON) { capitalise(element, depth+1) })
	case '{':
		taken := capitalNames(v)
		v.members(func(name []byte, member rawJSON) bool {
			capitalise(member, depth+1)
			if len(name) > 0 && 'a' <= name[0] && name[0] <= 'z' {
				if upper := name[0] - 'a' + 'A'; !taken[string(upper)+string(name[1:])] {
					name[0] = upper
				}
			}
			return true
		})
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
