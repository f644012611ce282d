package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// formatVersion is written into every file. A file of a newer version is
// refused, never changed. Version 1 had no journal beside it.
const formatVersion = 2

// chunkSize is how many fingerprints a chunk holds. A family's newest ones wait
// in its tail until they fill a chunk, which is then written once and never
// changed: a commit rewrites a small tail per family and nothing else.
const chunkSize = 60

// tailKey is the place of a family's tail.
func tailKey(family uint32) []byte { return binary.BigEndian.AppendUint32(nil, family) }

// chunkKey orders the chunks of all families as they were filled, so that new
// ones go to the end of the table and leave no half-empty pages.
func chunkKey(seq, family uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, seq), family)
}

// chunk is a run of delivered fingerprints of one family, in the order of
// delivery, and the newest object time among them: once that is out of the
// window the whole chunk is forgotten. One time for 60 keys instead of one
// each is what makes a key cost 16 bytes.
type chunk struct {
	newest int64 // Unix seconds
	prints []Fingerprint
}

// add appends one fingerprint.
func (c *chunk) add(p Fingerprint, at int64) {
	if len(c.prints) == 0 || at > c.newest {
		c.newest = at
	}
	c.prints = append(c.prints, p)
}

func (c *chunk) encode() []byte {
	b := make([]byte, 8, 8+len(c.prints)*len(Fingerprint{}))
	binary.BigEndian.PutUint64(b, uint64(c.newest))
	for _, p := range c.prints {
		b = append(b, p[:]...)
	}
	return b
}

func decodeChunk(b []byte) (*chunk, error) {
	const size = len(Fingerprint{})
	if len(b) < 8 || (len(b)-8)%size != 0 {
		return nil, fmt.Errorf("decode chunk: %d bytes", len(b))
	}
	c := &chunk{newest: int64(binary.BigEndian.Uint64(b)), prints: make([]Fingerprint, 0, chunkSize)}
	for b = b[8:]; len(b) > 0; b = b[size:] {
		c.prints = append(c.prints, Fingerprint(b[:size]))
	}
	return c, nil
}

// familyRecord is what is kept of a family, beside its fingerprints.
type familyRecord struct {
	id    uint32
	mark  int64 // Unix seconds
	floor int64 // Unix seconds: fingerprints of older objects are forgotten
}

func (r familyRecord) encode() []byte {
	b := make([]byte, 20)
	binary.BigEndian.PutUint32(b, r.id)
	binary.BigEndian.PutUint64(b[4:], uint64(r.mark))
	binary.BigEndian.PutUint64(b[12:], uint64(r.floor))
	return b
}

func decodeFamily(b []byte) (familyRecord, error) {
	if len(b) != 20 {
		return familyRecord{}, fmt.Errorf("decode family: %d bytes", len(b))
	}
	return familyRecord{
		id:    binary.BigEndian.Uint32(b),
		mark:  int64(binary.BigEndian.Uint64(b[4:])),
		floor: int64(binary.BigEndian.Uint64(b[12:])),
	}, nil
}

// progressEntry and Quarantined are stored as JSON: they are few, and a person
// may want to read them.
type progressEntry struct {
	Family string
	Time   int64 // Unix seconds
	Next   int64
}

func encodeProgress(p Progress) ([]byte, error) {
	return json.Marshal(progressEntry{Family: p.Family, Time: p.Time.Unix(), Next: p.Next})
}

func decodeProgress(print Fingerprint, b []byte) (Progress, error) {
	var e progressEntry
	if err := json.Unmarshal(b, &e); err != nil {
		return Progress{}, fmt.Errorf("decode progress: %w", err)
	}
	at := Position{Fingerprint: print, Family: e.Family, Time: time.Unix(e.Time, 0).UTC()}
	return Progress{Position: at, Next: e.Next}, nil
}

func encodeQuarantined(q Quarantined) ([]byte, error) { return json.Marshal(q) }

func decodeQuarantined(b []byte) (Quarantined, error) {
	var q Quarantined
	if err := json.Unmarshal(b, &q); err != nil {
		return q, fmt.Errorf("decode quarantine entry: %w", err)
	}
	return q, nil
}

func decodeFingerprint(b []byte) (Fingerprint, error) {
	if len(b) != len(Fingerprint{}) {
		return Fingerprint{}, fmt.Errorf("decode fingerprint: %d bytes", len(b))
	}
	return Fingerprint(b), nil
}
