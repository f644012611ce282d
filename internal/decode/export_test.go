package decode

// WindowOf returns how many bytes a decoder's window holds.
func WindowOf(d *Records) int { return cap(d.win.b) }

// BatchOf returns how many bytes a decoder's batch has room for, and how many
// it has at first.
func BatchOf(d *Records) (room, usual int) { return cap(d.buf), batchRoom }
