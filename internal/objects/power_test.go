package objects_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakehost"
)

// machine is what a connector's process runs on: the host's storage and the
// state's files, of which a kill leaves everything that was written, and a power
// cut what had been waited for, and of the rest any part.
type machine struct {
	t      *testing.T
	rnd    *rand.Rand
	bucket *bucket
	queue  *inbox // nil: objects are listed

	boot   int
	files  map[string][]byte // of the state, at the end of the last life, by suffix
	stored []string          // batches in the host's storage
	synced int               // of them are on the disk, whatever happens

	lives int
}

// life is a process.
type life struct {
	*machine
	path      string
	committed []byte // the state file as the disk has it
	host      *fakehost.Host
	db        *state.DB
	state     *state.Connector
	end       context.CancelFunc
	ended     chan error
	over      atomic.Bool // what is done from now on has not happened
}

// TestPowerCuts ends the process by kills and power cuts at any moment: in the
// end the storage has every record, and no message is gone whose records it has
// not.
func TestPowerCuts(t *testing.T) {
	for name, queue := range map[string]bool{"listed": false, "queue": true} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			synctest.Test(t, func(t *testing.T) {
				m := &machine{t: t, rnd: rand.New(rand.NewPCG(seed, 0)), bucket: newBucket(nil), files: map[string][]byte{}}
				if queue {
					m.queue = &inbox{}
				}
				for range 30 {
					l := m.begin()
					for range m.rnd.IntN(4) {
						m.put(m.rnd.IntN(8))
						time.Sleep(time.Duration(m.rnd.Int64N(int64(15 * time.Second))))
					}
					l.cut(m.rnd.IntN(3) > 0)
				}
				l := m.begin()
				time.Sleep(time.Hour)
				l.cut(true) // all of it is on the disk by now
				m.judge()
			})
		})
	}
}

// put has objects arrive.
func (m *machine) put(n int) {
	for range n {
		key := fmt.Sprintf("k%05d", len(m.bucket.bodies))
		var words []string
		for i := range 1 + m.rnd.IntN(6) {
			words = append(words, fmt.Sprintf("%s-%d", key, i))
		}
		m.bucket.put(key, strings.Join(words, " "))
		if m.queue != nil {
			m.queue.send(key)
		}
	}
}

// begin starts a process on what the last one has left.
func (m *machine) begin() *life {
	m.t.Helper()
	m.lives++
	l := &life{machine: m, path: filepath.Join(m.t.TempDir(), "state.db"), host: fakehost.New(), ended: make(chan error, 1)}
	for suffix, b := range m.files {
		if err := os.WriteFile(l.path+suffix, b, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	l.committed = m.files[""]
	var err error
	l.db, err = state.Open(l.path, state.Options{
		Boot: fmt.Sprint("boot ", m.boot), Sync: l.sync, Failpoints: &state.Failpoints{Hit: l.hit},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if l.committed == nil {
		l.committed = l.read("")
	}
	if l.state, err = l.db.Connector("c", time.Hour); err != nil {
		m.t.Fatal(err)
	}
	m.bucket.mu.Lock()
	m.bucket.state = l.state
	m.bucket.mu.Unlock()
	o := objects.Options{
		Interval: time.Second, Workers: 2, Poller: m.bucket, Store: m.bucket, State: l.state, Queue: l.host,
		NewDecoder: func() objects.Decoder { return lines{} }, Log: slog.New(slog.DiscardHandler),
	}
	if m.queue != nil {
		o.Inbox, o.Claim, o.Poller = m.queue, claim, nil
	}
	ctx, end := context.WithCancel(context.Background())
	l.end = end
	l.host.Stalled = true
	go l.store(ctx)
	go func() { l.ended <- objects.New(o).Run(ctx) }()
	return l
}

// store is the host: it stores a batch now and then.
func (l *life) store(ctx context.Context) {
	for {
		l.host.Change(func() { l.host.Stored = min(l.host.Stored+1, uint64(len(l.host.Batches))) })
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// sync waits for the disk, which takes its time, to have what was written.
func (l *life) sync() error {
	written := len(l.inStorage())
	time.Sleep(time.Duration(time.Now().UnixNano()%7) * 300 * time.Millisecond)
	if !l.over.Load() {
		l.synced = max(l.synced, written)
	}
	return nil
}

// hit follows the state file.
func (l *life) hit(at state.Failpoint) error {
	switch at {
	case state.BeforeSync:
		time.Sleep(100 * time.Millisecond)
	case state.AfterCommit:
		if !l.over.Load() {
			l.committed = l.read("")
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

func (l *life) read(suffix string) []byte {
	b, err := os.ReadFile(l.path + suffix)
	if err != nil {
		l.t.Error(err)
	}
	return b
}

// inStorage is what the host has stored, in this life and before.
func (l *life) inStorage() (all []string) {
	l.host.Change(func() { all = slices.Concat(l.stored, l.host.Batches[:l.host.Stored]) })
	return all
}

// cut ends the process now, and the machine too where power is true.
func (l *life) cut(power bool) {
	l.t.Helper()
	synctest.Wait() // nothing is halfway, so that what is taken here is of one moment
	l.over.Store(true)
	select {
	case err := <-l.ended:
		l.t.Fatalf("it has ended by itself: %v", err)
	default:
	}
	if l.queue != nil {
		l.queue = l.queue.clone()
	}
	files := map[string][]byte{}
	for _, suffix := range []string{"", ".journal-a", ".journal-b"} {
		files[suffix] = l.read(suffix)
	}
	stored := l.inStorage()
	if power {
		l.boot++
		files[""] = l.committed
		stored = stored[:l.synced+l.rnd.IntN(len(stored)-l.synced+1)]
		l.synced = len(stored)
	}
	l.files, l.stored = files, stored
	l.end()
	if err := <-l.ended; err != nil {
		l.t.Logf("after the end: %v", err) // it has not happened
	}
	l.state.Close()
	if err := l.db.Close(); err != nil {
		l.t.Error(err)
	}
}

// clone is the queue as it is now.
func (q *inbox) clone() *inbox {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := &inbox{}
	for _, m := range q.messages {
		one := *m
		c.messages = append(c.messages, &one)
	}
	return c
}

// judge wants every record.
func (m *machine) judge() {
	m.t.Helper()
	came := map[string]int{}
	for _, word := range strings.Fields(strings.Join(m.stored, "")) {
		came[word]++
	}
	want := 0
	for _, key := range slices.Sorted(maps.Keys(m.bucket.bodies)) {
		for _, word := range strings.Fields(m.bucket.bodies[key]) {
			want++
			if came[word] == 0 {
				m.t.Errorf("lost: %s", word)
			}
		}
	}
	m.t.Logf("%d records, %d copies, %d lives, %d power cuts", want, len(strings.Fields(strings.Join(m.stored, "")))-len(came), m.lives, m.boot)
}
