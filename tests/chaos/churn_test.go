package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

// host runs one process of a host after the other.
type host struct {
	t     *testing.T
	ctx   context.Context
	setup setup
	books *account
	start starter

	process    process
	mine       []int          // generations of the process at hand
	generation int            // the youngest
	exact      map[int]uint64 // records that a generation has appended, where the host tells
	ended      map[string]int // by what
}

func newHost(t *testing.T, kind harness.Kind, s setup, books *account) *host {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &host{t: t, ctx: ctx, setup: s, books: books, exact: map[int]uint64{}, ended: map[string]int{}}
	h.start = starterOf(t, kind, s, books)
	t.Cleanup(func() {
		if h.process != nil {
			h.process.Kill()
			_, _ = h.process.Wait(context.Background()) // it ends the test, not the test it
			if t.Failed() {
				log := h.process.Log()
				t.Logf("the last host's log:\n%s", log[max(0, len(log)-10_000):])
			}
		}
		cancel()
	})
	return h
}

// up starts a process.
func (h *host) up() error {
	h.generation++
	if err := h.setup.write(h.generation); err != nil {
		return err
	}
	p, err := h.start(h.ctx, h.generation)
	if err != nil {
		return err
	}
	h.process, h.mine = p, []int{h.generation}
	return nil
}

// end ends the process by a signal. A host that dies of SIGTERM because it had
// not begun to handle it counts as killed.
func (h *host) end(sig syscall.Signal) error {
	if sig == syscall.SIGKILL {
		h.process.Kill()
	} else if err := h.process.Signal(sig); err != nil {
		return fmt.Errorf("end host: %w", err)
	}
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	exit, err := h.process.Wait(ctx)
	if err != nil {
		return fmt.Errorf("end host by %v: %w", sig, err)
	}
	h.ended[sig.String()]++
	inOrder := exit == (abihost.Exit{})
	early := exit.Signal == syscall.SIGTERM && !strings.Contains(h.process.Log(), " collecting ")
	if sig != syscall.SIGKILL && !inOrder && !early {
		return fmt.Errorf("the host ended with %+v after %v", exit, sig)
	}
	return h.tally(inOrder)
}

// tally takes the ABI host's own count of what was appended, for each
// generation that ended in order, and its complaints.
func (h *host) tally(inOrder bool) error {
	run, ok := h.process.(*abihost.Run)
	if !ok {
		return nil
	}
	report, err := run.Report(h.ctx)
	if err != nil {
		return err
	}
	var problems []error
	for _, p := range report.Problems {
		problems = append(problems, errors.New(p))
	}
	for _, c := range report.Instances {
		if c.Generation < len(h.mine)-1 || inOrder {
			h.exact[h.mine[c.Generation]] += c.Records
		}
	}
	return errors.Join(problems...)
}

// reload has the process load a new generation.
func (h *host) reload() error {
	h.generation++
	if err := h.setup.write(h.generation); err != nil {
		return err
	}
	h.mine = append(h.mine, h.generation)
	h.ended[syscall.SIGHUP.String()]++
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	if err := h.process.Reload(ctx); err != nil {
		return fmt.Errorf("reload host: %w", err)
	}
	return nil
}

// strike ends, or reloads, the host by sig after a while, and has it run again.
func (h *host) strike(sig syscall.Signal, after time.Duration) error {
	if r, ok := h.process.(*real); ok && sig != syscall.SIGKILL {
		if err := r.collecting(h.ctx); err != nil {
			return err
		}
	}
	select {
	case <-time.After(after):
	case <-h.ctx.Done():
		return h.ctx.Err()
	}
	if sig == syscall.SIGHUP {
		return h.reload()
	}
	if err := h.end(sig); err != nil {
		return err
	}
	return h.up()
}

// uptime draws how long the host may run: often to its first records, at
// times less than it takes to start.
func uptime(rnd *rand.Rand) time.Duration {
	if rnd.IntN(8) == 0 {
		return time.Duration(rnd.IntN(300)) * time.Millisecond
	}
	return time.Duration(300+rnd.IntN(4200)) * time.Millisecond
}

// settle restarts the host, so that no retry is far off, waits until nothing
// is outstanding and ends the host.
func (h *host) settle() error {
	if err := h.end(syscall.SIGTERM); err != nil {
		return err
	}
	if err := h.up(); err != nil {
		return err
	}
	if err := h.drain(); err != nil {
		h.t.Error(err) // the account says which ones
	}
	return h.end(syscall.SIGTERM)
}

// drain waits until nothing is outstanding. It gives up when nothing has come
// for a long time.
func (h *host) drain() error {
	began := time.Now()
	return poll(h.ctx, func() error {
		missing, since := h.books.outstanding()
		if missing == 0 {
			return nil
		}
		if since.Before(began) {
			since = began
		}
		if time.Since(since) > patience {
			return fmt.Errorf("%d records are missing, and nothing has come for %v", missing, patience)
		}
		return errNotYet
	})
}

// check compares the books with the host's own counts.
func (h *host) check(v verdict) {
	h.t.Helper()
	for generation, appended := range h.exact {
		if got := v.perGeneration[generation]; uint64(got) != appended {
			h.t.Errorf("generation %d: the host has taken %d records, %d different ones came out", generation, appended, got)
		}
	}
	h.t.Logf("%d generations, ended by %v; for %d of them the host's count of appended records is compared", h.generation, h.ended, len(h.exact))
}

// patience bounds a wait in which nothing happens.
const patience = time.Minute

// errNotYet has poll ask again.
var errNotYet = errors.New("not yet")

// poll asks until the answer is not errNotYet. The host tells nobody of its
// changes.
func poll(ctx context.Context, ask func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := ask(); !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wait lets a time pass; more is false when stop is closed before.
func wait(ctx context.Context, stop <-chan struct{}, d time.Duration) (more bool, err error) {
	select {
	case <-stop:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(d):
		return true, nil
	}
}
