package objects

import "in_stellar_aws/internal/state"

// Origin is who asked for an object and has to know what became of it, such as
// the queue message that announced it. Each is told once, by one of its
// methods, after that was committed to the state and never before: not at all
// when the connector ends earlier. The methods are called from the goroutine
// that commits, without a lock: they must not block.
type Origin interface {
	// Delivered says that the host has stored every record of the object, or
	// that it is gone and has none.
	Delivered()
	// Failed says that the object cannot be read, or not wholly, and is in
	// quarantine.
	Failed(reason string)
}

// expect has an origin told what becomes of an object that is not begun yet.
func (d *delivery) expect(print state.Fingerprint, o Origin) {
	if o == nil {
		return
	}
	d.Lock()
	defer d.Unlock()
	d.origins[print] = append(d.origins[print], o)
}

// awaited tells whether an object has an origin.
func (d *delivery) awaited(print state.Fingerprint) bool {
	d.Lock()
	defer d.Unlock()
	return len(d.origins[print]) > 0
}

// tell tells the origins of an object, and forgets them.
func (d *delivery) tell(print state.Fingerprint, what func(Origin)) {
	d.Lock()
	told := d.origins[print]
	delete(d.origins, print)
	d.Unlock()
	for _, o := range told {
		what(o)
	}
}

// tellIfDelivered tells the origins of an object that could not be begun:
// unless it was delivered before, it is on its way, and they are told later.
func (d *delivery) tellIfDelivered(print state.Fingerprint) {
	if d.state.Delivered(print) {
		d.tell(print, Origin.Delivered)
	}
}
