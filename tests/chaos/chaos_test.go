package chaos

import (
	"context"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/harness"
)

// world is all that a chaos run consists of.
type world struct {
	t     *testing.T
	books *account
	cloud *cloud
	host  *host
	seed  uint64

	writers []*writer // one a bucket

	stop    chan struct{} // closed to end the troubles
	working sync.WaitGroup
}

func newWorld(t *testing.T, kind harness.Kind, seed uint64, buckets ...string) *world {
	t.Helper()
	books := newAccount()
	w := &world{t: t, books: books, cloud: newCloud(t, books), seed: seed, stop: make(chan struct{})}
	s := setup{dir: t.TempDir(), cloud: w.cloud, buckets: buckets, memLimit: "4M"}
	for i, b := range buckets {
		w.cloud.aws.AddBucket(b, harness.Region, harness.Account)
		w.writers = append(w.writers, newWriter(w.cloud, books, b, seed+uint64(i)))
	}
	if kind == harness.FluentBit {
		s.sink = newSink(t, books)
	}
	w.host = newHost(t, kind, s, books)
	return w
}

// trouble runs something until quiet; its error fails the test.
func (w *world) trouble(f func(ctx context.Context, stop <-chan struct{}) error) {
	w.working.Go(func() {
		if err := f(w.host.ctx, w.stop); err != nil {
			w.t.Error(err)
		}
	})
}

// objects has objects arrive in every bucket, pace of them a second.
func (w *world) objects(pace float64) {
	for _, writer := range w.writers {
		w.trouble(func(ctx context.Context, stop <-chan struct{}) error { return writer.run(ctx, stop, pace) })
	}
}

// quiet ends the troubles.
func (w *world) quiet() {
	close(w.stop)
	w.working.Wait()
}

// account lets everything come and closes the books.
func (w *world) account() verdict {
	w.t.Helper()
	if err := w.host.settle(); err != nil {
		w.t.Error(err)
	}
	return w.close()
}

// close closes the books and tells the result.
func (w *world) close() verdict {
	w.t.Helper()
	v := w.books.verdict(w.t)
	w.host.check(v)
	w.t.Log(v)
	return v
}

// least is how the host ends at the least, in an order that the seed chooses.
var least = []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP}

// TestChaos draws faults of every kind: as long as it takes to end the host
// in each way, or for -chaos.duration.
func TestChaos(t *testing.T) {
	for _, kind := range []harness.Kind{harness.ABIHost, harness.FluentBit} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, kind, seed(t), "alpha", "beta")
			h := w.host
			w.logs(2, "gamma")
			if err := h.up(); err != nil {
				t.Fatal(err)
			}
			w.objects(6)
			w.trouble(func(ctx context.Context, stop <-chan struct{}) error { return w.cloud.storms(ctx, stop, w.seed) })
			if kind == harness.FluentBit {
				w.trouble(func(ctx context.Context, stop <-chan struct{}) error {
					return jams(ctx, stop, h.setup.sink.stall, w.seed)
				})
			}
			rnd := rand.New(rand.NewPCG(w.seed, 'h'))
			order := rnd.Perm(len(least))
			for i, end := 0, time.Now().Add(*duration); !t.Failed() && (i < len(least) || time.Now().Before(end)); i++ {
				n := rnd.IntN(len(least))
				if i < len(least) {
					n = order[i]
				}
				if err := w.mischief(rnd, least[n]); err != nil {
					t.Error(err)
				}
			}
			w.quiet()
			w.account()
		})
	}
}

// mischief does one thing to the host.
func (w *world) mischief(rnd *rand.Rand, sig syscall.Signal) error {
	after := uptime(rnd) / 2
	run, abi := w.host.process.(abiFaults)
	if abi {
		if err := inject(w.host.ctx, run, rnd); err != nil {
			return err
		}
	}
	if abi && sig == syscall.SIGHUP { // a host waits for its outputs before it reloads, for ever
		if err := run.Stall(w.host.ctx, false); err != nil {
			return err
		}
	}
	return w.host.strike(sig, after)
}

// abiFaults are the faults that only the ABI host can make.
type abiFaults interface {
	Stall(ctx context.Context, on bool) error
	DiskFull(ctx context.Context, on bool) error
	Refuse(ctx context.Context, n int) error
	Pause(ctx context.Context, n int) error
	Resume(ctx context.Context, n int) error
	WaitStarted(ctx context.Context) error
}

func inject(ctx context.Context, run abiFaults, rnd *rand.Rand) error {
	if err := run.WaitStarted(ctx); err != nil {
		return err
	}
	on := rnd.IntN(2) == 0
	switch rnd.IntN(5) {
	case 0:
		return run.Stall(ctx, on)
	case 1:
		return run.DiskFull(ctx, on)
	case 2:
		return run.Refuse(ctx, rnd.IntN(20))
	case 3:
		return run.Pause(ctx, rnd.IntN(2))
	}
	return run.Resume(ctx, rnd.IntN(2))
}
