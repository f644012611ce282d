package state

import (
	"maps"
	"sync"
)

// memory is the backend of a connector without a state file.
type memory struct {
	mu         sync.Mutex
	connectors map[string]map[entryKey][]byte
}

type entryKey struct {
	table table
	key   string
}

func newMemory() *memory {
	return &memory{connectors: make(map[string]map[entryKey][]byte)}
}

func (m *memory) write(connector string, fn func(txn) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := m.connectors[connector]
	t := newChanges(func(t table, key []byte) []byte { return entries[entryKey{t, string(key)}] })
	if err := fn(t); err != nil {
		return err
	}
	if entries == nil {
		entries = make(map[entryKey][]byte, len(t.changed))
		m.connectors[connector] = entries
	}
	for k, v := range t.changed {
		if v == nil {
			delete(entries, k)
			continue
		}
		entries[k] = v
	}
	return nil
}

func (m *memory) view(connector string, fn func(get func(table, []byte) []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := m.connectors[connector]
	return fn(func(t table, key []byte) []byte { return entries[entryKey{t, string(key)}] })
}

func (m *memory) visit(connector string, t table, visit func(key, value []byte) error) error {
	m.mu.Lock()
	entries := maps.Clone(m.connectors[connector])
	m.mu.Unlock()
	for k, v := range entries {
		if k.table != t {
			continue
		}
		if err := visit([]byte(k.key), v); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) close() error { return nil }
