package abihost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// ErrEnded is returned by a wait for something that can no longer happen,
// because the host process has ended.
var ErrEnded = errors.New("the host has ended")

// Exit tells how the host process ended.
type Exit struct {
	Code   int            // exit code, -1 when a signal ended it
	Signal syscall.Signal // 0 when it exited
}

// Run is one run of the host process. Its methods are safe for concurrent
// use.
type Run struct {
	opts     Options
	dir      string // of the rendered configuration; removed at the end
	confFile string
	cmd      *exec.Cmd
	control  *os.File
	outputs  []*output
	done     chan struct{} // closed when the process and its pipes have ended

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change below
	events  []Event
	records []Record
	count   int // records, also those given to OnRecord
	log     []byte
	stdout  []byte
	problem []error // of the Go side: unreadable frames, output files
	seq     uint64
	exit    Exit
}

// Start runs the host with o. The process is killed when ctx ends or, for a
// Host of Build, the test does. A configuration that the host refuses gives
// ErrConfig or ErrHostCrash; an instance that fails to start shows in Wait.
func (h *Host) Start(ctx context.Context, o Options) (*Run, error) {
	dir, err := os.MkdirTemp("", "abihost-*")
	if err != nil {
		return nil, fmt.Errorf("create run directory: %w", err)
	}
	r := &Run{
		opts:     o,
		dir:      dir,
		confFile: filepath.Join(dir, "abihost.conf"),
		done:     make(chan struct{}),
		changed:  make(chan struct{}),
	}
	err = r.configure(true)
	if err == nil {
		err = r.start(ctx, h.path)
	}
	if err != nil {
		return nil, errors.Join(err, closeOutputs(r.outputs), os.RemoveAll(dir))
	}
	if h.cleanup != nil {
		h.cleanup(func() {
			r.Kill()
			<-r.done
		})
	}
	return r, nil
}

// configure renders the configuration for the C program.
func (r *Run) configure(first bool) error {
	c, err := loadConfig(r.opts.ConfigFile, r.opts.lookup)
	if err != nil {
		return err
	}
	text, err := render(c, r.opts, first)
	if err != nil {
		return err
	}
	outs, err := newOutputs(c, r.opts)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.confFile, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write host configuration: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.outputs
	r.outputs = outs
	return closeOutputs(old)
}

func (r *Run) start(ctx context.Context, bin string) error {
	var pipes [4]struct{ r, w *os.File } // control, events, records, stderr
	for i := range pipes {
		pr, pw, err := os.Pipe()
		if err != nil {
			for _, p := range pipes[:i] {
				_, _ = p.r.Close(), p.w.Close()
			}
			return fmt.Errorf("create pipe: %w", err)
		}
		pipes[i].r, pipes[i].w = pr, pw
	}
	cmd := exec.CommandContext(ctx, bin, r.confFile)
	cmd.Env = r.opts.environ()
	cmd.Dir = r.opts.Dir
	cmd.Stderr = pipes[3].w
	cmd.ExtraFiles = []*os.File{pipes[0].r, pipes[1].w, pipes[2].w}
	err := cmd.Start()
	_ = pipes[0].r.Close() // the child has its own copies
	for _, p := range pipes[1:] {
		_ = p.w.Close()
	}
	if err != nil {
		_ = pipes[0].w.Close()
		for _, p := range pipes[1:] {
			_ = p.r.Close()
		}
		return fmt.Errorf("start %s: %w", bin, err)
	}
	r.cmd, r.control = cmd, pipes[0].w

	var readers sync.WaitGroup
	readers.Go(func() { r.readEvents(pipes[1].r) })
	readers.Go(func() { r.readRecords(pipes[2].r) })
	readers.Go(func() { r.readLog(pipes[3].r) })
	go func() {
		readers.Wait()
		r.finish(cmd.Wait())
	}()
	return nil
}

func (r *Run) finish(err error) {
	var exit Exit
	state := r.cmd.ProcessState
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		exit = Exit{Code: -1, Signal: ws.Signal()}
	} else {
		exit = Exit{Code: state.ExitCode()}
	}
	_ = r.control.Close()
	r.update(func() {
		r.exit = exit
		var ee *exec.ExitError
		if err != nil && !errors.As(err, &ee) {
			r.problem = append(r.problem, fmt.Errorf("wait for host: %w", err))
		}
		if err := errors.Join(closeOutputs(r.outputs), os.RemoveAll(r.dir)); err != nil {
			r.problem = append(r.problem, err)
		}
	})
	close(r.done)
}

// update changes the state under the lock and wakes the waiters.
func (r *Run) update(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// wait blocks until ok, called with the lock held, returns true.
func (r *Run) wait(ctx context.Context, what string, ok func() bool) error {
	for {
		r.mu.Lock()
		good, changed := ok(), r.changed
		r.mu.Unlock()
		if good {
			return nil
		}
		select {
		case <-changed:
		case <-r.done:
			r.mu.Lock()
			good = ok()
			r.mu.Unlock()
			if good {
				return nil
			}
			return fmt.Errorf("wait for %s: %w", what, ErrEnded)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// Signal sends a signal. Before SIGHUP the configuration file is read
// again, as the host does at a reload.
func (r *Run) Signal(sig syscall.Signal) error {
	if sig == syscall.SIGHUP {
		if err := r.configure(false); err != nil {
			return fmt.Errorf("reload configuration: %w", err)
		}
	}
	select {
	case <-r.done:
		return fmt.Errorf("send %v: %w", sig, ErrEnded)
	default:
	}
	if err := r.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("send %v: %w", sig, err)
	}
	return nil
}

// ErrReload is returned by Reload when the host keeps its old generation.
var ErrReload = errors.New("the host refused to reload")

// Reload sends SIGHUP and waits until the new generation runs. An instance
// that fails to start ends the host: ErrEnded.
func (r *Run) Reload(ctx context.Context) error {
	done := r.countEvents("reload-done")
	refused := r.countEvents("reload-refused") + r.countEvents("reload-halted")
	if err := r.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	var bad bool
	err := r.wait(ctx, "reload", func() bool {
		bad = r.countEventsLocked("reload-refused")+r.countEventsLocked("reload-halted") > refused
		return bad || r.countEventsLocked("reload-done") > done
	})
	if err == nil && bad {
		err = ErrReload
	}
	return err
}

// Kill ends the process with SIGKILL, without a wait.
func (r *Run) Kill() {
	select {
	case <-r.done:
	default:
		_ = r.cmd.Process.Kill() // only fails when it has ended already
	}
}

// Wait blocks until the process has ended and all it wrote is read.
func (r *Run) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		return Exit{}, fmt.Errorf("wait for host: %w", ctx.Err())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exit, errors.Join(r.problem...)
}

// Stop sends SIGTERM and waits for the end.
func (r *Run) Stop(ctx context.Context) (Exit, error) {
	if err := r.Signal(syscall.SIGTERM); err != nil {
		return Exit{}, err
	}
	return r.Wait(ctx)
}

// WaitStarted blocks until all instances are initialised and collect.
func (r *Run) WaitStarted(ctx context.Context) error {
	return r.WaitEvent(ctx, "started", nil)
}

// Pid is the process id of the host.
func (r *Run) Pid() int { return r.cmd.Process.Pid }
