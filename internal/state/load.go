package state

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// load reads everything from the backend, in place of what the connector
// knows. Only the flight stays. The caller holds mu, or is alone.
func (c *Connector) load() error {
	l := newLoader()
	if err := load(c.file.backend, c.name, l.count); err != nil {
		return err
	}
	fresh := &Connector{
		name:     c.name,
		families: make(map[string]*family),
		// Sized once: growing a map of ten million keys would need twice its memory.
		delivered:  make(map[Fingerprint]struct{}, l.prints),
		progress:   make(map[Fingerprint]Progress),
		quarantine: make(map[Fingerprint]Quarantined),
	}
	err := load(c.file.backend, c.name, func(t table, key, value []byte) error { return l.add(fresh, t, key, value) })
	if err != nil {
		return err
	}
	if err := l.finish(fresh); err != nil {
		return err
	}
	c.generation, c.pins = fresh.generation, fresh.pins
	c.families, c.lastID, c.lastSeq = fresh.families, fresh.lastID, fresh.lastSeq
	c.delivered, c.progress, c.quarantine = fresh.delivered, fresh.progress, fresh.quarantine
	for _, p := range c.flight {
		c.enter(p)
	}
	return nil
}

// loader reads a connector's entries into memory. Families and chunks may come
// in any order, so chunks wait by family id.
type loader struct {
	prints int
	chunks map[uint32][]chunkRef
}

func newLoader() *loader { return &loader{chunks: make(map[uint32][]chunkRef)} }

// count adds up the fingerprints and checks every entry's form.
func (l *loader) count(t table, key, value []byte) error {
	switch t {
	case tableMeta:
		return new(Connector).addMeta(string(key), value)
	case tableFamilies:
		_, err := decodeFamily(value)
		return err
	case tableTails, tableChunks:
		if want := map[table]int{tableTails: 4, tableChunks: 8}[t]; len(key) != want {
			return fmt.Errorf("decode chunk key: %d bytes", len(key))
		}
		c, err := decodeChunk(value)
		if err != nil {
			return err
		}
		l.prints += len(c.prints)
		return nil
	case tableProgress:
		p, err := decodeFingerprint(key)
		if err != nil {
			return err
		}
		_, err = decodeProgress(p, value)
		return err
	default:
		if _, err := decodeFingerprint(key); err != nil {
			return err
		}
		_, err := decodeQuarantined(value)
		return err
	}
}

// add puts one entry, known to be well-formed, into c.
func (l *loader) add(c *Connector, t table, key, value []byte) error {
	switch t {
	case tableMeta:
		return c.addMeta(string(key), value)
	case tableFamilies:
		r, err := decodeFamily(value)
		if err != nil {
			return err
		}
		c.families[string(key)] = &family{familyRecord: r, stored: true, high: r.mark}
		c.lastID = max(c.lastID, r.id)
		return nil
	case tableTails, tableChunks:
		return l.addChunk(c, t, key, value)
	case tableProgress:
		p, err := decodeProgress(Fingerprint(key), value)
		c.progress[p.Fingerprint] = p
		return err
	default:
		q, err := decodeQuarantined(value)
		c.quarantine[q.Fingerprint] = q
		return err
	}
}

func (c *Connector) addMeta(key string, value []byte) error {
	switch key {
	case keySince, keyUntil, keyBacklog, keyListed:
		var t time.Time
		if err := t.UnmarshalBinary(value); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		c.pin(key, t)
	case keyGeneration:
		if len(value) != 8 {
			return fmt.Errorf("decode generation: %d bytes", len(value))
		}
		c.generation = binary.BigEndian.Uint64(value)
	}
	return nil
}

func (l *loader) addChunk(c *Connector, t table, key, value []byte) error {
	ch, err := decodeChunk(value)
	if err != nil {
		return err
	}
	for _, p := range ch.prints {
		c.delivered[p] = struct{}{}
	}
	if t == tableTails {
		return nil
	}
	seq, id := binary.BigEndian.Uint32(key), binary.BigEndian.Uint32(key[4:])
	l.chunks[id] = append(l.chunks[id], chunkRef{seq: seq, newest: ch.newest})
	c.lastSeq = max(c.lastSeq, seq)
	return nil
}

// finish hands the chunks to their families.
func (l *loader) finish(c *Connector) error {
	for _, f := range c.families {
		f.chunks = l.chunks[f.id]
		slices.SortFunc(f.chunks, func(a, b chunkRef) int { return cmp.Compare(a.seq, b.seq) })
		delete(l.chunks, f.id)
	}
	if len(l.chunks) > 0 {
		return fmt.Errorf("load state of connector %q: %w: chunks of %d unknown families", c.name, errDamaged, len(l.chunks))
	}
	return nil
}
