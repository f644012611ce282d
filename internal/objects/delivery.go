package objects

import (
	"time"

	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/state"
)

// delivery is the book of objects.
type delivery struct {
	state State
	deliver.Outbox[batch]

	delivered  []state.Position
	progress   map[state.Fingerprint]state.Progress
	quarantine []state.Quarantined
	origins    map[state.Fingerprint][]Origin // of what is not committed

	newest int64                  // of the records delivered, in Unix seconds
	told   func(newest time.Time) // that records were delivered
}

// batch is what a batch in the host's queue means.
type batch struct {
	task *task
	next uint64 // ordinal after its last record
}

func newDelivery(s State) *delivery {
	return &delivery{
		state:    s,
		Outbox:   deliver.NewOutbox[batch](),
		progress: make(map[state.Fingerprint]state.Progress),
		origins:  make(map[state.Fingerprint][]Origin),
		told:     func(time.Time) {},
	}
}

// sending counts a batch of t before it is handed over: until it is sent or
// unsent, t is not delivered.
func (d *delivery) sending(t *task) {
	d.Lock()
	defer d.Unlock()
	t.open++
}

// sent notes the number that the queue gave to a batch of t. The host may
// have stored it already.
func (d *delivery) sent(seq uint64, b batch) {
	d.Lock()
	defer d.Unlock()
	b.task.handed = b.next
	d.Post(seq, b, d.settle)
}

// unsent takes back what sending counted.
func (d *delivery) unsent(t *task) {
	d.Lock()
	defer d.Unlock()
	t.open--
}

// StoredUpTo notes that the host has stored every batch up to seq.
func (d *delivery) StoredUpTo(seq uint64) {
	d.Lock()
	defer d.Unlock()
	d.Clear(seq, d.settle)
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
	d.setAside(t)
	d.Wake()
}

// completed notes that t was decoded to its end; newest is the time of its
// newest record in Unix seconds, 0 where there is none.
func (d *delivery) completed(t *task, newest int64) {
	d.Lock()
	defer d.Unlock()
	t.newest = max(t.newest, newest)
	t.complete = true
	if t.open == 0 {
		d.done(t)
	}
}

func (d *delivery) done(t *task) {
	delete(d.progress, t.position.Fingerprint)
	d.newest = max(d.newest, t.newest)
	d.delivered = append(d.delivered, t.position)
	d.Wake()
}

// quarantined notes that t could not be read. It goes into quarantine when the
// host has stored what was read of it before: then another try, which may come
// at any time, goes on after that.
func (d *delivery) quarantined(t *task, q state.Quarantined) {
	d.Lock()
	defer d.Unlock()
	t.unreadable = &q
	d.setAside(t)
	d.Wake()
}

// setAside has t go into quarantine if that is what it waits for.
func (d *delivery) setAside(t *task) {
	if t.unreadable == nil || t.open > 0 {
		return
	}
	d.quarantine = append(d.quarantine, *t.unreadable)
	t.unreadable = nil
}

// from is the ordinal at which an attempt at t begins: after every record that
// was handed over before.
func (d *delivery) from(t *task) uint64 {
	d.Lock()
	defer d.Unlock()
	return max(t.next, t.handed)
}

// Commit commits what there is and tells the origins of it.
func (d *delivery) Commit() error {
	u, newest := d.take()
	u.Now = time.Now()
	if err := d.state.Commit(u); err != nil {
		d.giveBack(u)
		return err
	}
	if len(u.Delivered)+len(u.Progress) > 0 {
		d.told(newest)
	}
	for _, p := range u.Delivered {
		d.tell(p.Fingerprint, Origin.Delivered)
	}
	for _, q := range u.Quarantine {
		d.tell(q.Fingerprint, func(o Origin) { o.Failed(q.Reason) })
	}
	return nil
}

// take returns what is to be committed and forgets it, and the time of the
// newest record delivered.
func (d *delivery) take() (u state.Update, newest time.Time) {
	d.Lock()
	defer d.Unlock()
	u = state.Update{Delivered: d.delivered, Quarantine: d.quarantine}
	for _, p := range d.progress {
		u.Progress = append(u.Progress, p)
	}
	d.delivered, d.quarantine = nil, nil
	clear(d.progress)
	if d.newest > 0 {
		newest = time.Unix(d.newest, 0)
	}
	return u, newest
}

// giveBack returns to be committed what could not be.
func (d *delivery) giveBack(u state.Update) {
	d.Lock()
	defer d.Unlock()
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
	d.Wake()
}
