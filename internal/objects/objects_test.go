package objects_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakehost"
)

// bucket is a poller and a store over objects whose bodies are lines.
type bucket struct {
	state *state.Connector

	mu     sync.Mutex
	bodies map[string]string
	fail   map[string][]error // outcomes of the next openings
	opened map[string]int
	polls  int

	modified map[string]time.Time
	pollErr  error
}

func newBucket(c *state.Connector) *bucket {
	return &bucket{state: c, bodies: map[string]string{}, fail: map[string][]error{}, opened: map[string]int{}}
}

func (b *bucket) put(key, body string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies[key] = body
}

func (b *bucket) Poll(_ context.Context, _ time.Time, found func(source.Object) error) (source.Stats, error) {
	b.mu.Lock()
	b.polls++
	var keys []string
	for key := range b.bodies {
		keys = append(keys, key)
	}
	err := b.pollErr
	b.mu.Unlock()
	slices.Sort(keys)
	for i, key := range keys {
		if b.state.Known(key, "etag") {
			continue
		}
		o := source.Object{Bucket: "b", Key: key, ETag: "etag", Family: "f", Time: time.Unix(int64(1000+i), 0), LastModified: b.modified[key]}
		if err := found(o); err != nil {
			return source.Stats{}, err
		}
	}
	return source.Stats{}, err
}

func (b *bucket) Open(_ context.Context, o source.Object, _ int64) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened[o.Key]++
	if errs := b.fail[o.Key]; len(errs) > 0 {
		b.fail[o.Key] = errs[1:]
		if errs[0] != nil {
			return nil, errs[0]
		}
	}
	return io.NopCloser(strings.NewReader(b.bodies[o.Key])), nil
}

// lines is a decoder that makes one batch of every line: `bad` is a bad
// record, `damage` ends the object, `panic` panics.
type lines struct{}

var errDamage = errors.New("flate: corrupt input")

func (lines) Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (s decode.Stats, err error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return s, err
	}
	for i, line := range strings.Fields(string(text)) {
		ordinal := uint64(i)
		switch {
		case line == "damage":
			return s, &decode.StreamError{Ordinal: ordinal, Err: errDamage}
		case line == "panic":
			panic("nil map")
		case ordinal < o.From:
		case line == "bad":
			s.Bad++
			out.Bad(&decode.RecordError{Ordinal: ordinal, Err: errors.New("invalid JSON")})
		default:
			s.Records++
			if _, err := out.Flush(ctx, []byte(line+" "), ordinal+1); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// world is a connector with everything about it.
type world struct {
	t       *testing.T
	db      *state.DB
	state   *state.Connector
	bucket  *bucket
	host    *fakehost.Host
	journal *fakehost.Journal
	stop    func() error
}

func newWorld(t *testing.T) *world {
	db, err := state.Open("", state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, host: fakehost.New(), journal: &fakehost.Journal{}}
	w.restart()
	w.bucket = newBucket(w.state)
	return w
}

// restart takes the connector's state anew, as a new process would.
func (w *world) restart() {
	w.t.Helper()
	if w.state != nil {
		w.state.Close()
	}
	var err error
	if w.state, err = w.db.Connector("c", time.Hour); err != nil {
		w.t.Fatal(err)
	}
	if w.bucket != nil {
		w.bucket.state = w.state
	}
}

// start runs the connector; stop ends it and waits.
func (w *world) start(more ...func(*objects.Options)) {
	o := objects.Options{
		Interval: time.Minute, Workers: 2,
		Poller: w.bucket, Store: w.bucket, State: w.state, Queue: w.host,
		NewDecoder: func() objects.Decoder { return lines{} },
		Log:        slog.New(slog.NewTextHandler(w.journal, nil)),
	}
	for _, change := range more {
		change(&o)
	}
	c := objects.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.stop = func() error {
		cancel()
		return <-ended
	}
}

// wantStop ends the connector, which must have had no cause to stop.
func (w *world) wantStop() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Errorf("Run: %v", err)
	}
}

func (w *world) wantRecords(want ...string) {
	w.t.Helper()
	got := strings.Fields(w.host.Text())
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("records %v, want %v", got, want)
	}
}

func (w *world) wantLog(parts ...string) {
	w.t.Helper()
	for _, part := range parts {
		if !strings.Contains(w.journal.String(), part) {
			w.t.Errorf("no %q in the log:\n%s", part, w.journal)
		}
	}
}

func TestCollectsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 20 {
			w.bucket.put(fmt.Sprintf("k%02d", i), fmt.Sprintf("r%02da r%02db", i, i))
		}
		w.start()
		time.Sleep(time.Second)
		w.bucket.put("late", "l1")
		time.Sleep(2 * time.Minute)
		w.wantStop()
		want := []string{"l1"}
		for i := range 20 {
			want = append(want, fmt.Sprintf("r%02da", i), fmt.Sprintf("r%02db", i))
		}
		w.wantRecords(want...)

		w.restart()
		w.start()
		time.Sleep(2 * time.Minute)
		w.wantStop()
		w.wantRecords(want...) // none twice
	})
}

func TestResumesInsideAnObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k", "a b c d e f")
		w.host.Limit, w.host.Stalled = 3, true
		w.start()
		time.Sleep(time.Second)
		w.host.Change(func() { w.host.Stored = 2 }) // a and b of three that wait
		time.Sleep(2 * time.Second)
		w.wantStop()

		w.restart()
		w.host = fakehost.New() // what was not stored is lost with the old host
		w.start()
		time.Sleep(time.Second)
		w.wantStop()
		w.wantRecords("c", "d", "e", "f")
	})
}

// cutOnce is a decoder whose first object is cut off after two records.
type cutOnce struct {
	lines
	cut *atomic.Bool
}

func (c cutOnce) Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (decode.Stats, error) {
	if c.cut.CompareAndSwap(false, true) {
		stats, err := c.lines.Decode(ctx, strings.NewReader("a b"), o, out)
		return stats, errors.Join(err, io.ErrUnexpectedEOF)
	}
	return c.lines.Decode(ctx, r, o, out)
}

// TestRetryGoesOn after what waits for the host, which is not handed over twice.
func TestRetryGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k", "a b c d")
		w.host.Stalled = true
		var cut atomic.Bool
		w.start(func(o *objects.Options) { o.NewDecoder = func() objects.Decoder { return cutOnce{cut: &cut} } })
		time.Sleep(time.Minute)
		w.host.Change(func() { w.host.Stored, w.host.Stalled = uint64(len(w.host.Batches)), false })
		time.Sleep(time.Minute)
		w.wantStop()
		w.wantRecords("a", "b", "c", "d")
	})
}

func TestCommitsOnlyWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k1", "a")
		w.bucket.put("k2", "b")
		w.host.Stalled = true
		w.start()
		time.Sleep(10 * time.Second)
		w.wantStop()
		if n := w.state.Remembered(); n != 0 {
			t.Errorf("%d objects are remembered as delivered, the host has stored none", n)
		}
		w.restart()
		w.host = fakehost.New()
		w.start()
		time.Sleep(time.Second)
		w.wantStop()
		w.wantRecords("a", "b")
	})
}

func TestRetriesAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		reset := errors.New("connection reset")
		w.bucket.put("k1", "a")
		w.bucket.put("k2", "b")
		w.bucket.fail["k1"] = []error{reset, reset, reset}
		w.start()
		time.Sleep(500 * time.Millisecond)
		w.wantRecords("b")
		time.Sleep(8 * time.Second) // 1 + 2 + 4
		w.wantStop()
		w.wantRecords("a", "b")
		w.wantLog("s3://b/k1: connection reset")
		if n := strings.Count(w.journal.String(), "level=ERROR"); n != 1 {
			t.Errorf("the cause is logged %d times, want once", n)
		}
		w.wantLog("works again: collect object")
	})
}

func TestBadRecordAndDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k1", "a bad c")
		w.bucket.put("k2", "d e damage")
		w.bucket.put("k3", "f")
		w.bucket.put("k4", "panic")
		w.start()
		time.Sleep(5 * time.Second)
		w.wantStop()
		w.wantRecords("a", "c", "d", "e", "f")
		w.wantLog("key=k1", "read record 2", "key=k2", "read from record 3", "key=k4", "panic: nil map")

		if q := w.state.Quarantined(); len(q) != 2 {
			t.Errorf("in quarantine: %v, want k2 and k4", q)
		}
		// After a restart they are tried again; k2 was mended in place, and
		// only what is new of it arrives.
		w.bucket.put("k2", "d e g")
		w.restart()
		w.start()
		time.Sleep(5 * time.Second)
		w.wantStop()
		w.wantRecords("a", "c", "d", "e", "f", "g")
		if q := w.state.Quarantined(); len(q) != 1 || q[0].Key != "k4" || q[0].Attempts != 2 {
			t.Errorf("in quarantine: %+v, want k4 after two attempts", q)
		}
	})
}

func TestQuarantineIsTriedOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k", "damage")
		w.start()
		time.Sleep(23 * time.Hour)
		if n := w.bucket.openings("k"); n != 1 {
			t.Errorf("opened %d times within a day, want once", n)
		}
		w.bucket.put("k", "a")
		time.Sleep(2 * time.Hour)
		w.wantStop()
		w.wantRecords("a")
		if q := w.state.Quarantined(); len(q) != 0 {
			t.Errorf("in quarantine: %v", q)
		}
	})
}

func TestUnreadableForADayIsQuarantined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.put("k", "a")
		for range 1000 {
			w.bucket.fail["k"] = append(w.bucket.fail["k"], errors.New("access denied"))
		}
		w.start()
		time.Sleep(25 * time.Hour)
		w.wantStop()
		if q := w.state.Quarantined(); len(q) != 1 || !strings.Contains(q[0].Reason, "access denied") {
			t.Errorf("in quarantine: %v", q)
		}
		if n := w.bucket.openings("k"); n < 100 || n > 400 {
			t.Errorf("tried %d times in a day", n)
		}
	})
}

func TestListingErrorsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bucket.setPollErr(errors.New("no such bucket"))
		w.bucket.put("k", "a")
		w.start()
		time.Sleep(5 * time.Minute)
		w.bucket.setPollErr(nil)
		time.Sleep(5 * time.Minute)
		w.wantStop()
		w.wantRecords("a")
		if n := strings.Count(w.journal.String(), "list objects: no such bucket"); n != 1 {
			t.Errorf("said %d times:\n%s", n, w.journal)
		}
		w.wantLog("works again: list objects")
	})
}

func (b *bucket) setPollErr(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pollErr = err
}

func (b *bucket) openings(key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened[key]
}
