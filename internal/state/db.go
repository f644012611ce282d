package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options are what a caller may set when opening a state file.
type Options struct {
	Now func() time.Time // the clock that names damaged files; nil: time.Now

	// Tests only.
	Failpoints *Failpoints
	Boot       string       // instead of the machine's
	Sync       func() error // instead of waiting for the disk to have all data
}

func (o Options) withDefaults(path string) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Boot == "" {
		o.Boot = bootID()
	}
	if o.Sync == nil {
		o.Sync = newDisks(path).sync
	}
	return o
}

// JournalError says that commits of the time just before the end of the last
// process could not be used. It comes with a working DB that has all commits
// before them: what they speak of is collected again.
type JournalError struct {
	Path  string // of the journal
	Aside string // where it is kept; "": it is not, being of no more use
	Cause error
}

// Error is the whole story in one line.
func (e *JournalError) Error() string {
	kept := ""
	if e.Aside != "" {
		kept = " and was set aside as " + e.Aside
	}
	return fmt.Sprintf("state journal %s cannot be used%s; what was collected in the last seconds before the end is collected again: %v", e.Path, kept, e.Cause)
}

// Unwrap is what was found wrong with the journal.
func (e *JournalError) Unwrap() error { return e.Cause }

// DamageError says that a state file could not be used and was set aside. It
// comes with a working, empty DB: the connector starts again from start_from,
// which repeats records rather than losing them, and the caller must say so as
// an error.
type DamageError struct {
	Path  string // where the state file is, and now begins anew
	Aside string // where the damaged file is kept
	Cause error
}

// Error is the whole story in one line.
func (e *DamageError) Error() string {
	return fmt.Sprintf("state file %s is damaged and was set aside as %s; delivered objects are forgotten and the connectors begin again at start_from: %v", e.Path, e.Aside, e.Cause)
}

// Unwrap is what was found wrong with the file.
func (e *DamageError) Unwrap() error { return e.Cause }

// DB is a handle on a state file, or on memory. Handles on one file share it.
type DB struct {
	file  *file
	close sync.Once
}

// file is one open state file of the process.
type file struct {
	path    string // "" in memory
	backend backend
	damage  error

	mu         sync.Mutex
	handles    int
	connectors map[string]bool
}

// registry holds the open state files by their real path. It is the one global
// of the package: connectors are made one by one, by a host that knows nothing
// of what they share, and a bbolt file can be opened only once.
var registry = struct {
	sync.Mutex
	files map[string]*file
}{files: make(map[string]*file)}

// Open opens the state file at path, making it where there is none, or shares
// it when this process has it open already. An empty path means memory, which
// is never shared.
//
// A file held by another process, not permitted or of a newer version is an
// error. A damaged file is renamed to path.damaged-<unix time> and a new one
// is begun, and a journal that cannot be used is left out; Damage then tells.
func Open(path string, o Options) (*DB, error) {
	if path == "" {
		return newDB(&file{backend: newMemory()}), nil
	}
	real, err := realPath(path)
	if err != nil {
		return nil, fmt.Errorf("open state file %s: %w", path, err)
	}
	registry.Lock()
	defer registry.Unlock()
	if f, ok := registry.files[real]; ok {
		return newDB(f), nil
	}
	f, err := openFile(real, o)
	if err != nil {
		return nil, err
	}
	registry.files[real] = f
	return newDB(f), nil
}

func newDB(f *file) *DB {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handles++
	if f.connectors == nil {
		f.connectors = make(map[string]bool)
	}
	return &DB{file: f}
}

// realPath resolves links, also where the file itself does not exist yet.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(abs)), nil
}

func openFile(path string, o Options) (*file, error) {
	o = o.withDefaults(path)
	b, err := openBolt(path)
	if err == nil {
		return openBeside(b, o)
	}
	if !errors.Is(err, errDamaged) {
		return nil, err
	}
	aside, asideErr := setAside(path, o.Now())
	if asideErr != nil {
		return nil, errors.Join(err, asideErr)
	}
	for _, suffix := range journalSuffixes { // they are worth nothing without it
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("set journal of damaged state file aside: %w", err)
		}
	}
	damage := &DamageError{Path: path, Aside: aside, Cause: err}
	if b, err = openBolt(path); err != nil {
		return nil, errors.Join(damage, err)
	}
	f, err := openBeside(b, o)
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	f.damage = damage
	return f, nil
}

// openBeside opens the journals of a file that is sound.
func openBeside(b *bolt, o Options) (*file, error) {
	j, damage, err := openJournaled(b, o)
	if err != nil {
		return nil, errors.Join(err, guard(b.close))
	}
	return &file{path: b.path, backend: j, damage: damage}, nil
}

// setAside renames the file at path out of the way, over nothing.
func setAside(path string, now time.Time) (string, error) {
	name := fmt.Sprintf("%s.damaged-%d", path, now.Unix())
	aside := name
	for i := 2; ; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s-%d", name, i)
	}
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("set damaged file aside: %w", err)
	}
	return aside, nil
}

// Damage is a *DamageError when the file was damaged and this process set it
// aside, a *JournalError when it is sound and a journal of it could not be
// used, and else nil.
func (db *DB) Damage() error { return db.file.damage }

// Connector opens the state of the connector name. lookback is how far behind
// a family's mark delivered objects are remembered. A name can be open once at
// a time; Close gives it back.
func (db *DB) Connector(name string, lookback time.Duration) (*Connector, error) {
	f := db.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.connectors[name] {
		return nil, fmt.Errorf("open state of connector %q: another connector of this process has the same name", name)
	}
	c, err := loadConnector(f, name, lookback)
	if err != nil {
		return nil, fmt.Errorf("open state of connector %q: %w", name, err)
	}
	f.connectors[name] = true
	return c, nil
}

// Close gives the handle back; the last handle closes the file. Close the
// connectors first.
func (db *DB) Close() error {
	var err error
	db.close.Do(func() { err = db.file.release() })
	return err
}

func (f *file) release() error {
	// The registry stays locked until the file is closed, so that nobody opens
	// it again before its lock is given back.
	registry.Lock()
	defer registry.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handles--
	if f.handles > 0 {
		return nil
	}
	if f.path != "" {
		delete(registry.files, f.path)
	}
	return f.backend.close()
}

func (f *file) forget(connector string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.connectors, connector)
}
