package objects_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakehost"
)

// slowState is a state on a slow or broken disk.
type slowState struct {
	*state.Connector
	took time.Duration // of each commit
	full bool

	mu         sync.Mutex
	begin, end []time.Time // of the commits that had something to write
}

func (s *slowState) Commit(u state.Update) error {
	if len(u.Delivered)+len(u.Progress) == 0 {
		return s.Connector.Commit(u)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin = append(s.begin, time.Now())
	defer func() { s.end = append(s.end, time.Now()) }()
	time.Sleep(s.took)
	if s.full {
		return errors.New("no space left on device")
	}
	return s.Connector.Commit(u)
}

// runWith runs the world's connector on another state until the end of a time.
func (w *world) runWith(s objects.State, d time.Duration) {
	w.t.Helper()
	c := objects.New(objects.Options{
		Interval: time.Second, Workers: 2,
		Poller: w.bucket, Store: w.bucket, State: s, Queue: w.host,
		NewDecoder: func() objects.Decoder { return lines{} },
		Log:        slog.New(slog.NewTextHandler(w.journal, nil)),
	})
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	_ = c.Run(ctx) // a state that fails, fails at the end too
}

// What the host has stored is committed at once: little is repeated by a
// crash.
func TestCommitsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 20 {
			w.bucket.put(fmt.Sprint(i), "a b c")
		}
		w.start()
		time.Sleep(50 * time.Millisecond)
		if n := w.state.Remembered(); n != 20 {
			t.Errorf("%d of 20 objects are committed", n)
		}
		w.wantStop()
	})
}

// A commit that takes long is followed by the next one at once: what was stored
// meanwhile would be repeated by a crash.
func TestCommitsFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &slowState{Connector: w.state, took: 100 * time.Millisecond}
		w.host.Stalled = true
		for i := range 300 {
			w.bucket.put(fmt.Sprintf("%03d", i), "a")
		}
		go func() { // the host stores a batch every 10 ms
			for n := range uint64(300) {
				time.Sleep(10 * time.Millisecond)
				w.host.Change(func() { w.host.Stored = n + 1 })
			}
		}()
		w.runWith(s, 4*time.Second)
		if len(s.begin) < 25 {
			t.Fatalf("%d commits in 3 s, want at least 25", len(s.begin))
		}
		for i := range s.begin[:len(s.begin)-2] {
			if rest := s.begin[i+1].Sub(s.end[i]); rest > 20*time.Millisecond {
				t.Errorf("after commit %d a rest of %v, want hardly one", i, rest)
			}
		}
	})
}

// What a failed commit had of an object that is not finished is committed later.
func TestProgressOfAFailedCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &slowState{Connector: w.state, full: true}
		w.bucket.put("k", "a b c")
		w.host.Limit, w.host.Stalled = 2, true
		go func() {
			time.Sleep(100 * time.Millisecond)
			w.host.Change(func() { w.host.Stored = 1 })
			time.Sleep(5 * time.Second)
			s.mu.Lock()
			s.full = false
			s.mu.Unlock()
		}()
		w.runWith(s, 10*time.Second)
		w.restart()
		w.host = fakehost.New()
		w.start()
		time.Sleep(time.Second)
		w.wantStop()
		w.wantRecords("b", "c")
	})
}

// While nothing can be committed, it is tried again every second, nothing new
// is begun, and it is said once.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := &slowState{Connector: w.state, full: true}
		w.bucket.put("a", "1")
		go func() {
			time.Sleep(1500 * time.Millisecond)
			w.bucket.put("b", "2")
		}()
		w.runWith(s, 10500*time.Millisecond)
		w.wantRecords("1")
		w.wantLog("commit state; collection waits until it can be written", "no space left on device")
		if n := len(s.begin); n < 10 || n > 13 {
			t.Errorf("%d commits were tried in 10 s, want about one a second", n)
		}
		s.full = false
		w.runWith(s, time.Second)
		w.wantRecords("1", "2")
	})
}
