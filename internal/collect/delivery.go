package collect

import (
	"sync"

	"in_stellar_aws/internal/state"
)

// delivery knows which batches are on their way to the host and what may be
// committed of those that the host has stored.
type delivery struct {
	ready chan struct{} // holds a token while there is something to commit

	mu      sync.Mutex
	stored  uint64           // number of the last batch that the host has stored
	batches map[uint64]batch // handed over, not stored

	delivered  []state.Position
	progress   map[state.Fingerprint]state.Progress
	quarantine []state.Quarantined
}

// batch is what a batch in the host's queue means.
type batch struct {
	task *task
	next uint64 // ordinal after its last record
}

func newDelivery() *delivery {
	return &delivery{
		ready:    make(chan struct{}, 1),
		batches:  map[uint64]batch{},
		progress: map[state.Fingerprint]state.Progress{},
	}
}

// wake says that there is something to commit.
func (d *delivery) wake() {
	select {
	case d.ready <- struct{}{}:
	default: // said already
	}
}

// sending counts a batch of t before it is handed over: until it is sent or
// unsent, t is not delivered.
func (d *delivery) sending(t *task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.open++
}

// sent notes the number that the queue gave to a batch of t. The host may
// have stored it already.
func (d *delivery) sent(seq uint64, b batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b.task.handed = b.next
	if seq <= d.stored {
		d.settle(b)
		return
	}
	d.batches[seq] = b
}

// unsent takes back what sending counted.
func (d *delivery) unsent(t *task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.open--
}

// storedUpTo notes that the host has stored every batch up to seq.
func (d *delivery) storedUpTo(seq uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ; d.stored < seq; d.stored++ {
		if b, ok := d.batches[d.stored+1]; ok {
			delete(d.batches, d.stored+1)
			d.settle(b)
		}
	}
}

// storedNow is the number of the last batch that the host is known to have
// stored.
func (d *delivery) storedNow() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stored
}

// settle takes a stored batch into what is to be committed.
func (d *delivery) settle(b batch) {
	t := b.task
	t.open--
	t.next = max(t.next, b.next)
	if t.complete && t.open == 0 {
		d.done(t)
		return
	}
	d.progress[t.position.Fingerprint] = state.Progress{Position: t.position, Next: int64(t.next)}
	d.wake()
}

// completed notes that t was decoded to its end.
func (d *delivery) completed(t *task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.complete = true
	if t.open == 0 {
		d.done(t)
	}
}

func (d *delivery) done(t *task) {
	delete(d.progress, t.position.Fingerprint)
	d.delivered = append(d.delivered, t.position)
	d.wake()
}

// quarantined notes that an object could not be read. What was read of it
// before is committed as progress when the host has stored it.
func (d *delivery) quarantined(q state.Quarantined) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quarantine = append(d.quarantine, q)
	d.wake()
}

// from is the ordinal at which an attempt at t begins: after every record that
// was handed over before.
func (d *delivery) from(t *task) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(t.next, t.handed)
}

// take returns what is to be committed and forgets it.
func (d *delivery) take() state.Update {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := state.Update{Delivered: d.delivered, Quarantine: d.quarantine}
	for _, p := range d.progress {
		u.Progress = append(u.Progress, p)
	}
	d.delivered, d.quarantine = nil, nil
	clear(d.progress)
	return u
}

// giveBack returns to be committed what could not be.
func (d *delivery) giveBack(u state.Update) {
	d.mu.Lock()
	defer d.mu.Unlock()
	finished := make(map[state.Fingerprint]bool, len(d.delivered))
	for _, p := range d.delivered {
		finished[p.Fingerprint] = true
	}
	for _, p := range u.Progress {
		if _, newer := d.progress[p.Fingerprint]; !newer && !finished[p.Fingerprint] {
			d.progress[p.Fingerprint] = p
		}
	}
	d.delivered = append(u.Delivered, d.delivered...)
	d.quarantine = append(u.Quarantine, d.quarantine...)
	d.wake()
}
