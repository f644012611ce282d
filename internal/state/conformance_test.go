package state

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

const stem = "AWSLogs/111122223333/CloudTrail/us-east-1/111122223333_CloudTrail_us-east-1_"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func pos(n int, at time.Time) Position {
	return Position{Fingerprint: FingerprintOf(key(n), "etag"), Family: stem, Time: at}
}

func key(n int) string { return fmt.Sprintf("%s%d", stem, n) }

// rig is a DB that a conformance test can close and open again.
type rig struct {
	t    *testing.T
	path string
	db   *DB
	c    *Connector
	fail error // what the next writes return
}

func (r *rig) open(lookback time.Duration) *Connector {
	r.t.Helper()
	if r.db == nil {
		db, err := Open(r.path, Options{Failpoints: &Failpoints{Hit: func(Failpoint) error { return r.fail }}})
		if err != nil {
			r.t.Fatal(err)
		}
		r.db = db
	}
	c, err := r.db.Connector("trail", lookback)
	if err != nil {
		r.t.Fatal(err)
	}
	r.c = c
	return c
}

// again closes the connector and, where there is a file, the file.
func (r *rig) again(lookback time.Duration) *Connector {
	r.t.Helper()
	r.c.Close()
	if r.path != "" {
		r.close()
	}
	return r.open(lookback)
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.db.Close(); err != nil {
		r.t.Error(err)
	}
	r.db = nil
}

// forEachBackend runs a test over the file and over the memory.
func forEachBackend(t *testing.T, test func(t *testing.T, r *rig)) {
	for name, path := range map[string]string{"memory": "", "bolt": filepath.Join(t.TempDir(), "state.db")} {
		t.Run(name, func(t *testing.T) {
			r := &rig{t: t, path: path}
			t.Cleanup(func() {
				if r.db != nil {
					r.close()
				}
			})
			test(t, r)
		})
	}
}

func commit(t *testing.T, c *Connector, u Update) {
	t.Helper()
	if err := c.Commit(u); err != nil {
		t.Fatal(err)
	}
}

func wantMark(t *testing.T, c *Connector, want time.Time) {
	t.Helper()
	if got, ok := c.Mark(stem); !ok || !got.Equal(want) {
		t.Errorf("Mark = %v, %v, want %v", got, ok, want)
	}
}

func TestSinceIsKept(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		for _, want := range []time.Time{noon, noon.Add(time.Hour)} {
			c := r.c
			if c == nil {
				c = r.open(0)
			} else {
				c = r.again(0)
			}
			if got, err := c.Since(want); err != nil || !got.Equal(noon) {
				t.Errorf("Since(%v) = %v, %v, want %v", want, got, err, noon)
			}
			end := noon.Add(time.Minute)
			if got, err := c.Until(want.Add(time.Minute)); err != nil || !got.Equal(end) {
				t.Errorf("Until(%v) = %v, %v, want %v", want.Add(time.Minute), got, err, end)
			}
		}
	})
	forEachBackend(t, func(t *testing.T, r *rig) {
		if _, err := r.open(0).Since(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if got, err := r.again(0).Since(noon); err != nil || !got.IsZero() {
			t.Errorf("Since = %v, %v, want the beginning", got, err)
		}
	})
}

func TestDeliveredIsKnownAfterRestart(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		var u Update
		const n = 3*chunkSize + 7 // several chunks, in updates that do not fit them
		for i := range n {
			u.Delivered = append(u.Delivered, pos(i, noon.Add(time.Duration(i)*time.Second)))
			if i%50 == 0 || i == n-1 {
				commit(t, c, u)
				commit(t, c, u) // twice is once
				u = Update{}
			}
		}
		for round := range 2 {
			if got := c.Remembered(); got != n {
				t.Fatalf("round %d: Remembered = %d, want %d", round, got, n)
			}
			for i := range n {
				if !c.Known(key(i), "etag") {
					t.Fatalf("round %d: object %d is not known", round, i)
				}
			}
			if c.Known(key(0), "other etag") || c.Known(key(n), "etag") {
				t.Errorf("round %d: an object never delivered is known", round)
			}
			wantMark(t, c, noon.Add((n-1)*time.Second))
			c = r.again(time.Hour)
		}
	})
}

func TestMarkIsLowWater(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		for i := range 4 {
			if next, ok := c.Begin(pos(i, noon.Add(time.Duration(i)*time.Minute))); next != 0 || !ok {
				t.Fatalf("Begin = %d, %v", next, ok)
			}
		}
		if _, ok := c.Mark(stem); ok {
			t.Error("a family has a mark before the first commit")
		}
		commit(t, c, Update{}) // nothing delivered, and still the family's begin is durable
		wantMark(t, c, noon)
		commit(t, c, Update{Delivered: []Position{pos(1, noon.Add(time.Minute)), pos(3, noon.Add(3*time.Minute))}})
		wantMark(t, c, noon)
		commit(t, c, Update{Delivered: []Position{pos(0, noon)}})
		wantMark(t, c, noon.Add(2*time.Minute))
		c.Abandon(pos(2, noon).Fingerprint)
		// A late object does not take the mark back, and the clock holds it.
		late := pos(9, noon.Add(-30*time.Minute))
		if _, ok := c.Begin(late); !ok {
			t.Error("a late object was refused")
		}
		now := noon.Add(150 * time.Second)
		commit(t, c, Update{Now: now, Delivered: []Position{late, pos(5, noon.Add(24*time.Hour))}})
		wantMark(t, c, now)
		c = r.again(time.Hour)
		wantMark(t, c, now)
		if got := c.Marks(stem[:20]); len(got) != 1 || !got[stem].Equal(now) {
			t.Errorf("Marks = %v", got)
		}
		if got := c.Marks("elsewhere/"); len(got) != 0 {
			t.Errorf("Marks of another folder = %v", got)
		}
	})
}

func TestBeginRefusesWhatIsTaken(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		p := pos(1, noon)
		if _, ok := c.Begin(p); !ok || !c.Known(key(1), "etag") {
			t.Error("an object in flight is not known")
		}
		if _, ok := c.Begin(p); ok {
			t.Error("an object was begun twice")
		}
		c.Abandon(p.Fingerprint)
		if c.Known(key(1), "etag") {
			t.Error("an abandoned object is known")
		}
		commit(t, c, Update{Delivered: []Position{p}})
		if _, ok := c.Begin(p); ok {
			t.Error("a delivered object was begun")
		}
	})
}

func TestPruning(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		at := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Second) }
		const n = 100 * chunkSize
		for i := 0; i < n; i += 100 {
			var u Update
			for j := i; j < i+100; j++ {
				u.Delivered = append(u.Delivered, pos(j, at(j)))
			}
			commit(t, c, u)
		}
		for range 2 {
			floor := c.Floor(stem)
			if want := at(n - 1).Add(-time.Hour); !floor.Equal(want) {
				t.Fatalf("Floor = %v, want %v", floor, want)
			}
			if got := c.Remembered(); got < 3600 || got > 3600+chunkSize {
				t.Errorf("Remembered = %d, want what an hour holds and less than a chunk more", got)
			}
			for i := range n {
				if !at(i).Before(floor) && !c.Known(key(i), "etag") {
					t.Fatalf("object %d, above the floor, was forgotten", i)
				}
			}
			// A longer lookback cannot bring back what is forgotten: the floor stays.
			c = r.again(2 * time.Hour)
			commit(t, c, Update{Delivered: []Position{pos(n-1, at(n-1))}})
		}
	})
}

// TestLateFlightHoldsMark: a late object in flight is behind the mark, and must
// not fall out of the window before it is done with.
func TestLateFlightHoldsMark(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		commit(t, c, Update{Delivered: []Position{pos(1, noon)}})
		late := pos(2, noon.Add(-30*time.Minute))
		c.Begin(late)
		commit(t, c, Update{Delivered: []Position{pos(3, noon.Add(5*time.Hour))}})
		wantMark(t, c, noon)
		commit(t, c, Update{Delivered: []Position{late}})
		wantMark(t, c, noon.Add(5*time.Hour))
		if got, want := c.Floor(stem), noon.Add(4*time.Hour); !got.Equal(want) {
			t.Errorf("Floor = %v, want %v", got, want)
		}
	})
}

func TestProgressAndQuarantine(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		p := pos(1, noon)
		q := Quarantined{
			Position: pos(2, noon), Bucket: "logs", Key: key(2), ETag: "etag", Size: 7, LastModified: noon,
			Reason: "gzip: invalid header", Attempts: 2, First: noon, Last: noon.Add(time.Hour), NextTry: noon.Add(25 * time.Hour),
		}
		commit(t, c, Update{Progress: []Progress{{Position: p, Next: 10}}, Quarantine: []Quarantined{q}})
		commit(t, c, Update{Progress: []Progress{{Position: p, Next: 4711}}})
		c = r.again(time.Hour)
		if got := c.Quarantined(); len(got) != 1 || got[0] != q {
			t.Errorf("Quarantined = %+v, want %+v", got, q)
		}
		if !c.Known(key(2), "etag") {
			t.Error("a quarantined object is not known")
		}
		if next, ok := c.Begin(p); next != 4711 || !ok {
			t.Errorf("Begin = %d, %v, want 4711", next, ok)
		}
		if _, ok := c.Begin(q.Position); !ok {
			t.Error("a quarantined object cannot be tried again")
		}
		commit(t, c, Update{Delivered: []Position{p, q.Position}})
		c = r.again(time.Hour)
		if len(c.Quarantined()) != 0 || len(c.progress) != 0 {
			t.Errorf("delivered objects keep entries: %v, %v", c.quarantine, c.progress)
		}
		commit(t, c, Update{Quarantine: []Quarantined{{Position: pos(3, noon)}}})
		commit(t, c, Update{Release: []Fingerprint{pos(3, noon).Fingerprint}})
		if c = r.again(time.Hour); c.Known(key(3), "etag") {
			t.Error("a released object is known")
		}
	})
}

func TestStaleProgressIsPruned(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		commit(t, c, Update{Progress: []Progress{{Position: pos(1, noon), Next: 5}}})
		commit(t, c, Update{Delivered: []Position{pos(2, noon.Add(2*time.Hour))}})
		if c = r.again(time.Hour); len(c.progress) != 0 {
			t.Errorf("progress below the floor was kept: %v", c.progress)
		}
	})
}

func TestConnectorsDoNotMeet(t *testing.T) {
	forEachBackend(t, func(t *testing.T, r *rig) {
		c := r.open(time.Hour)
		if _, err := r.db.Connector("trail", time.Hour); err == nil {
			t.Error("two holders of one name")
		}
		other, err := r.db.Connector("other", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		commit(t, c, Update{Delivered: []Position{pos(1, noon)}})
		if other.Known(key(1), "etag") {
			t.Error("a connector knows another's object")
		}
		if err := c.Commit(Update{Delivered: []Position{{}}}); err == nil {
			t.Error("a position without a family was accepted")
		}
	})
}

func TestFailedCommitChangesNothing(t *testing.T) {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "state.db")}
	c := r.open(time.Hour)
	defer func() { r.close() }()
	u := Update{Delivered: []Position{pos(1, noon)}, Progress: []Progress{{Position: pos(2, noon), Next: 1}}}
	r.fail = errors.New("no space left on device")
	if err := c.Commit(u); !errors.Is(err, r.fail) {
		t.Fatalf("Commit = %v, want %v", err, r.fail)
	}
	if c.Known(key(1), "etag") || len(c.progress) != 0 {
		t.Error("a failed commit changed the memory")
	}
	if _, ok := c.Mark(stem); ok {
		t.Error("a failed commit moved the mark")
	}
	r.fail = nil
	commit(t, c, u)
	if !c.Known(key(1), "etag") {
		t.Error("the commit's second try did nothing")
	}
}
