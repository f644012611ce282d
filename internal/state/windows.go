package state

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Windows is the state of one connector of CloudWatch Logs. Of every source
// (see internal/source) it keeps marks, up to which all events were read and
// delivered, and the ids of the events delivered within a window behind them.
//
// The ids are many, and few of them are asked for at a time: they stay in the
// backend, by the minute of their event, and only where they are is in memory.
// Windows is safe for concurrent use.
type Windows struct {
	connector *Connector // of the same name: the lock on it, and its start

	commits sync.Mutex // one Commit at a time

	mu         sync.RWMutex
	generation uint64 // commits in the backend, as far as known
	sources    map[string]*logSource
	lastID     uint32 // of a source
}

// Marks are how far a source was read, in milliseconds of the Unix epoch:
// every event with an earlier time that could be seen was delivered.
type Marks struct {
	Head   int64                   // read for the first time
	Sweeps map[time.Duration]int64 // read again at this age
}

// Seen is an event that was delivered.
type Seen struct {
	At int64 // the event's time in milliseconds of the Unix epoch
	ID EventID
}

// EventID identifies an event within its source and minute: 64 bits of
// SHA-256(stream, 0, event id). With 100,000 events in a minute, one of them
// is taken for another once in 3·10^9 minutes.
type EventID uint64

// EventIDOf is the id of the event with CloudWatch Logs' id in the stream.
func EventIDOf(stream, id string) EventID {
	text := make([]byte, 0, 256)
	text = append(text, stream...)
	text = append(text, 0)
	text = append(text, id...)
	sum := sha256.Sum256(text)
	return EventID(binary.BigEndian.Uint64(sum[:]))
}

// minute is how long the events of one bucket of ids are, in milliseconds.
const minute = 60_000

// Minute is the number of the minute, of the Unix epoch, that a time in
// milliseconds belongs to.
func Minute(millis int64) int64 {
	m := millis / minute
	if millis%minute < 0 {
		m--
	}
	return m
}

// SourceUpdate is what one Commit makes durable of a source.
type SourceUpdate struct {
	Marks Marks  // replaces the earlier ones
	Seen  []Seen // added to what is remembered
	Floor int64  // ids of events before this time are forgotten, in milliseconds
}

// Windows opens the state of the CloudWatch connector name. A name can be open
// once at a time; Close gives it back.
func (db *DB) Windows(name string) (*Windows, error) {
	c, err := db.Connector(name, 0)
	if err != nil {
		return nil, err
	}
	w := &Windows{connector: c}
	if err := w.load(); err != nil {
		c.Close()
		return nil, fmt.Errorf("open state of connector %q: %w", name, err)
	}
	return w, nil
}

// Close gives the connector's name back.
func (w *Windows) Close() { w.connector.Close() }

// Since is where the connector began, see Connector.Since.
func (w *Windows) Since(want time.Time) (time.Time, error) { return w.connector.Since(want) }

// Until is where the connector's collection ends, see Connector.Until.
func (w *Windows) Until(want time.Time) (time.Time, error) { return w.connector.Until(want) }

// Marks are the marks of a source; false when it has none yet.
func (w *Windows) Marks(source string) (Marks, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	s := w.sources[source]
	if s == nil {
		return Marks{}, false
	}
	return s.marks.clone(), true
}

func (m Marks) clone() Marks { return Marks{m.Head, maps.Clone(m.Sweeps)} }

// Seen returns the ids of a source's delivered events of a minute, in no
// order: at least those of the commits that had ended when it was called.
func (w *Windows) Seen(source string, minute int64) ([]EventID, error) {
	w.mu.RLock()
	id, runs := w.runs(source, minute)
	w.mu.RUnlock()
	if runs == 0 {
		return nil, nil
	}
	var ids []EventID
	err := w.connector.file.backend.view(w.connector.name, func(get func(table, []byte) []byte) error {
		for run := range runs {
			value := get(tableSeen, runKey(id, minute, run))
			if value == nil {
				return nil // forgotten since the look at runs
			}
			var err error
			if ids, err = appendRun(ids, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read delivered events of %s: %w", source, err)
	}
	return ids, nil
}

// runs is where the ids of a minute are. The caller holds mu.
func (w *Windows) runs(source string, minute int64) (id, runs uint32) {
	s := w.sources[source]
	if s == nil {
		return 0, 0
	}
	i, found := s.find(minute)
	if !found {
		return 0, 0
	}
	return s.id, s.buckets[i].runs
}

// logSource is what is known of one source.
type logSource struct {
	id      uint32
	marks   Marks
	buckets []bucket // by minute
}

// bucket is where the ids of a minute are: runs 0 … runs-1.
type bucket struct {
	minute int64
	runs   uint32
}

func (s *logSource) find(minute int64) (i int, found bool) {
	if n := len(s.buckets); n > 0 && s.buckets[n-1].minute < minute {
		return n, false
	}
	return slices.BinarySearchFunc(s.buckets, minute, func(b bucket, m int64) int { return cmp.Compare(b.minute, m) })
}

// load reads marks and where the ids are from the backend, in place of what is
// known. The caller holds mu, or is alone.
func (w *Windows) load() error {
	sources := make(map[string]*logSource)
	byID := make(map[uint32]*logSource)
	c := w.connector
	w.generation, w.lastID = 0, 0
	err := c.file.backend.visit(c.name, tableSources, func(key, value []byte) error {
		s, err := decodeSource(value)
		if err != nil {
			return err
		}
		sources[string(key)], byID[s.id] = s, s
		w.lastID = max(w.lastID, s.id)
		return nil
	})
	if err != nil {
		return err
	}
	err = c.file.backend.visit(c.name, tableSeen, func(key, _ []byte) error {
		id, minute, run, err := decodeRunKey(key)
		if err != nil {
			return err
		}
		s := byID[id]
		if s == nil {
			return fmt.Errorf("%w: events of an unknown source", errDamaged)
		}
		i, found := s.find(minute)
		if !found {
			s.buckets = slices.Insert(s.buckets, i, bucket{minute: minute})
		}
		s.buckets[i].runs = max(s.buckets[i].runs, run+1)
		return nil
	})
	if err != nil {
		return err
	}
	err = c.file.backend.visit(c.name, tableMeta, func(key, value []byte) error {
		if string(key) == keyGeneration && len(value) == 8 {
			w.generation = binary.BigEndian.Uint64(value)
		}
		return nil
	})
	w.sources = sources
	return err
}
