package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// crash is what a commit or a checkpoint leaves behind when it is stopped.
type crash struct {
	at     Failpoint
	files  map[string][]byte // by suffix
	made   int               // commits that a killed process has to find again
	synced int               // commits whose data is on the disk
}

var suffixes = append([]string{""}, journalSuffixes[:]...)

// TestCrash copies the files at every place of every commit and checkpoint.
// Each copy must open undamaged and show whole commits only: all of them after
// the death of the process, and after that of the machine none whose data may
// have died with it.
func TestCrash(t *testing.T) {
	crashes := recordCrashes(t)
	for i, c := range crashes {
		c.check(t, c.made, c.made, boot)
		c.check(t, 0, c.synced, "another boot")
		if i == 0 || c.at != AfterCommit {
			continue
		}
		before := crashes[i-1].files[""]
		c.at = "data without meta"
		whole := c.files
		c.files = map[string][]byte{"": withMeta(whole[""], before)}
		c.check(t, 0, c.synced, "another boot")
		c.at = "torn meta"
		c.files = map[string][]byte{"": tornMeta(whole[""])}
		c.check(t, 0, c.synced, "another boot")
	}
}

// check opens the files as they are after a crash, and goes on from there.
func (cr crash) check(t *testing.T, least, most int, boot string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	for suffix, b := range cr.files {
		if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, c := openBoot(t, path, boot)
	if d := db.Damage(); d != nil && !errors.Is(d, errOtherBoot) {
		t.Fatalf("%s, commit %d: %v", cr.at, cr.made, d)
	}
	n := c.Remembered() / crashBatch
	if n < least || n > most || c.Remembered() != n*crashBatch {
		t.Errorf("%s, commit %d: %d objects known, want %d to %d whole commits", cr.at, cr.made, c.Remembered(), least, most)
	}
	for i := range n * crashBatch {
		if !c.Known(key(i), "etag") {
			t.Fatalf("%s: object %d of %d is not known", cr.at, i, n*crashBatch)
		}
	}
	if n > 0 {
		wantMark(t, c, noon.Add(time.Duration(n-1)*time.Minute))
	}
	// Going on from there repeats what was lost and nothing else.
	for range 2 {
		commit(t, c, crashUpdate(n))
		if got := c.Remembered(); got != (n+1)*crashBatch {
			t.Errorf("%s: %d objects known after one more commit, want %d", cr.at, got, (n+1)*crashBatch)
		}
		closeDB(t, db)
		db, c = openBoot(t, path, "a boot after that")
		if d := db.Damage(); d != nil {
			t.Errorf("after a stop in order: %v", d)
		}
	}
	closeDB(t, db)
}

const (
	boot       = "1c9a0f5e-test"
	crashBatch = 37 // not a divisor of chunkSize
)

// openBoot opens a state on a machine that was started at boot.
func openBoot(t *testing.T, path, boot string) (*DB, *Connector) {
	t.Helper()
	return openWith(t, path, Options{Boot: boot, Sync: func() error { return nil }})
}

func openWith(t *testing.T, path string, o Options) (*DB, *Connector) {
	t.Helper()
	o.Now = func() time.Time { return noon }
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Connector("trail", 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return db, c
}

func crashUpdate(n int) Update {
	var u Update
	for j := range crashBatch {
		u.Delivered = append(u.Delivered, pos(n*crashBatch+j, noon.Add(time.Duration(n)*time.Minute)))
	}
	return u
}

// recordCrashes makes commits, and a checkpoint after every third, during
// which one more is made.
func recordCrashes(t *testing.T) []crash {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	var crashes []crash
	var c *Connector
	made, synced, during := 0, 0, false
	points := &Failpoints{Hit: func(at Failpoint) error {
		if at == AfterWrite {
			made++
		}
		crashes = append(crashes, crash{at, filesOf(t, path), made, synced})
		if at == BeforeCommit && !during {
			during = true
			defer func() { during = false }()
			commit(t, c, crashUpdate(made))
		}
		return nil
	}}
	db, c := openWith(t, path, Options{Failpoints: points, Boot: boot, Sync: func() error {
		synced = made
		return nil
	}})
	for i := range 9 {
		commit(t, c, crashUpdate(made))
		if i%3 == 2 {
			checkpoint(t, db)
		}
	}
	closeDB(t, db)
	return crashes
}

func checkpoint(t *testing.T, db *DB) {
	t.Helper()
	if err := db.file.backend.(*journaled).checkpoint(); err != nil {
		t.Fatal(err)
	}
}

// filesOf is the state file and its journals, as a killed process leaves them.
func filesOf(t *testing.T, path string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, suffix := range suffixes {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		files[suffix] = b
	}
	return files
}

// withMeta is file with the two meta pages of old: every data page written,
// the meta page not yet.
func withMeta(file, old []byte) []byte {
	page := os.Getpagesize()
	b := bytes.Clone(file)
	copy(b[:2*page], old[:2*page])
	return b
}

// tornMeta is file with half of its newest meta page lost.
func tornMeta(file []byte) []byte {
	page := os.Getpagesize()
	b := bytes.Clone(file)
	const txid = 16 + 48 // page header, then the fields before the transaction id
	newest := 0
	if bytes.Compare(reversed(b[page+txid:page+txid+8]), reversed(b[txid:txid+8])) > 0 {
		newest = page
	}
	clear(b[newest+txid : newest+page])
	return b
}

// reversed makes little-endian numbers comparable as bytes.
func reversed(b []byte) []byte {
	r := make([]byte, 0, len(b))
	for i := len(b) - 1; i >= 0; i-- {
		r = append(r, b[i])
	}
	return r
}

// TestCrashAfterWriteIsRepeatable: the write succeeded and the caller was told
// otherwise, so it commits again.
func TestCrashAfterWriteIsRepeatable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var fail error
	db, err := Open(path, Options{Failpoints: &Failpoints{Hit: func(at Failpoint) error {
		if at == AfterWrite {
			return fail
		}
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c, err := db.Connector("trail", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	for i := range n {
		fail = os.ErrDeadlineExceeded
		if err := c.Commit(crashUpdate(i)); err == nil {
			t.Fatal("the failpoint did not fail")
		}
		fail = nil
		if i%2 == 1 {
			// Something else comes first: a new family must not get the id of the
			// one whose making was reported as failed.
			commit(t, c, Update{Delivered: []Position{{Fingerprint{byte(i)}, fmt.Sprint("family", i), noon}}})
		}
		commit(t, c, crashUpdate(i))
	}
	c.Close()
	c, err = db.Connector("trail", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Remembered(); got != n*crashBatch+n/2 {
		t.Errorf("Remembered = %d, want %d", got, n*crashBatch+n/2)
	}
}

func FuzzDecode(f *testing.F) {
	c := chunk{newest: noon.Unix(), prints: []Fingerprint{FingerprintOf("a", "b")}}
	f.Add(c.encode())
	f.Add(familyRecord{id: 1, mark: 2, floor: 3}.encode())
	f.Add([]byte(`{"Family":"a","Time":1,"Next":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, tb := range tables {
			_ = newLoader().count(tb, b, b)
			_ = newLoader().count(tb, make([]byte, 16), b)
		}
		if c, err := decodeChunk(b); err == nil && !bytes.Equal(c.encode(), b) {
			t.Errorf("chunk %x becomes %x", b, c.encode())
		}
		if r, err := decodeFamily(b); err == nil && !bytes.Equal(r.encode(), b) {
			t.Errorf("family %x becomes %x", b, r.encode())
		}
	})
}
