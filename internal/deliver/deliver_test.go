package deliver_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/tests/fakehost"
)

// ledger is a book of batches that are nothing but their names.
type ledger struct {
	deliver.Outbox[string]
	refuse    error // what a commit returns
	settled   []string
	committed []string
}

func newLedger() *ledger { return &ledger{Outbox: deliver.NewOutbox[string]()} }

func (l *ledger) settle(name string) {
	l.settled = append(l.settled, name)
	l.Wake()
}

// send hands a batch over.
func (l *ledger) send(t *testing.T, host *fakehost.Host, name string) {
	t.Helper()
	seq, err := host.Append(t.Context(), []byte(name))
	if err != nil {
		t.Fatal(err)
	}
	l.Lock()
	defer l.Unlock()
	l.Post(seq, name, l.settle)
}

func (l *ledger) StoredUpTo(seq uint64) {
	l.Lock()
	defer l.Unlock()
	l.Clear(seq, l.settle)
}

func (l *ledger) Commit() error {
	l.Lock()
	defer l.Unlock()
	if l.refuse != nil {
		return l.refuse
	}
	l.committed, l.settled = append(l.committed, l.settled...), nil
	return nil
}

func (l *ledger) refuseWith(err error) {
	l.Lock()
	defer l.Unlock()
	l.refuse = err
}

func (l *ledger) want(t *testing.T, names ...string) {
	t.Helper()
	l.Lock()
	defer l.Unlock()
	if !slices.Equal(l.committed, names) {
		t.Errorf("committed %v, want %v", l.committed, names)
	}
}

// desk is a committer with everything about it.
type desk struct {
	host    *fakehost.Host
	book    *ledger
	journal *fakehost.Journal
	valve   *deliver.Valve
	commits *deliver.Committer
}

func newDesk() *desk {
	d := &desk{host: fakehost.New(), book: newLedger(), journal: &fakehost.Journal{}, valve: deliver.NewValve()}
	status := health.NewStatus(slog.New(slog.NewTextHandler(d.journal, nil)), nil, time.Now)
	d.commits = &deliver.Committer{Queue: d.host, Book: d.book, Valve: d.valve, Causes: status.Causes}
	return d
}

// run runs parts until stop is called, which returns what Run did.
func (d *desk) run(parts ...deliver.Part) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	var running sync.WaitGroup
	running.Go(func() { err = deliver.Run(ctx, d.commits, parts...) })
	return func() error {
		cancel()
		running.Wait()
		return err
	}
}

func TestCommitsWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.host.Stalled = true
		stop := d.run()
		for _, name := range []string{"a", "b", "c"} {
			d.book.send(t, d.host, name)
		}
		time.Sleep(time.Minute)
		d.book.want(t)
		d.host.Change(func() { d.host.Stored = 2 })
		time.Sleep(time.Second)
		d.book.want(t, "a", "b")
		d.host.Change(func() { d.host.Stored = 3 })
		if err := stop(); err != nil { // at once: the last commit is Run's
			t.Errorf("Run: %v", err)
		}
		d.book.want(t, "a", "b", "c")
	})
}

// lateQueue is a host that stores something between the end and the last look.
type lateQueue struct{ *fakehost.Host }

func (q lateQueue) Delivered(ctx context.Context, after uint64) (uint64, error) {
	ended := ctx.Err() != nil
	<-ctx.Done()
	if !ended {
		return 0, ctx.Err()
	}
	return q.Host.Delivered(ctx, after)
}

func TestLastCommitLooksOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.commits.Queue = lateQueue{d.host}
		stop := d.run()
		d.book.send(t, d.host, "a")
		time.Sleep(time.Minute)
		d.book.want(t)
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		d.book.want(t, "a")
	})
}

// TestStoredBeforePosted has the host store a batch before its number is noted.
func TestStoredBeforePosted(t *testing.T) {
	l := newLedger()
	l.StoredUpTo(7)
	l.Lock()
	l.Post(7, "early", l.settle)
	l.Post(8, "late", l.settle)
	l.Unlock()
	if want := []string{"early"}; !slices.Equal(l.settled, want) || l.StoredNow() != 7 {
		t.Errorf("settled %v up to %d, want %v up to 7", l.settled, l.StoredNow(), want)
	}
	l.StoredUpTo(8)
	if want := []string{"early", "late"}; !slices.Equal(l.settled, want) {
		t.Errorf("settled %v, want %v", l.settled, want)
	}
}

// TestStateCannotBeWritten closes the valve until a commit succeeds; what was
// to be committed is not forgotten.
func TestStateCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.book.refuseWith(errors.New("no space left on device"))
		stop := d.run()
		d.book.send(t, d.host, "a")
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := d.valve.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the valve is open: %v", err)
		}
		if n := strings.Count(d.journal.String(), "no space left on device"); n != 1 {
			t.Errorf("said %d times:\n%s", n, d.journal)
		}
		d.book.refuseWith(nil)
		if err := d.valve.Wait(t.Context()); err != nil {
			t.Errorf("wait: %v", err)
		}
		d.book.want(t, "a")
		d.book.refuseWith(errors.New("read-only file system"))
		if err := stop(); err == nil || !strings.Contains(err.Error(), "commit at the end: read-only") {
			t.Errorf("Run: %v, want the last commit's error", err)
		}
	})
}

// TestOnePartCannotGoOn ends the other parts, commits and returns the cause.
func TestOnePartCannotGoOn(t *testing.T) {
	for name, test := range map[string]struct {
		part  func(context.Context) error
		want  string
		panic bool
	}{
		"error": {part: func(context.Context) error { return errors.New("queue is closed") }, want: "queue is closed"},
		"panic": {part: func(context.Context) error { panic("nil map") }, want: "work: panic: nil map", panic: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				d.book.send(t, d.host, "a")
				other := false
				err := deliver.Run(t.Context(), d.commits,
					deliver.Part{What: "wait", Run: func(ctx context.Context) error {
						<-ctx.Done()
						other = true
						return nil
					}},
					deliver.Part{What: "work", Run: test.part})
				if err == nil || !strings.HasPrefix(err.Error(), test.want) || errors.As(err, new(*routine.Panic)) != test.panic {
					t.Errorf("Run: %v, want %s", err, test.want)
				}
				if !other {
					t.Error("the other part has not ended")
				}
				d.book.want(t, "a")
			})
		})
	}
}
