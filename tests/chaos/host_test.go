package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

// process is one process of a host.
type process interface {
	Signal(syscall.Signal) error
	Kill()
	Wait(context.Context) (abihost.Exit, error)
	Log() string
	Pid() int
	Reload(context.Context) error
}

// starter starts a process whose first generation is the one given.
type starter func(ctx context.Context, generation int) (process, error)

// starterOf is the way to start a host of a kind. The test is skipped without.
func starterOf(t *testing.T, kind harness.Kind, s setup, books *account) starter {
	t.Helper()
	if kind == harness.ABIHost {
		h := abihost.Build(t)
		return func(ctx context.Context, generation int) (process, error) {
			return h.Start(ctx, abihost.Options{
				ConfigFile: s.path(), Dir: s.dir,
				OnRecord: func(r abihost.Record) { books.deliverABI(r, generation) },
			})
		}
	}
	bin, ok := abihost.RealFluentBit()
	if !ok {
		t.Skip(harness.ErrNoFluentBit)
	}
	return func(ctx context.Context, generation int) (process, error) {
		return startReal(ctx, bin, s, generation)
	}
}

// deliverABI enters a record that the ABI host has delivered.
func (a *account) deliverABI(r abihost.Record, generation int) {
	text := func(key string) string { s, _ := r.Body[key].(string); return s }
	appended, err := strconv.Atoi(text("tenantid"))
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fault("a record without a generation: %v", r.Body)
		return
	}
	a.deliver(text("eventID")+text("message"), text("stellar_uuid"), hop{appended, generation})
}

// real is a process of Fluent Bit.
type real struct {
	cmd   *exec.Cmd
	log   string // a file
	ready int    // lines "collecting" that one generation logs
	done  chan struct{}
	loads int // generations that it has been told to run
}

func startReal(ctx context.Context, bin string, s setup, generation int) (process, error) {
	r := &real{
		log:   filepath.Join(s.dir, fmt.Sprintf("log-%d", generation)),
		ready: len(s.buckets) + len(s.groups), done: make(chan struct{}), loads: 1,
	}
	log, err := os.Create(r.log)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	defer log.Close()
	r.cmd = exec.CommandContext(ctx, bin, "-c", s.path())
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = s.dir, log, log
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	go func() {
		_ = r.cmd.Wait() // its state is read by Wait
		close(r.done)
	}()
	return r, nil
}

func (r *real) Pid() int { return r.cmd.Process.Pid }

func (r *real) Kill() { _ = r.cmd.Process.Kill() } // only fails when it has ended

func (r *real) Signal(s syscall.Signal) error { return r.cmd.Process.Signal(s) }

func (r *real) Log() string {
	text, err := os.ReadFile(r.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (r *real) Wait(ctx context.Context) (abihost.Exit, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		return abihost.Exit{}, fmt.Errorf("wait for host: %w", ctx.Err())
	}
	exit := abihost.Exit{Code: r.cmd.ProcessState.ExitCode()}
	if status, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		exit.Signal = status.Signal()
	}
	return exit, nil
}

// Reload sends SIGHUP and waits until the new generation collects.
func (r *real) Reload(ctx context.Context) error {
	if err := r.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	r.loads++
	return r.collecting(ctx)
}

var errEnded = errors.New("the host has ended")

// collecting waits until the youngest generation collects: before, a signal
// meets a host that is not prepared for it.
func (r *real) collecting(ctx context.Context) error {
	return poll(ctx, func() error {
		select {
		case <-r.done:
			return errEnded
		default:
		}
		if strings.Count(r.Log(), " collecting ") < r.ready*r.loads {
			return errNotYet
		}
		return nil
	})
}
