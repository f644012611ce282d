package state

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// run writes the work in one transaction.
func (w *work) run(t txn) error {
	if err := w.count(t); err != nil {
		return err
	}
	for name, f := range w.families {
		if name == "" {
			return errors.New("write family: it has no name")
		}
		if err := w.writeFamily(t, name, f); err != nil {
			return err
		}
	}
	for _, p := range w.u.Progress {
		value, err := encodeProgress(p)
		if err != nil {
			return fmt.Errorf("encode progress: %w", err)
		}
		if err := t.put(tableProgress, p.Fingerprint[:], value); err != nil {
			return err
		}
	}
	for _, q := range w.u.Quarantine {
		value, err := encodeQuarantined(q)
		if err != nil {
			return fmt.Errorf("encode quarantine entry of %s/%s: %w", q.Bucket, q.Key, err)
		}
		if err := t.put(tableQuarantine, q.Fingerprint[:], value); err != nil {
			return err
		}
	}
	return w.removals(func(tb table, print Fingerprint) error { return t.del(tb, print[:]) })
}

// count makes sure that the plan was made from what the backend holds.
func (w *work) count(t txn) error {
	var stored uint64
	if value := t.get(tableMeta, []byte(keyGeneration)); len(value) == 8 {
		stored = binary.BigEndian.Uint64(value)
	}
	if stored != w.c.generation {
		return errStale
	}
	return t.put(tableMeta, []byte(keyGeneration), binary.BigEndian.AppendUint64(nil, stored+1))
}

// removals visits the entries that this commit ends.
func (w *work) removals(del func(table, Fingerprint) error) error {
	var errs []error
	for _, p := range w.u.Delivered {
		errs = append(errs, del(tableProgress, p.Fingerprint), del(tableQuarantine, p.Fingerprint))
	}
	for _, print := range w.stale {
		errs = append(errs, del(tableProgress, print))
	}
	for _, print := range w.u.Release {
		errs = append(errs, del(tableProgress, print), del(tableQuarantine, print))
	}
	return errors.Join(errs...)
}

func (w *work) writeFamily(t txn, name string, f *familyWork) error {
	if len(f.fresh) > 0 {
		if err := w.append(t, f); err != nil {
			return fmt.Errorf("write family %s: %w", name, err)
		}
	}
	if err := f.prune(t); err != nil {
		return fmt.Errorf("prune family %s: %w", name, err)
	}
	return t.put(tableFamilies, []byte(name), f.record.encode())
}

// append adds the fresh fingerprints to the family's tail, and cuts a chunk
// from it whenever it is full.
func (w *work) append(t txn, f *familyWork) error {
	tail := &chunk{}
	if value := t.get(tableTails, tailKey(f.record.id)); value != nil {
		var err error
		if tail, err = decodeChunk(value); err != nil {
			return err
		}
	}
	for i, p := range f.fresh {
		tail.add(p, f.times[i])
		if len(tail.prints) < chunkSize {
			continue
		}
		w.lastSeq++
		if err := t.put(tableChunks, chunkKey(w.lastSeq, f.record.id), tail.encode()); err != nil {
			return err
		}
		f.chunks = append(f.chunks, chunkRef{seq: w.lastSeq, newest: tail.newest})
		tail = &chunk{}
	}
	return t.put(tableTails, tailKey(f.record.id), tail.encode())
}

// prune drops whole chunks below the floor, oldest first. A chunk with late
// objects in it may shield those behind it for a while; they go with it.
func (f *familyWork) prune(t txn) error {
	for len(f.chunks) > 0 && f.chunks[0].newest < f.record.floor {
		key := chunkKey(f.chunks[0].seq, f.record.id)
		value := t.get(tableChunks, key)
		if value == nil {
			return fmt.Errorf("read chunk %d: %w: it is missing", f.chunks[0].seq, errDamaged)
		}
		c, err := decodeChunk(value)
		if err != nil {
			return err
		}
		f.forgotten = append(f.forgotten, c.prints...)
		if err := t.del(tableChunks, key); err != nil {
			return err
		}
		f.chunks = f.chunks[1:]
	}
	return nil
}

// apply changes what the connector knows. The caller holds its mu.
func (w *work) apply() {
	c := w.c
	c.generation++
	c.lastID, c.lastSeq = w.lastID, w.lastSeq
	for name, f := range w.families {
		old := c.families[name]
		if old == nil {
			old = &family{}
			c.families[name] = old
		}
		old.familyRecord, old.high, old.chunks, old.stored = f.record, f.high, f.chunks, true
		for _, p := range f.fresh {
			c.delivered[p] = struct{}{}
		}
		for _, p := range f.forgotten {
			delete(c.delivered, p)
		}
	}
	for _, p := range w.u.Progress {
		c.progress[p.Fingerprint] = p
	}
	for _, q := range w.u.Quarantine {
		c.quarantine[q.Fingerprint] = q
		c.land(q.Fingerprint)
	}
	for _, p := range w.u.Delivered {
		c.land(p.Fingerprint)
	}
	_ = w.removals(func(tb table, print Fingerprint) error { // never fails in memory
		if tb == tableProgress {
			delete(c.progress, print)
		} else {
			delete(c.quarantine, print)
		}
		return nil
	})
}
