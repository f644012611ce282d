package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"in_stellar_aws/tests/harness"
)

// scenario is a host with one connector and objects in its bucket.
type scenario struct {
	*world
	db string
}

// eachHost runs a scenario in both hosts. It does not start the host; the
// state is in dir, or in a directory of the test where dir is nil.
func eachHost(t *testing.T, dir func(*testing.T) string, run func(scenario)) {
	for _, kind := range []harness.Kind{harness.ABIHost, harness.FluentBit} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, kind, 1, "alpha")
			where := w.host.setup.dir
			if dir != nil {
				where = dir(t)
			}
			w.host.setup.db = filepath.Join(where, "state.db")
			run(scenario{w, w.host.setup.db})
		})
	}
}

func (s scenario) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// says waits until the host's log has a line with every text.
func (s scenario) says(texts ...string) {
	s.t.Helper()
	began := time.Now()
	err := poll(s.host.ctx, func() error {
		for line := range strings.SplitSeq(s.host.process.Log(), "\n") {
			all := true
			for _, text := range texts {
				all = all && strings.Contains(line, text)
			}
			if all {
				return nil
			}
		}
		if time.Since(began) > patience {
			return errors.New("the log does not say it")
		}
		return errNotYet
	})
	if err != nil {
		s.t.Fatalf("%v: %q", err, texts)
	}
}

// all waits until every record has come.
func (s scenario) all() {
	s.t.Helper()
	s.must(s.host.drain())
}

// TestDamagedState breaks the state file: it is said and kept, and the
// connector begins at start_from again.
func TestDamagedState(t *testing.T) {
	eachHost(t, nil, func(s scenario) {
		t := s.t
		s.fill(5, 50)
		s.must(s.host.up())
		s.all()
		s.must(s.host.end(syscall.SIGTERM))

		file, err := os.ReadFile(s.db)
		s.must(err)
		for i := 4096 / 2; i < len(file); i++ {
			file[i] = byte(i * 7)
		}
		s.must(os.WriteFile(s.db, file, 0o600))
		s.fill(2, 50)
		s.must(s.host.up())
		s.says("[error]", "is damaged and was set aside as "+s.db+".damaged-", "begin again at start_from")
		s.all()
		s.must(s.host.end(syscall.SIGTERM))
		aside, err := filepath.Glob(s.db + ".damaged-*")
		s.must(err)
		if len(aside) != 1 {
			t.Errorf("the damaged file is kept as %q, want one", aside)
		}
		// Everything from before came again, each record with the id of its twin.
		if v := s.close(); v.twice == 0 {
			t.Error("nothing came again: the state was not begun anew")
		}
	})
}

// TestDamagedJournal breaks the journal that a killed host leaves: it is said
// and kept, and what was committed last is collected again.
func TestDamagedJournal(t *testing.T) {
	eachHost(t, nil, func(s scenario) {
		s.fill(5, 50)
		s.must(s.host.up())
		s.all()
		s.committed()
		s.must(s.host.end(syscall.SIGKILL))

		journal := s.journal()
		file, err := os.ReadFile(journal)
		s.must(err)
		file[len(file)/2] ^= 1
		s.must(os.WriteFile(journal, file, 0o600))
		s.fill(2, 50)
		s.must(s.host.up())
		s.says("[error]", "state journal "+journal+" cannot be used and was set aside as "+journal+".damaged-", "is collected again")
		s.all()
		s.must(s.host.end(syscall.SIGTERM))
		s.close()
	})
}

// journal is the journal that holds commits.
func (s scenario) journal() string {
	s.t.Helper()
	for _, suffix := range []string{".journal-a", ".journal-b"} {
		if info, err := os.Stat(s.db + suffix); err == nil && info.Size() > 0 {
			return s.db + suffix
		}
	}
	s.t.Fatal("no journal holds a commit")
	return ""
}

// committed waits until the journal is left alone: all that came is committed.
func (s scenario) committed() {
	s.t.Helper()
	var before time.Time
	s.must(poll(s.host.ctx, func() error {
		info, err := os.Stat(s.journal())
		if err != nil {
			return err
		}
		if quiet := time.Since(info.ModTime()) > time.Second; quiet && info.ModTime().Equal(before) {
			return nil
		}
		before = info.ModTime()
		return errNotYet
	}))
}

// TestLockedState has another process hold the state file: it is said, nothing
// is collected meanwhile, and collection begins when the file is free.
func TestLockedState(t *testing.T) {
	eachHost(t, nil, func(s scenario) {
		t := s.t
		held, err := bbolt.Open(s.db, 0o600, nil)
		s.must(err)
		s.fill(3, 50)
		s.must(s.host.up())
		s.says("[error]", "open state", s.db, fmt.Sprintf("it is held by another process: %d (chaos", os.Getpid()))
		if before, _ := s.books.outstanding(); before != 3*50 {
			t.Errorf("%d records are outstanding, want all: nothing can be remembered", before)
		}
		s.must(held.Close())
		s.all()
		s.must(s.host.end(syscall.SIGTERM))
		if v := s.close(); v.twice > 0 {
			t.Errorf("%d records came twice", v.twice)
		}
	})
}

// disk is a small file system for a state file. Without the right to mount one
// the test is skipped.
func disk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestReadOnlyState has the state on a disk that cannot be written: it is
// said, and collection begins when the disk can be.
func TestReadOnlyState(t *testing.T) {
	eachHost(t, disk, func(s scenario) {
		dir := filepath.Dir(s.db)
		s.must(syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		s.fill(3, 50)
		s.must(s.host.up())
		s.says("[error]", "open state", s.db, "read-only file system")
		s.must(syscall.Mount("", dir, "", syscall.MS_REMOUNT, ""))
		s.all()
		s.must(s.host.end(syscall.SIGTERM))
		s.close()
	})
}

// TestFullState fills the disk of the state while the connector works: it is
// said, nothing new is begun, and after a kill and with room again every
// record comes.
func TestFullState(t *testing.T) {
	eachHost(t, disk, func(s scenario) {
		t, dir := s.t, filepath.Dir(s.db)
		s.fill(3, 50)
		s.must(s.host.up())
		s.all()

		ballast := filepath.Join(dir, "ballast")
		err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("fill the disk: %v", err)
		}
		for i := 0; !strings.Contains(s.host.process.Log(), "collection waits"); i++ {
			if i == 30 {
				t.Fatal("commits succeed on a full disk")
			}
			s.fill(150, 1) // until the file has to grow
			s.must(s.someCame())
		}
		s.says("[error]", "commit state; collection waits until it can be written", "no space left on device")
		s.must(s.host.end(syscall.SIGKILL))
		s.must(s.host.up())
		s.must(os.Remove(ballast))
		s.all()
		s.must(s.host.end(syscall.SIGTERM))
		s.close()
	})
}

// someCame waits until all came or commits fail.
func (s scenario) someCame() error {
	return poll(s.host.ctx, func() error {
		missing, _ := s.books.outstanding()
		if missing == 0 || strings.Contains(s.host.process.Log(), "collection waits") {
			return nil
		}
		return errNotYet
	})
}
