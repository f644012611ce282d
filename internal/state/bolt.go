package state

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockTimeout is how long the lock of the file is waited for: a process that
// ends during a hot restart needs a moment to let go.
const lockTimeout = time.Second

// allocSize is by how much a larger file grows, in bytes. bbolt's own 16 MiB
// would double the size of most state files.
const allocSize = 1 << 20

var (
	bucketFile       = []byte("stellar_aws")
	bucketConnectors = []byte("connectors")
	keyVersion       = []byte("version")
	keyID            = []byte("id")
	keyApplied       = []byte("applied") // number of the last commit in the file
)

// errDamaged marks the errors that mean the file itself is broken, as opposed
// to held by somebody, not permitted or not on a disk with room.
var errDamaged = errors.New("file is damaged")

// fileID tells state files apart.
type fileID [16]byte

// bolt is the bbolt file of a state.
type bolt struct {
	path    string
	db      *bbolt.DB
	id      fileID
	applied uint64 // number of the last commit in it when it was opened
}

// openBolt opens or makes the file at path and reads all of it once, so that
// damage is met here, where it can be dealt with, and not in the middle of a
// commit.
func openBolt(path string) (_ *bolt, err error) {
	var file *os.File
	defer func() {
		if err != nil && file != nil {
			_ = file.Close() // gives the lock back also when bbolt panicked before it could
		}
	}()
	db, err := openGuarded(path, &bbolt.Options{
		Timeout:      lockTimeout,
		FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = allocSize
	b := &bolt{path: path, db: db}
	if err := b.prepare(); err != nil {
		return nil, errors.Join(err, guard(db.Close))
	}
	return b, nil
}

func openGuarded(path string, options *bbolt.Options) (db *bbolt.DB, err error) {
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, options)
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open state file %s: it is held by another process%s", path, holder(path))
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrInvalidMapping):
		return nil, fmt.Errorf("open state file %s: %w: %w", path, errDamaged, err)
	case err != nil:
		return nil, fmt.Errorf("open state file %s: %w", path, err)
	}
	return db, nil
}

// guard runs fn and turns a panic into errDamaged. bbolt reads its file through
// a memory map without checking what it reads: a broken page makes it panic,
// and a page cut off the file's end faults.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return fn()
}

// prepare checks the file's version and reads every page of it. A new file, or
// one of an older version, becomes one of this version.
func (b *bolt) prepare() error {
	current, err := b.check()
	if err != nil || current {
		return err
	}
	b.id, b.applied = fileID{}, 0
	_, _ = rand.Read(b.id[:]) // never fails
	err = b.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(bucketFile)
		if err != nil {
			return err
		}
		_, err = tx.CreateBucketIfNotExists(bucketConnectors)
		return errors.Join(err,
			meta.Put(keyVersion, binary.BigEndian.AppendUint32(nil, formatVersion)),
			meta.Put(keyID, b.id[:]),
			meta.Put(keyApplied, binary.BigEndian.AppendUint64(nil, b.applied)))
	})
	if err != nil {
		return fmt.Errorf("write state file %s: %w", b.path, err)
	}
	return nil
}

// check reports whether the file is one of this version.
func (b *bolt) check() (current bool, err error) {
	err = guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			if meta := tx.Bucket(bucketFile); meta != nil {
				if current, err = b.readMeta(meta); err != nil {
					return err
				}
			}
			return walk(tx)
		})
	})
	if err != nil {
		return false, fmt.Errorf("read state file %s: %w", b.path, err)
	}
	return current, nil
}

func (b *bolt) readMeta(meta *bbolt.Bucket) (current bool, err error) {
	version := meta.Get(keyVersion)
	if len(version) != 4 {
		return false, fmt.Errorf("%w: no version", errDamaged)
	}
	switch v := binary.BigEndian.Uint32(version); {
	case v > formatVersion:
		return false, fmt.Errorf("version %d is newer than this program's %d", v, formatVersion)
	case v < formatVersion:
		return false, nil
	}
	id, applied := meta.Get(keyID), meta.Get(keyApplied)
	if len(id) != len(b.id) || len(applied) != 8 {
		return false, fmt.Errorf("%w: no id", errDamaged)
	}
	b.id, b.applied = fileID(id), binary.BigEndian.Uint64(applied)
	return true, nil
}

// walk touches every key and value, and knows every connector's entries for
// well-formed.
func walk(tx *bbolt.Tx) error {
	connectors := tx.Bucket(bucketConnectors)
	if connectors == nil {
		return nil
	}
	return connectors.ForEachBucket(func(name []byte) error {
		bucket := connectors.Bucket(name)
		err := errors.Join(loadBucket(bucket, newLoader().count), walkWindows(bucket))
		if err != nil {
			return fmt.Errorf("%w: connector %q: %w", errDamaged, name, err)
		}
		return nil
	})
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

func loadBucket(connector *bbolt.Bucket, visit func(t table, key, value []byte) error) error {
	for _, t := range tables {
		bucket := connector.Bucket([]byte(t))
		if bucket == nil {
			continue
		}
		err := bucket.ForEach(func(k, v []byte) error { return visit(t, k, v) })
		if err != nil {
			return fmt.Errorf("table %s: %w", t, err)
		}
	}
	return nil
}

// look runs fn with a look at a connector's entries at one moment. The slice
// get returns is only valid during fn.
func (b *bolt) look(connector string, fn func(get func(table, []byte) []byte) error) error {
	return guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket(bucketConnectors).Bucket([]byte(connector))
			return fn(func(t table, key []byte) []byte {
				if bucket == nil {
					return nil
				}
				entries := bucket.Bucket([]byte(t))
				if entries == nil {
					return nil
				}
				return entries.Get(key)
			})
		})
	})
}

// visit visits every entry of a connector's table.
func (b *bolt) visit(connector string, t table, visit func(key, value []byte) error) error {
	return guard(func() error {
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
}

// apply writes the changes of all commits up to the number seq in one
// transaction, and waits for the disk.
func (b *bolt) apply(changed layer, seq uint64, before func() error) error {
	return guard(func() error {
		return b.db.Update(func(tx *bbolt.Tx) error {
			for connector, entries := range changed {
				bucket, err := tx.Bucket(bucketConnectors).CreateBucketIfNotExists([]byte(connector))
				if err != nil {
					return err
				}
				if err := applyEntries(bucket, entries); err != nil {
					return err
				}
			}
			err := tx.Bucket(bucketFile).Put(keyApplied, binary.BigEndian.AppendUint64(nil, seq))
			if err != nil {
				return err
			}
			return before()
		})
	})
}

// applyEntries writes changes into a connector's bucket, which has a bucket in
// it for each table.
func applyEntries(connector *bbolt.Bucket, changed map[entryKey][]byte) error {
	for k, v := range changed {
		bucket, err := connector.CreateBucketIfNotExists([]byte(k.table))
		if err != nil {
			return err
		}
		if v == nil {
			err = bucket.Delete([]byte(k.key))
		} else {
			if k.table == tableChunks {
				bucket.FillPercent = 1 // chunks are only ever appended
			}
			err = bucket.Put([]byte(k.key), v)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", k.table, err)
		}
	}
	return nil
}

func (b *bolt) close() error { return b.db.Close() }
