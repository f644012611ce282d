package state

import (
	"fmt"
	"maps"

	"go.etcd.io/bbolt"
)

func (b *bolt) view(connector string, fn func(get func(table, []byte) []byte) error) error {
	err := guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket(bucketConnectors).Bucket([]byte(connector))
			return fn(func(t table, key []byte) []byte {
				if bucket == nil {
					return nil
				}
				return boltTxn{bucket}.get(t, key)
			})
		})
	})
	if err != nil {
		return fmt.Errorf("read state file %s: %w", b.path, err)
	}
	return nil
}

func (b *bolt) visit(connector string, t table, visit func(key, value []byte) error) error {
	err := guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket(bucketConnectors).Bucket([]byte(connector))
			if bucket == nil {
				return nil
			}
			if bucket = bucket.Bucket([]byte(t)); bucket == nil {
				return nil
			}
			return bucket.ForEach(visit)
		})
	})
	if err != nil {
		return fmt.Errorf("read state file %s: %w", b.path, err)
	}
	return nil
}

// walkWindows is walk for the tables of a Windows.
func walkWindows(connector *bbolt.Bucket) error {
	for _, t := range []table{tableSources, tableSeen} {
		bucket := connector.Bucket([]byte(t))
		if bucket == nil {
			continue
		}
		if err := bucket.ForEach(func(k, v []byte) error { return checkWindows(t, k, v) }); err != nil {
			return fmt.Errorf("table %s: %w", t, err)
		}
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
