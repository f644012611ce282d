package state

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// killed is a state file with its journals as a killed process leaves them
// that has made some commits.
func killed(t *testing.T, commits int) map[string][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := openBoot(t, path, boot)
	defer closeDB(t, db)
	for i := range commits {
		commit(t, c, crashUpdate(i))
	}
	return filesOf(t, path)
}

// put writes files that killed has made elsewhere, and returns the state's path.
func put(t *testing.T, files map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	for suffix, b := range files {
		if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestJournalIsCut cuts the journal inside its last record, as a process that is killed while it writes does: the commits before are there,
// and nobody is bothered.
func TestJournalIsCut(t *testing.T) {
	files := killed(t, 3)
	b := files[".journal-a"]
	_, at := records(t, b)
	for _, n := range []int{at[2], at[2] + 1, at[2] + recordHeader - 1, at[2] + recordHeader, (at[2] + len(b)) / 2, len(b) - 1, len(b)} {
		cut := maps.Clone(files)
		cut[".journal-a"] = b[:n]
		want := 2 * crashBatch
		if n == len(b) {
			want += crashBatch
		}
		db, c := openBoot(t, put(t, cut), boot)
		if got := c.Remembered(); got != want || db.Damage() != nil {
			t.Errorf("%d of %d bytes: %d objects known, want %d; damage: %v", n, len(b), got, want, db.Damage())
		}
		closeDB(t, db)
	}
	for n := 0; n < at[0]; n += 9 { // in the header
		cut := maps.Clone(files)
		cut[".journal-a"] = b[:n]
		db, c := openBoot(t, put(t, cut), boot)
		if got := c.Remembered(); got != 0 || db.Damage() != nil {
			t.Errorf("%d bytes of the header: %d objects known; damage: %v", n, got, db.Damage())
		}
		closeDB(t, db)
	}
}

// records is a journal's records, and where they begin.
func records(t *testing.T, b []byte) (bodies [][]byte, at []int) {
	t.Helper()
	next := bytes.Index(b, []byte(boot)) + len(boot) + 4
	for next < len(b) {
		body, err := cutBody(b[next:])
		if err != nil || body == nil {
			t.Fatalf("no record at byte %d: %v", next, err)
		}
		bodies, at = append(bodies, body), append(at, next)
		next += recordHeader + len(body)
	}
	return bodies, at
}

// TestDamagedJournal changes bytes all over the journal: it is said and set
// aside, the commits before the damage are there, and none that is not one.
func TestDamagedJournal(t *testing.T) {
	files := killed(t, 3)
	b := files[".journal-a"]
	_, at := records(t, b)
	for i := 0; i < len(b); i += 101 {
		broken := maps.Clone(files)
		broken[".journal-a"] = bytes.Clone(b)
		broken[".journal-a"][i] ^= 0x41
		path := put(t, broken)
		db, c := openBoot(t, path, boot)
		before, _ := slices.BinarySearch(at, i+1) // records that begin at or before i
		want := max(0, before-1) * crashBatch
		if got := c.Remembered(); got != want {
			t.Errorf("byte %d: %d objects known, want %d", i, got, want)
		}
		// What looks like another file's journal was no damage of this one's.
		if stem := len(journalMagic) + len(fileID{}); i >= stem {
			wantSetAside(t, db, path, broken[".journal-a"])
		}
		commit(t, c, crashUpdate(before))
		closeDB(t, db)
	}
}

func wantSetAside(t *testing.T, db *DB, path string, content []byte) {
	t.Helper()
	var e *JournalError
	if !errors.As(db.Damage(), &e) || !errors.Is(e, errDamaged) {
		t.Errorf("Damage = %v, want that the journal is damaged", db.Damage())
		return
	}
	if !strings.Contains(e.Error(), path+".journal-a") || !strings.Contains(e.Error(), "is collected again") {
		t.Errorf("it is not said which journal, or what follows: %v", e)
	}
	if kept, err := os.ReadFile(e.Aside); err != nil || !bytes.Equal(kept, content) {
		t.Errorf("the damaged journal was not kept as it was: %v", err)
	}
}

// TestJournalIsMissing: commits that follow others that are gone are not used,
// and that is said.
func TestJournalIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var c *Connector
	var between map[string][]byte
	db, c := openWith(t, path, Options{Boot: boot, Sync: func() error { return nil }, Failpoints: &Failpoints{Hit: func(at Failpoint) error {
		if at == BeforeCommit && between == nil { // both journals hold commits
			between = map[string][]byte{}
			commit(t, c, crashUpdate(1))
			between = filesOf(t, path)
		}
		return nil
	}}})
	commit(t, c, crashUpdate(0))
	checkpoint(t, db)
	closeDB(t, db)
	content := between[".journal-b"]
	between[".journal-a"] = nil // the older one
	path = put(t, between)
	db, c = openBoot(t, path, boot)
	defer closeDB(t, db)
	var e *JournalError
	if !errors.As(db.Damage(), &e) || c.Remembered() != 0 {
		t.Fatalf("%d objects known, want none; damage: %v", c.Remembered(), db.Damage())
	}
	if kept, err := os.ReadFile(e.Aside); err != nil || !bytes.Equal(kept, content) {
		t.Errorf("the journal was not kept as it was: %v", err)
	}
}

// TestJournalOfMachineThatWentDown: commits whose data the disk may not have
// are not believed, and that is said once.
func TestJournalOfMachineThatWentDown(t *testing.T) {
	path := put(t, killed(t, 3))
	db, c := openBoot(t, path, "another boot")
	if c.Remembered() != 0 || !errors.Is(db.Damage(), errOtherBoot) {
		t.Errorf("%d objects known, want none; damage: %v", c.Remembered(), db.Damage())
	}
	commit(t, c, crashUpdate(0))
	closeDB(t, db)
	db, c = openBoot(t, path, "a third one")
	if c.Remembered() != crashBatch || db.Damage() != nil {
		t.Errorf("%d objects known, want %d; damage: %v", c.Remembered(), crashBatch, db.Damage())
	}
	closeDB(t, db)
}

// TestJournalOfAnotherFile: a state file that was replaced, by a backup or by
// none, is not changed by the journal that is left of the other.
func TestJournalOfAnotherFile(t *testing.T) {
	files := killed(t, 3)
	delete(files, "")
	db, c := openBoot(t, put(t, files), boot)
	defer closeDB(t, db)
	if c.Remembered() != 0 || db.Damage() != nil {
		t.Errorf("%d objects known, want none; damage: %v", c.Remembered(), db.Damage())
	}
}

// TestJournalsGoWithDamagedFile: without their file the journals mean nothing.
func TestJournalsGoWithDamagedFile(t *testing.T) {
	files := killed(t, 3)
	files[""] = []byte(strings.Repeat("what is this? ", 1000))
	path := put(t, files)
	db, c := openBoot(t, path, boot)
	defer closeDB(t, db)
	var d *DamageError
	if !errors.As(db.Damage(), &d) || c.Remembered() != 0 {
		t.Fatalf("%d objects known, want none; damage: %v", c.Remembered(), db.Damage())
	}
	if kept, err := os.ReadFile(d.Aside + ".journal-a"); err != nil || !bytes.Equal(kept, files[".journal-a"]) {
		t.Errorf("the journal was not kept with its file: %v", err)
	}
}

func TestJournalIsPrivateAndGoesAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := mustOpen(t, path)
	commit(t, c, crashUpdate(0))
	for _, suffix := range journalSuffixes {
		if info, err := os.Stat(path + suffix); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("journal: %v, %v, want mode 0600", info, err)
		}
	}
	closeDB(t, db)
	if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
		t.Errorf("after the end there is %v beside the state file", left)
	}
}

// TestCheckpointFails: what cannot reach the file stops the commits, nothing
// that was committed is forgotten, and it goes on when the file can be written.
func TestCheckpointFails(t *testing.T) {
	full := errors.New("no space left on device")
	for _, where := range []Failpoint{BeforeSync, BeforeCommit, AfterCommit} {
		t.Run(string(where), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			var fail error
			o := Options{Boot: boot, Sync: func() error { return nil }, Failpoints: &Failpoints{Hit: func(at Failpoint) error {
				if at == where {
					return fail
				}
				return nil
			}}}
			db, c := openWith(t, path, o)
			j := db.file.backend.(*journaled)
			commit(t, c, crashUpdate(0))
			fail = full
			for range 2 {
				if err := j.settle(); !errors.Is(err, full) {
					t.Errorf("checkpoint: %v, want %v", err, full)
				}
				if err := c.Commit(crashUpdate(1)); !errors.Is(err, full) {
					t.Errorf("Commit = %v, want %v", err, full)
				}
			}
			if got := c.Remembered(); got != crashBatch {
				t.Errorf("%d objects known, want %d", got, crashBatch)
			}
			killed := filesOf(t, path)
			if err := db.Close(); !errors.Is(err, full) {
				t.Errorf("Close = %v, want %v", err, full)
			}
			for _, path := range []string{path, put(t, killed)} {
				db, c := openBoot(t, path, boot)
				if got := c.Remembered(); got != crashBatch {
					t.Errorf("%d objects known at the next start, want %d", got, crashBatch)
				}
				commit(t, c, crashUpdate(1))
				closeDB(t, db)
			}
		})
	}
}

// TestCheckpointRecovers: after a failed checkpoint the next one takes all.
func TestCheckpointRecovers(t *testing.T) {
	var fail error
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := openWith(t, path, Options{Boot: boot, Sync: func() error { return fail }})
	j := db.file.backend.(*journaled)
	commit(t, c, crashUpdate(0))
	fail = errors.New("input/output error")
	if err := j.checkpoint(); !errors.Is(err, fail) {
		t.Errorf("checkpoint = %v, want %v", err, fail)
	}
	commit(t, c, crashUpdate(1)) // the failure is not known to the commits yet
	fail = nil
	for range 2 {
		if err := j.settle(); err != nil {
			t.Error(err)
		}
	}
	if len(j.fresh)+len(j.sealed) > 0 || j.journal[0].size+j.journal[1].size > 0 {
		t.Error("a checkpoint has left commits in the journals")
	}
	commit(t, c, crashUpdate(2))
	closeDB(t, db)
	db, c = openBoot(t, path, "another boot")
	defer closeDB(t, db)
	if got := c.Remembered(); got != 3*crashBatch {
		t.Errorf("%d objects known, want %d", got, 3*crashBatch)
	}
}

// TestLongJournalIsNotLeftToGrow: a checkpoint comes early, and where none
// succeeds, commits are refused before the journal has no end.
func TestLongJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	waiting, goOn := make(chan struct{}), make(chan struct{})
	db, c := openWith(t, path, Options{Boot: boot, Sync: func() error {
		waiting <- struct{}{}
		<-goOn
		return nil
	}})
	j := db.file.backend.(*journaled)
	if err := j.journal[0].grow(journalLong); err != nil {
		t.Fatal(err)
	}
	commit(t, c, crashUpdate(0))
	<-waiting // for the disk, in an early checkpoint
	j.mu.Lock()
	err := j.journal[0].grow(journalLimit)
	j.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Commit(crashUpdate(1)); err == nil || !strings.Contains(err.Error(), "disk does not keep up") {
		t.Errorf("Commit = %v, want a refusal", err)
	}
	close(goOn)
	go func() {
		for range waiting { // the last checkpoints
		}
	}()
	closeDB(t, db)
	close(waiting)
}

// grow is append of n bytes that are no records.
func (j *journal) grow(n int) error { return j.append(make([]byte, n)) }

func FuzzJournal(f *testing.F) {
	id := fileID{1, 2, 3}
	header := encodeHeader(id, boot)
	changed := map[entryKey][]byte{{tableMeta, "a"}: []byte("b"), {tableTails, "\x00"}: nil, {tableSeen, ""}: {}}
	f.Add(encodeRecord(1, "trail", changed), false)
	f.Add(encodeRecord(1, "trail", changed)[recordHeader:], true)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, b []byte, body bool) {
		if !body {
			_, _ = decodeJournal(b, id, boot)
			_, _ = decodeJournal(append(bytes.Clone(header), b...), id, boot)
			return
		}
		r, err := decodeRecord(b)
		if err != nil {
			return
		}
		again, err := decodeJournal(append(bytes.Clone(header), encodeRecord(r.seq, r.connector, r.changed)...), id, boot)
		if err != nil || len(again) != 1 || again[0].seq != r.seq || again[0].connector != r.connector || !maps.EqualFunc(again[0].changed, r.changed, same) {
			t.Errorf("%+v becomes %+v, %v", r, again, err)
		}
	})
}

func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCheckpointsDoNotDisturb has connectors commit and read while one
// checkpoint follows the other: each sees all that it has committed, and so
// does the next start.
func TestCheckpointsDoNotDisturb(t *testing.T) {
	const connectors, commits = 4, 60
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(path, Options{Boot: boot, Sync: func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	j := db.file.backend.(*journaled)
	var working, checkpointing sync.WaitGroup
	done := make(chan struct{})
	checkpointing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := j.checkpoint(); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range connectors {
		w, err := db.Windows(fmt.Sprint("logs", i))
		if err != nil {
			t.Fatal(err)
		}
		working.Go(func() {
			for n := range commits {
				if err := w.Commit(map[string]SourceUpdate{"a": {Seen: seen(1, ids(n*10, 10))}}); err != nil {
					t.Error(err)
				}
				if got, err := w.Seen("a", 0); err != nil || len(got) != (n+1)*10 {
					t.Errorf("%d ids, %v, want %d", len(got), err, (n+1)*10)
				}
			}
			w.Close()
		})
	}
	working.Wait()
	close(done)
	checkpointing.Wait()
	again := put(t, filesOf(t, path)) // as after a kill
	closeDB(t, db)
	if db, err = Open(again, Options{Boot: boot}); err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, db)
	for i := range connectors {
		w, err := db.Windows(fmt.Sprint("logs", i))
		if err != nil {
			t.Fatal(err)
		}
		wantSeen(t, w, "a", 0, ids(0, commits*10))
	}
}

// BenchmarkCommit is a commit as a busy connector makes many: one object
// finished, another under way.
func BenchmarkCommit(b *testing.B) {
	db, err := Open(filepath.Join(b.TempDir(), "state.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c, err := db.Connector("trail", 24*time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		at := noon.Add(time.Duration(i) * time.Millisecond)
		err := c.Commit(Update{Delivered: []Position{pos(i, at)}, Progress: []Progress{{Position: pos(i+1, at), Next: 7}}})
		if err != nil {
			b.Fatal(err)
		}
	}
}
