package state

import (
	"maps"
	"slices"
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

func (m *memory) load(connector string, visit func(t table, key, value []byte) error) error {
	m.mu.Lock()
	entries := maps.Clone(m.connectors[connector])
	m.mu.Unlock()
	for k, v := range entries {
		if !slices.Contains(tables, k.table) {
			continue
		}
		if err := visit(k.table, []byte(k.key), v); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) write(connector string, fn func(txn) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &memoryTxn{old: m.connectors[connector], changed: make(map[entryKey][]byte)}
	if err := fn(t); err != nil {
		return err
	}
	if t.old == nil {
		t.old = make(map[entryKey][]byte, len(t.changed))
		m.connectors[connector] = t.old
	}
	for k, v := range t.changed {
		if v == nil {
			delete(t.old, k)
			continue
		}
		t.old[k] = v
	}
	return nil
}

func (m *memory) close() error { return nil }

// memoryTxn gathers changes beside the entries, so that an error leaves them
// as they were.
type memoryTxn struct {
	old     map[entryKey][]byte
	changed map[entryKey][]byte // nil value: deleted
}

func (t *memoryTxn) get(tb table, key []byte) []byte {
	k := entryKey{tb, string(key)}
	if v, ok := t.changed[k]; ok {
		return v
	}
	return t.old[k]
}

func (t *memoryTxn) put(tb table, key, value []byte) error {
	// A fresh slice even for an empty value: nil means deleted.
	t.changed[entryKey{tb, string(key)}] = append(make([]byte, 0, len(value)), value...)
	return nil
}

func (t *memoryTxn) del(tb table, key []byte) error {
	t.changed[entryKey{tb, string(key)}] = nil
	return nil
}
