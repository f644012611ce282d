package decode

// WindowOf returns how many bytes a decoder's window holds.
func WindowOf(d *Records) int { return cap(d.win.b) }
