package state

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Commit makes the updates, by source, durable in one transaction and only
// then changes what is known. After an error nothing has changed, as far as
// the caller is concerned: committing the same updates again is right in every
// case.
func (w *Windows) Commit(updates map[string]SourceUpdate) error {
	if len(updates) == 0 {
		return nil
	}
	w.commits.Lock()
	defer w.commits.Unlock()
	err := w.tryCommit(updates)
	if errors.Is(err, errStale) {
		w.mu.Lock()
		err = w.load()
		w.mu.Unlock()
		if err == nil {
			err = w.tryCommit(updates)
		}
	}
	if err != nil {
		return fmt.Errorf("commit connector %q: %w", w.connector.name, err)
	}
	return nil
}

func (w *Windows) tryCommit(updates map[string]SourceUpdate) error {
	changed := make(map[string]*logSource, len(updates))
	lastID := w.lastID // only a commit changes it, and this is the only one
	w.mu.RLock()
	for name := range updates {
		s := &logSource{}
		if old := w.sources[name]; old != nil {
			*s = *old
			s.buckets = slices.Clone(old.buckets)
		} else {
			lastID++
			s.id = lastID
		}
		changed[name] = s
	}
	w.mu.RUnlock()
	err := w.connector.file.backend.write(w.connector.name, func(t txn) error {
		if err := w.count(t); err != nil {
			return err
		}
		for name, u := range updates {
			if err := changed[name].commit(t, name, u); err != nil {
				return fmt.Errorf("write source %s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.generation++
	w.lastID = lastID
	for name, s := range changed {
		w.sources[name] = s
	}
	return nil
}

// count makes sure that the backend holds what the memory knows of.
func (w *Windows) count(t txn) error {
	var stored uint64
	if value := t.get(tableMeta, []byte(keyGeneration)); len(value) == 8 {
		stored = binary.BigEndian.Uint64(value)
	}
	if stored != w.generation {
		return errStale
	}
	return t.put(tableMeta, []byte(keyGeneration), binary.BigEndian.AppendUint64(nil, stored+1))
}

// commit writes a source's part of a commit.
func (s *logSource) commit(t txn, name string, u SourceUpdate) error {
	if name == "" {
		return errors.New("it has no name")
	}
	s.marks = u.Marks.clone()
	if err := s.forget(t, Minute(u.Floor)); err != nil {
		return err
	}
	if err := s.add(t, u.Seen, u.Floor); err != nil {
		return err
	}
	return t.put(tableSources, []byte(name), s.encode())
}

// add writes the ids minute by minute.
func (s *logSource) add(t txn, seen []Seen, floor int64) error {
	seen = slices.Clone(seen)
	slices.SortFunc(seen, func(a, b Seen) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	for len(seen) > 0 {
		m := Minute(seen[0].At)
		n := slices.IndexFunc(seen, func(e Seen) bool { return Minute(e.At) != m })
		if n < 0 {
			n = len(seen)
		}
		if m >= Minute(floor) {
			if err := s.addMinute(t, m, seen[:n]); err != nil {
				return err
			}
		}
		seen = seen[n:]
	}
	return nil
}

func (s *logSource) addMinute(t txn, minute int64, seen []Seen) error {
	i, found := s.find(minute)
	if !found {
		s.buckets = slices.Insert(s.buckets, i, bucket{minute: minute})
	}
	b := &s.buckets[i]
	var run []EventID
	if b.runs > 0 { // the last one may have room
		var err error
		if run, err = appendRun(nil, t.get(tableSeen, runKey(s.id, minute, b.runs-1))); err != nil {
			return err
		}
		b.runs--
	}
	for _, e := range seen {
		if len(run) >= runSize {
			if err := t.put(tableSeen, runKey(s.id, minute, b.runs), encodeRun(run)); err != nil {
				return err
			}
			b.runs++
			run = run[:0]
		}
		run = append(run, e.ID)
	}
	b.runs++
	return t.put(tableSeen, runKey(s.id, minute, b.runs-1), encodeRun(run))
}

// forget drops the minutes before floor.
func (s *logSource) forget(t txn, floor int64) error {
	n, _ := s.find(floor)
	for _, b := range s.buckets[:n] {
		for run := range b.runs {
			if err := t.del(tableSeen, runKey(s.id, b.minute, run)); err != nil {
				return err
			}
		}
	}
	s.buckets = slices.Delete(s.buckets, 0, n)
	return nil
}
