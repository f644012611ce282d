package state

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// snapshot is the file as a crash would leave it, and how many of the commits
// so far it may show: between least and most.
type snapshot struct {
	at          Failpoint
	file        []byte
	least, most int
}

// TestCrash copies the file at every place of every commit, as a power cut
// would leave it, and also with the old meta pages under new data, and with a
// half-written meta page. Each copy must open undamaged and show whole commits
// only.
func TestCrash(t *testing.T) {
	const commits = 30
	snapshots := recordCrashes(t, commits)
	for i := 1; i < len(snapshots); i++ {
		before, after := snapshots[i-1], snapshots[i]
		if after.at != AfterSync {
			continue
		}
		snapshots = append(snapshots,
			snapshot{"data without meta", withMeta(after.file, before.file), before.least, before.most},
			snapshot{"torn meta", tornMeta(after.file), before.least, after.most})
	}
	for _, s := range snapshots {
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, s.file, 0o600); err != nil {
			t.Fatal(err)
		}
		db, c := mustOpen(t, path)
		if d := db.Damage(); d != nil {
			t.Fatalf("%s, commit %d: %v", s.at, s.most, d)
		}
		n := c.Remembered() / crashBatch
		if n < s.least || n > s.most || c.Remembered() != n*crashBatch {
			t.Errorf("%s: %d objects known, want %d to %d whole commits", s.at, c.Remembered(), s.least, s.most)
		}
		for i := range n * crashBatch {
			if !c.Known(key(i), "etag") {
				t.Fatalf("%s: object %d of %d is not known", s.at, i, n*crashBatch)
			}
		}
		if n > 0 {
			wantMark(t, c, noon.Add(time.Duration(n-1)*time.Minute))
		}
		// Going on from there repeats what was lost and nothing else.
		commit(t, c, crashUpdate(n))
		if got := c.Remembered(); got != (n+1)*crashBatch {
			t.Errorf("%s: %d objects known after one more commit, want %d", s.at, got, (n+1)*crashBatch)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

const crashBatch = 37 // not a divisor of chunkSize

func crashUpdate(n int) Update {
	var u Update
	for j := range crashBatch {
		u.Delivered = append(u.Delivered, pos(n*crashBatch+j, noon.Add(time.Duration(n)*time.Minute)))
	}
	return u
}

func recordCrashes(t *testing.T, commits int) []snapshot {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	var snapshots []snapshot
	n := 0
	points := &Failpoints{Hit: func(at Failpoint) error {
		b, err := os.ReadFile(path)
		done := n
		if at == AfterSync {
			done = n + 1
		}
		snapshots = append(snapshots, snapshot{at, b, done, done})
		return err
	}}
	db, err := Open(path, Options{Failpoints: points})
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, db)
	c, err := db.Connector("trail", 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for ; n < commits; n++ {
		commit(t, c, crashUpdate(n))
	}
	return snapshots
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

// TestCrashAfterSyncIsRepeatable: the write succeeded and the caller was told
// otherwise, so it commits again.
func TestCrashAfterSyncIsRepeatable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var fail error
	db, err := Open(path, Options{Failpoints: &Failpoints{Hit: func(at Failpoint) error {
		if at == AfterSync {
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
