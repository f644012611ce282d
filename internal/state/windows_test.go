package state

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// eachBackend runs a test on a file and in memory. open opens the connector,
// again after a restart.
func eachBackend(t *testing.T, test func(t *testing.T, open func() *Windows, fail *error)) {
	for _, name := range []string{"file", "memory"} {
		t.Run(name, func(t *testing.T) {
			var fail error
			path := ""
			if name == "file" {
				path = filepath.Join(t.TempDir(), "state.db")
			}
			var db *DB
			var w *Windows
			end := func() {
				if w != nil {
					w.Close()
				}
				if db != nil && path != "" {
					if err := db.Close(); err != nil {
						t.Error(err)
					}
					db = nil
				}
			}
			t.Cleanup(end)
			test(t, func() *Windows {
				end()
				var err error
				if db == nil {
					db, err = Open(path, Options{Failpoints: &Failpoints{Hit: func(at Failpoint) error {
						if at == AfterWrite {
							return fail
						}
						return nil
					}}})
				}
				if err == nil {
					w, err = db.Windows("logs")
				}
				if err != nil {
					t.Fatal(err)
				}
				return w
			}, &fail)
		})
	}
}

func ids(from, n int) (ids []EventID) {
	for i := range n {
		ids = append(ids, EventID(from+i))
	}
	return ids
}

func seen(at int64, ids []EventID) (all []Seen) {
	for _, id := range ids {
		all = append(all, Seen{At: at, ID: id})
	}
	return all
}

func wantSeen(t *testing.T, w *Windows, source string, minute int64, want []EventID) {
	t.Helper()
	got, err := w.Seen(source, minute)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("minute %d of %s: %d ids, want %d", minute, source, len(got), len(want))
	}
}

func commitSource(t *testing.T, w *Windows, source string, u SourceUpdate) {
	t.Helper()
	if err := w.Commit(map[string]SourceUpdate{source: u}); err != nil {
		t.Fatal(err)
	}
}

func TestWindowsRemember(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *Windows, _ *error) {
		w := open()
		if _, ok := w.Marks("a"); ok {
			t.Error("marks before any commit")
		}
		wantSeen(t, w, "a", 0, nil)
		marks := Marks{Head: 120_000, Sweeps: map[time.Duration]int64{time.Hour: -5, 24 * time.Hour: 7}}
		commitSource(t, w, "a", SourceUpdate{Marks: marks, Floor: -1 << 40, Seen: slices.Concat(seen(59_999, ids(0, 3)), seen(60_000, ids(3, 1500)), seen(-1, ids(9, 1)))})
		commitSource(t, w, "b", SourceUpdate{Seen: seen(60_001, ids(1, 1))})
		commitSource(t, w, "a", SourceUpdate{Marks: marks, Floor: -1 << 40, Seen: seen(60_007, ids(1503, 900))})
		check := func(w *Windows) {
			t.Helper()
			if got, ok := w.Marks("a"); !ok || !reflect.DeepEqual(got, marks) {
				t.Errorf("marks %v", got)
			}
			wantSeen(t, w, "a", -1, ids(9, 1))
			wantSeen(t, w, "a", 0, ids(0, 3))
			wantSeen(t, w, "a", 1, ids(3, 2400))
			wantSeen(t, w, "b", 1, ids(1, 1))
		}
		check(w)
		w = open()
		check(w)

		commitSource(t, w, "a", SourceUpdate{Marks: marks, Floor: 60_000, Seen: seen(59_000, ids(7, 1))})
		for range 2 {
			wantSeen(t, w, "a", 0, nil) // below the floor, the last one too
			wantSeen(t, w, "a", 1, ids(3, 2400))
			wantSeen(t, w, "b", 1, ids(1, 1))
			w = open()
		}
	})
}

// TestWindowsRecommit commits again what was reported as failed although it
// had become durable.
func TestWindowsRecommit(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *Windows, fail *error) {
		w := open()
		u := map[string]SourceUpdate{"a": {Marks: Marks{Head: 5}, Seen: seen(1, ids(0, 10))}}
		*fail = errors.New("no answer")
		if err := w.Commit(u); w.connector.file.path != "" && err == nil {
			t.Fatal("the commit did not fail")
		}
		*fail = nil
		if err := w.Commit(u); err != nil {
			t.Fatal(err)
		}
		got, err := w.Seen("a", 0)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), ids(0, 10)) {
			t.Errorf("ids %v", got)
		}
	})
}

func TestWindowsSince(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *Windows, _ *error) {
		for range 2 {
			if got, err := open().Since(noon); err != nil || !got.Equal(noon) {
				t.Errorf("since %v (%v)", got, err)
			}
		}
	})
}

func TestWindowsShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, trail := mustOpen(t, path)
	w, err := db.Windows("logs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Windows(trail.name); err == nil || !strings.Contains(err.Error(), "same name") {
		t.Errorf("a name in use: %v", err)
	}
	commitSource(t, w, "a", SourceUpdate{Seen: seen(1, ids(0, 1))})
	if err := trail.Commit(Update{Delivered: []Position{pos(1, noon)}}); err != nil {
		t.Fatal(err)
	}
	wantSeen(t, w, "a", 0, ids(0, 1))
	w.Close()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestFiveMillionIDs bounds what is in memory, and in the file, of many ids.
func TestFiveMillionIDs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const minutes, perMinute = 100, 50_000
	path := filepath.Join(t.TempDir(), "state.db")
	db, c := mustOpen(t, path)
	noSync(db)
	w, err := db.Windows("logs")
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	for m := range int64(minutes) {
		commitSource(t, w, "a", SourceUpdate{Seen: seen(m*minute, ids(0, perMinute/2))})
		commitSource(t, w, "a", SourceUpdate{Seen: seen(m*minute, ids(perMinute/2, perMinute/2))})
	}
	checkpoint(t, db)
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d MB of memory for %d ids", grown>>20, minutes*perMinute)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if perID := float64(info.Size()) / (minutes * perMinute); perID > 32 {
		t.Errorf("%.1f bytes of the file for an id", perID)
	} else {
		t.Logf("%.1f bytes of the file for an id", perID)
	}
	wantSeen(t, w, "a", 17, ids(0, perMinute))
	w.Close()
	c.Close()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
