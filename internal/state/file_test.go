package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func mustOpen(t *testing.T, path string) (*DB, *Connector) {
	t.Helper()
	return openWith(t, path, Options{})
}

func closeDB(t *testing.T, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestFileIsSharedInTheProcess(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	a, c := mustOpen(t, path)
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	b, err := Open(link, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Connector("trail", 0); err == nil {
		t.Error("the name is held through another handle, and was given out again")
	}
	c.Close()
	for _, db := range []*DB{a, a} { // closing twice gives back one reference
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.Connector("trail", 0); err != nil {
		t.Errorf("the file was closed under its other holder: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}

// TestFileIsHeldByOneProcess runs this test binary again as the other process.
func TestFileIsHeldByOneProcess(t *testing.T) {
	if path := os.Getenv("STATE_TEST_HELD"); path != "" {
		_, err := Open(path, Options{})
		who := fmt.Sprintf("it is held by another process: %d (", os.Getppid())
		if err == nil || !strings.Contains(err.Error(), who) || !strings.Contains(err.Error(), path) {
			t.Fatalf("Open = %v, want that the file is held", err)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "state.db")
	db, _ := mustOpen(t, path)
	defer closeDB(t, db)
	cmd := exec.Command(os.Args[0], "-test.run=^TestFileIsHeldByOneProcess$")
	cmd.Env = append(os.Environ(), "STATE_TEST_HELD="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the other process: %v\n%s", err, out)
	}
}

func TestUnusablePathsAreErrors(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing", "state.db")} {
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s) = %v, want an error with the path", path, err)
		}
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, _ := mustOpen(t, path)
	setVersion(t, db, formatVersion+1)
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("Open = %v, want a refusal", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the newer file was touched: %v", err)
	}
}

// setVersion closes db as a file of another version.
func setVersion(t *testing.T, db *DB, version uint32) {
	t.Helper()
	closeDB(t, db)
	b, err := openBolt(db.file.path)
	if err != nil {
		t.Fatal(err)
	}
	err = b.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketFile).Put(keyVersion, binary.BigEndian.AppendUint32(nil, version))
	})
	if err := errors.Join(err, b.close()); err != nil {
		t.Fatal(err)
	}
}

func TestOlderVersionIsTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := mustOpen(t, path)
	commit(t, c, crashUpdate(0))
	setVersion(t, db, 1)
	for range 2 {
		db, c = mustOpen(t, path)
		if n := c.Remembered(); n != crashBatch || db.Damage() != nil {
			t.Errorf("%d objects known, want %d; damage: %v", n, crashBatch, db.Damage())
		}
		closeDB(t, db)
	}
}

func TestDamagedFileIsSetAside(t *testing.T) {
	full := filledFile(t)
	page := os.Getpagesize()
	root := bytes.LastIndex(full, []byte("connectors"))
	if root < 0 {
		t.Fatal("no bucket named connectors in the file")
	}
	tests := map[string]func([]byte) []byte{
		"not a database": func([]byte) []byte { return []byte(strings.Repeat("what is this? ", 1000)) },
		"short":          func(b []byte) []byte { return b[:100] },
		"half":           func(b []byte) []byte { return b[:len(b)/2/page*page] },
		"two pages":      func(b []byte) []byte { return b[:2*page] },
		"both metas": func(b []byte) []byte {
			copy(b[:2*page], bytes.Repeat([]byte{0xff}, 2*page))
			return b
		},
		"pages overwritten": func(b []byte) []byte {
			copy(b[2*page:], bytes.Repeat([]byte{0xa5}, len(b)-2*page))
			return b
		},
		"pages zeroed": func(b []byte) []byte {
			clear(b[2*page:])
			return b
		},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			broken := damage(bytes.Clone(full))
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			db, c := mustOpen(t, path)
			defer closeDB(t, db)
			d, ok := db.Damage().(*DamageError)
			if !ok {
				t.Fatalf("Damage = %v, want a *DamageError", db.Damage())
			}
			want := fmt.Sprintf("%s.damaged-%d", path, noon.Unix())
			if d.Aside != want || !errors.Is(d, errDamaged) || !strings.Contains(d.Error(), "start_from") {
				t.Errorf("Damage = %v, want the file set aside as %s", d, want)
			}
			if kept, err := os.ReadFile(d.Aside); err != nil || !bytes.Equal(kept, broken) {
				t.Errorf("the damaged file was not kept as it was: %v", err)
			}
			commit(t, c, Update{Delivered: []Position{pos(1, noon)}})
		})
	}
}

// filledFile is the content of a state file with 5,000 objects in it.
func filledFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := mustOpen(t, path)
	for i := 0; i < 5000; i += 250 {
		var u Update
		for j := i; j < i+250; j++ {
			u.Delivered = append(u.Delivered, pos(j, noon.Add(time.Duration(j)*time.Second)))
		}
		commit(t, c, u)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSecondDamageKeepsTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for i := range 2 {
		if err := os.WriteFile(path, []byte(strings.Repeat("x", 10000+i)), 0o600); err != nil {
			t.Fatal(err)
		}
		db, _ := mustOpen(t, path)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := filepath.Glob(path + ".damaged-*"); len(kept) != 2 {
		t.Errorf("kept %v, want both", kept)
	}
}

// TestBytesPerKey holds the file and the memory to their budgets, for one busy
// family and for many quiet ones.
func TestBytesPerKey(t *testing.T) {
	tests := []struct{ families, keys, perCommit int }{
		{1, 60_000, 1000},
		{40, 60_000, 300},
		{680, 200_000, 3400},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d families", tt.families), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			db, c := mustOpen(t, path)
			noSync(db)
			before := heap()
			for i := 0; i < tt.keys; {
				var u Update
				for ; len(u.Delivered) < tt.perCommit && i < tt.keys; i++ {
					p := pos(i, noon.Add(time.Duration(i)*time.Millisecond))
					p.Family = fmt.Sprintf("%s%d_", stem, i%tt.families)
					u.Delivered = append(u.Delivered, p)
				}
				commit(t, c, u)
			}
			checkpoint(t, db)
			used := heap() - before
			if got := c.Remembered(); got != tt.keys {
				t.Fatalf("Remembered = %d", got)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			disk, mem := float64(info.Size())/float64(tt.keys), float64(used)/float64(tt.keys)
			t.Logf("%.1f bytes a key in the file, %.1f in memory", disk, mem)
			if disk > 32 {
				t.Errorf("%.1f bytes a key in the file, want at most 32", disk)
			}
			if mem > 48 {
				t.Errorf("%.1f bytes a key in memory, want at most 48", mem)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// noSync spares a test the waiting for the disk.
func noSync(db *DB) {
	j := db.file.backend.(*journaled)
	j.sync = func() error { return nil }
	j.bolt.db.NoSync, j.bolt.db.NoGrowSync = true, true
}
