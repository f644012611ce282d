package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestDisksFindChunks: the host's chunks are found by what the process has
// open, and their file system is remembered when they are gone.
func TestDisksFindChunks(t *testing.T) {
	storage := filepath.Join(t.TempDir(), "storage", "stellar_aws.0")
	if err := os.MkdirAll(storage, 0o700); err != nil {
		t.Fatal(err)
	}
	chunk, err := os.Create(filepath.Join(storage, "1-1700000000.000000000.flb"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDisks(filepath.Join(t.TempDir(), "state.db"))
	d.look()
	if err := chunk.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also without an open chunk
		if err := d.sync(); err != nil {
			t.Error(err)
		}
		found := false
		for _, folder := range d.folders {
			found = found || folder == storage
		}
		if !found {
			t.Errorf("found %v, want %s", d.folders, storage)
		}
	}
	if err := os.RemoveAll(storage); err != nil {
		t.Fatal(err)
	}
	if err := d.sync(); err != nil || len(d.folders) != 0 {
		t.Errorf("a folder that is gone: %v, %v", d.folders, err)
	}
}

// TestEveryDiskIsWaitedFor: a disk that fails is not passed over.
func TestEveryDiskIsWaitedFor(t *testing.T) {
	fails := errors.New("input/output error")
	for _, bad := range []string{"", "/state", "/chunks", "/more"} {
		d := newDisks("/state/state.db")
		d.folders = map[uint64]string{1: "/chunks", 2: "/more"}
		var asked []string
		d.flush = func(folder string) error {
			asked = append(asked, folder)
			if folder == bad {
				return fails
			}
			return nil
		}
		if err := d.sync(); (err != nil) != (bad != "") || bad != "" && !errors.Is(err, fails) {
			t.Errorf("%q fails: %v", bad, err)
		}
		slices.Sort(asked)
		if want := []string{"/chunks", "/more", "/state"}; !slices.Equal(asked, want) {
			t.Errorf("waited for %v, want %v", asked, want)
		}
	}
}

// TestMachineTellsItsBoot: without it no journal would be believed.
func TestMachineTellsItsBoot(t *testing.T) {
	if a, b := bootID(), bootID(); a == "" || a != b {
		t.Errorf("boot ids %q and %q", a, b)
	}
}
