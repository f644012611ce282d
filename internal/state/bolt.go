package state

import (
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
)

// errDamaged marks the errors that mean the file itself is broken, as opposed
// to held by somebody, not permitted or not on a disk with room.
var errDamaged = errors.New("file is damaged")

// bolt is the backend of a connector with a state file.
type bolt struct {
	path       string
	db         *bbolt.DB
	failpoints *Failpoints
}

// openBolt opens or makes the file at path and reads all of it once, so that
// damage is met here, where it can be dealt with, and not in the middle of a
// commit.
func openBolt(path string, failpoints *Failpoints) (_ *bolt, err error) {
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
	b := &bolt{path: path, db: db, failpoints: failpoints}
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
		return nil, fmt.Errorf("open state file %s: it is held by another process", path)
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

// prepare checks the file's version and reads every page of it, or writes the
// version into a new file.
func (b *bolt) prepare() error {
	fresh, err := b.check()
	if err != nil || !fresh {
		return err
	}
	err = b.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(bucketFile)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(bucketConnectors); err != nil {
			return err
		}
		return meta.Put(keyVersion, binary.BigEndian.AppendUint32(nil, formatVersion))
	})
	if err != nil {
		return fmt.Errorf("write state file %s: %w", b.path, err)
	}
	return nil
}

func (b *bolt) check() (fresh bool, err error) {
	err = guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			meta := tx.Bucket(bucketFile)
			if meta == nil {
				fresh = true
				return walk(tx)
			}
			version := meta.Get(keyVersion)
			if len(version) != 4 {
				return fmt.Errorf("%w: no version", errDamaged)
			}
			if v := binary.BigEndian.Uint32(version); v > formatVersion {
				return fmt.Errorf("version %d is newer than this program's %d", v, formatVersion)
			}
			return walk(tx)
		})
	})
	if err != nil {
		return false, fmt.Errorf("read state file %s: %w", b.path, err)
	}
	return fresh, nil
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

func (b *bolt) load(connector string, visit func(t table, key, value []byte) error) error {
	err := guard(func() error {
		return b.db.View(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket(bucketConnectors).Bucket([]byte(connector))
			if bucket == nil {
				return nil
			}
			return loadBucket(bucket, visit)
		})
	})
	if err != nil {
		return fmt.Errorf("read state file %s: %w", b.path, err)
	}
	return nil
}

func (b *bolt) write(connector string, fn func(txn) error) error {
	if err := b.failpoints.hit(BeforeWrite); err != nil {
		return fmt.Errorf("write state file %s: %w", b.path, err)
	}
	err := guard(func() error {
		return b.db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.Bucket(bucketConnectors).CreateBucketIfNotExists([]byte(connector))
			if err != nil {
				return err
			}
			if err := fn(boltTxn{bucket}); err != nil {
				return err
			}
			return b.failpoints.hit(BeforeSync)
		})
	})
	if err != nil {
		return fmt.Errorf("write state file %s: %w", b.path, err)
	}
	if err := b.failpoints.hit(AfterSync); err != nil {
		return fmt.Errorf("write state file %s: %w", b.path, err)
	}
	return nil
}

func (b *bolt) close() error {
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close state file %s: %w", b.path, err)
	}
	return nil
}

// boltTxn is one connector's bucket, with a bucket in it for each table.
type boltTxn struct{ bucket *bbolt.Bucket }

func (t boltTxn) get(tb table, key []byte) []byte {
	bucket := t.bucket.Bucket([]byte(tb))
	if bucket == nil {
		return nil
	}
	return bucket.Get(key)
}

func (t boltTxn) put(tb table, key, value []byte) error {
	bucket, err := t.bucket.CreateBucketIfNotExists([]byte(tb))
	if err != nil {
		return err
	}
	if tb == tableChunks {
		bucket.FillPercent = 1 // chunks are only ever appended
	}
	return bucket.Put(key, value)
}

func (t boltTxn) del(tb table, key []byte) error {
	bucket := t.bucket.Bucket([]byte(tb))
	if bucket == nil {
		return nil
	}
	return bucket.Delete(key)
}
