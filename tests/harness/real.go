package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"in_stellar_aws/tests/abihost"
)

// real is a run of the real Fluent Bit.
type real struct {
	cmd  *exec.Cmd
	log  Journal
	done chan struct{} // closed when the process has ended
	err  error         // of waiting; read it after done
}

func startReal(ctx context.Context, config, dir string) (host, error) {
	bin, ok := abihost.RealFluentBit()
	if !ok {
		return nil, ErrNoFluentBit
	}
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, fmt.Errorf("find Fluent Bit: %w", err)
	}
	r := &real{done: make(chan struct{})}
	r.cmd = exec.CommandContext(ctx, bin, "-c", config)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = dir, &r.log, &r.log
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	go func() {
		err := r.cmd.Wait()
		if !errors.As(err, new(*exec.ExitError)) {
			r.err = err
		}
		close(r.done)
	}()
	return r, nil
}

func (r *real) Pid() int           { return r.cmd.Process.Pid }
func (r *real) Log() string        { return r.log.String() }
func (r *real) Problems() []string { return nil }

func (r *real) Signal(sig syscall.Signal) error {
	if err := r.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("send %v: %w", sig, err)
	}
	return nil
}

func (r *real) Kill() {
	_ = r.cmd.Process.Kill() // only fails when it has ended already
}

func (r *real) Wait(ctx context.Context) (abihost.Exit, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		return abihost.Exit{}, fmt.Errorf("wait for host: %w", ctx.Err())
	}
	state := r.cmd.ProcessState
	exit := abihost.Exit{Code: state.ExitCode()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		exit.Signal = status.Signal()
	}
	return exit, r.err
}

// Journal is a log that is read while it is written.
type Journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// String is the log up to now.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
