package state

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// TestCloseAfterAFailedCheckpoint takes what waited for that one, and what was
// committed since.
func TestCloseAfterAFailedCheckpoint(t *testing.T) {
	var fail error
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := openWith(t, path, Options{Boot: boot, Sync: func() error { return fail }})
	commit(t, c, crashUpdate(0))
	fail = errors.New("input/output error")
	if err := db.file.backend.(*journaled).checkpoint(); !errors.Is(err, fail) {
		t.Errorf("checkpoint = %v, want %v", err, fail)
	}
	commit(t, c, crashUpdate(1))
	fail = nil
	closeDB(t, db)
	db, c = openBoot(t, path, "another boot")
	defer closeDB(t, db)
	if got := c.Remembered(); got != 2*crashBatch {
		t.Errorf("%d objects known, want %d", got, 2*crashBatch)
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
