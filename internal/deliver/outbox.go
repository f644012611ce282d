package deliver

import "sync"

// Outbox numbers what is on its way to the host as the host's queue does, and
// tells its owner when the host has stored it. The owner, who embeds it, keeps
// its books under the outbox's lock.
type Outbox[B any] struct {
	ready chan struct{} // holds a token while there is something to commit

	sync.Mutex              // of what follows, and of the owner's books
	Stored     uint64       // number of the last batch that the host has stored
	batches    map[uint64]B // handed over, not stored
}

// NewOutbox returns an outbox with nothing in it.
func NewOutbox[B any]() Outbox[B] {
	return Outbox[B]{ready: make(chan struct{}, 1), batches: make(map[uint64]B)}
}

// Due is readable while there is something to commit.
func (o *Outbox[B]) Due() <-chan struct{} { return o.ready }

// Wake says that there is something to commit.
func (o *Outbox[B]) Wake() {
	select {
	case o.ready <- struct{}{}:
	default: // said already
	}
}

// StoredNow is the number of the last batch that the host is known to have
// stored.
func (o *Outbox[B]) StoredNow() uint64 {
	o.Lock()
	defer o.Unlock()
	return o.Stored
}

// Post notes the number that the queue gave to a batch, and settles it where
// the host has stored it already. The caller holds the lock.
func (o *Outbox[B]) Post(seq uint64, b B, settle func(B)) {
	if seq <= o.Stored {
		settle(b)
		return
	}
	o.batches[seq] = b
}

// Clear settles every batch up to seq, which the host has stored. The caller
// holds the lock.
func (o *Outbox[B]) Clear(seq uint64, settle func(B)) {
	for ; o.Stored < seq; o.Stored++ {
		if b, ok := o.batches[o.Stored+1]; ok {
			delete(o.batches, o.Stored+1)
			settle(b)
		}
	}
}
