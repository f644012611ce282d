package state

// settler is a backend whose commits outlive a power cut only after a while.
type settler interface {
	// commits are the numbers of the last commit, and of the last that outlives
	// a power cut.
	commits() (last, settled uint64)
	// hurry has the commits so far outlive a power cut soon.
	hurry()
}

// Settled tells the number of the last commit to the state file, by whichever
// connector, and up to which number commits, and the records that they speak
// of, outlive a power cut: those are on the disk. In memory both are 0.
//
// Who gives away the only other trace of a record, such as a queue's message,
// waits until the commit that tells of its delivery is settled.
func (c *Connector) Settled() (last, settled uint64) {
	if b, ok := c.file.backend.(settler); ok {
		return b.commits()
	}
	return 0, 0
}

// Settle has all commits so far settled soon. It does not wait.
func (c *Connector) Settle() {
	if b, ok := c.file.backend.(settler); ok {
		b.hurry()
	}
}

// commits implements settler.
func (j *journaled) commits() (last, settled uint64) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.sealed == nil && len(j.fresh) == 0 {
		return j.seq, j.seq
	}
	return j.seq, j.settled
}

var _ settler = (*journaled)(nil)
