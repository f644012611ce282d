package collect

import "sync"

// outbox numbers what is on its way to the host as the host's queue does, and
// tells its owner when the host has stored it. The owner, who embeds it, keeps
// its books under the outbox's lock.
type outbox[B any] struct {
	ready chan struct{} // holds a token while there is something to commit

	sync.Mutex              // of what follows, and of the owner's books
	stored     uint64       // number of the last batch that the host has stored
	batches    map[uint64]B // handed over, not stored
}

func newOutbox[B any]() outbox[B] {
	return outbox[B]{ready: make(chan struct{}, 1), batches: make(map[uint64]B)}
}

// due is readable while there is something to commit.
func (o *outbox[B]) due() <-chan struct{} { return o.ready }

// wake says that there is something to commit.
func (o *outbox[B]) wake() {
	select {
	case o.ready <- struct{}{}:
	default: // said already
	}
}

// storedNow is the number of the last batch that the host is known to have
// stored.
func (o *outbox[B]) storedNow() uint64 {
	o.Lock()
	defer o.Unlock()
	return o.stored
}

// post notes the number that the queue gave to a batch, and settles it where
// the host has stored it already. The caller holds the lock.
func (o *outbox[B]) post(seq uint64, b B, settle func(B)) {
	if seq <= o.stored {
		settle(b)
		return
	}
	o.batches[seq] = b
}

// clear settles every batch up to seq, which the host has stored. The caller
// holds the lock.
func (o *outbox[B]) clear(seq uint64, settle func(B)) {
	for ; o.stored < seq; o.stored++ {
		if b, ok := o.batches[o.stored+1]; ok {
			delete(o.batches, o.stored+1)
			settle(b)
		}
	}
}
