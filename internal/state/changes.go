package state

import "maps"

// changes is a transaction that gathers what it changes, so that an error
// leaves the entries as they were.
type changes struct {
	below   func(t table, key []byte) []byte // what is known without the changes
	changed map[entryKey][]byte              // nil value: deleted
}

func newChanges(below func(table, []byte) []byte) *changes {
	return &changes{below: below, changed: make(map[entryKey][]byte)}
}

func (c *changes) get(t table, key []byte) []byte {
	if v, ok := c.changed[entryKey{t, string(key)}]; ok {
		return v
	}
	return c.below(t, key)
}

func (c *changes) put(t table, key, value []byte) error {
	// A fresh slice even for an empty value: nil means deleted.
	c.changed[entryKey{t, string(key)}] = append(make([]byte, 0, len(value)), value...)
	return nil
}

func (c *changes) del(t table, key []byte) error {
	if c.below(t, key) == nil { // most have no progress and were never in quarantine
		delete(c.changed, entryKey{t, string(key)})
		return nil
	}
	c.changed[entryKey{t, string(key)}] = nil
	return nil
}

// layer is the entries that were changed, by connector; nil: deleted.
type layer map[string]map[entryKey][]byte

// add puts later changes of a connector over the earlier ones.
func (l layer) add(connector string, changed map[entryKey][]byte) {
	if l[connector] == nil {
		l[connector] = make(map[entryKey][]byte, len(changed))
	}
	maps.Copy(l[connector], changed)
}

// layers are changes over changes, the latest first.
type layers []layer

// get returns a connector's entry where a layer has it.
func (ls layers) get(connector string, k entryKey) (value []byte, changed bool) {
	for _, l := range ls {
		if value, changed = l[connector][k]; changed {
			return value, true
		}
	}
	return nil, false
}

// visit visits the entries of a connector's table that a layer has written
// last.
func (ls layers) visit(connector string, t table, visit func(key, value []byte) error) error {
	for i, l := range ls {
		for k, v := range l[connector] {
			if k.table != t || v == nil {
				continue
			}
			if _, later := ls[:i].get(connector, k); later {
				continue
			}
			if err := visit([]byte(k.key), v); err != nil {
				return err
			}
		}
	}
	return nil
}
