package objects

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// asker is an origin that notes what it is told, and whether the state knew it
// by then.
type asker struct {
	state *state.Connector
	print state.Fingerprint

	mu   sync.Mutex
	told []string
}

func (a *asker) note(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, s)
}

func (a *asker) Delivered() { a.note(fmt.Sprint("delivered ", a.state.Delivered(a.print))) }

func (a *asker) Failed(reason string) {
	a.note(fmt.Sprint("failed ", len(a.state.Quarantined()), " ", reason))
}

func (a *asker) want(t *testing.T, want ...string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if strings.Join(a.told, ", ") != strings.Join(want, ", ") {
		t.Errorf("told %q, want %q", a.told, want)
	}
}

// oneByOne is a queue whose host stores batches when it is told to.
type oneByOne struct {
	mu     sync.Mutex
	last   uint64
	stored chan uint64
}

func (q *oneByOne) Append(context.Context, []byte) (uint64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	return q.last, nil
}

func (q *oneByOne) Delivered(ctx context.Context, _ uint64) (uint64, error) {
	select {
	case seq := <-q.stored:
		return seq, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// names is a store whose objects hold their own names, and a decoder that
// cannot read those that are called damaged.
type names struct{}

func (names) Open(_ context.Context, o source.Object, _ int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(o.Key)), nil
}

func (names) Decode(ctx context.Context, r io.Reader, _ decode.Object, out decode.Output) (s decode.Stats, err error) {
	name, err := io.ReadAll(r)
	if err != nil {
		return s, err
	}
	if string(name) == "damaged" {
		return s, &decode.StreamError{Err: io.ErrUnexpectedEOF}
	}
	_, err = out.Flush(ctx, name, 1)
	return s, err
}

func (names) Poll(context.Context, time.Time, func(source.Object) error) (source.Stats, error) {
	return source.Stats{}, nil
}

// fullDisk is a state that cannot be written while it is full.
type fullDisk struct {
	*state.Connector
	full atomic.Bool
}

func (f *fullDisk) Commit(u state.Update) error {
	if f.full.Load() {
		return fmt.Errorf("no space left on device")
	}
	return f.Connector.Commit(u)
}

// TestOrigins are told once, and not before what became of their object is
// committed.
func TestOrigins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := state.Open("", state.Options{})
		if err != nil {
			t.Fatal(err)
		}
		remembered, err := db.Connector("c", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		disk := &fullDisk{Connector: remembered}
		queue := &oneByOne{stored: make(chan uint64)}
		c := New(Options{
			Interval: time.Minute, Workers: 1, Poller: names{}, Store: names{}, State: disk, Queue: queue,
			NewDecoder: func() Decoder { return names{} }, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		find := func(key string) *asker {
			t.Helper()
			a := &asker{state: remembered, print: state.FingerprintOf(key, "")}
			if err := c.found(ctx, source.Object{Bucket: "b", Key: key, Family: "f", Time: time.Now()}, a); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			return a
		}

		first := find("a")
		first.want(t) // not stored yet
		again := find("a")
		disk.full.Store(true)
		queue.stored <- 1
		time.Sleep(time.Second)
		first.want(t) // not committed yet
		disk.full.Store(false)
		time.Sleep(5 * time.Second)
		first.want(t, "delivered true")
		again.want(t, "delivered true")
		find("a").want(t, "delivered true") // delivered before
		find("damaged").want(t, "failed 1 read from record 1 at byte 0 on: unexpected EOF")

		never := find("b")
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		never.want(t)
		first.want(t, "delivered true") // once
	})
}
