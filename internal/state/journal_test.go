package state

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

// TestBootNotTold: where the system does not tell its boot, no journal is
// believed: that it is the same one is not known.
func TestBootNotTold(t *testing.T) {
	id := fileID{1}
	b := append(encodeHeader(id, ""), encodeRecord(1, "trail", map[entryKey][]byte{{tableMeta, "a"}: []byte("b")})...)
	if records, err := decodeJournal(b, id, ""); len(records) > 0 || !errors.Is(err, errOtherBoot) {
		t.Errorf("%d records, %v", len(records), err)
	}
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
