package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// A turn is a short time in which one of several processes works, on some
// cores, while the others are stopped: what else the machine does changes from
// one second to the next, and less between turns that follow each other.
type turn struct {
	Cores       cores
	Settle, For time.Duration // after it was woken; that is measured
}

// A process that was stopped needs some time until its caches are warm again.
const (
	settle   = 60 * time.Millisecond
	turnTime = 150 * time.Millisecond
)

// slice is what a process did in a turn.
type slice struct {
	Done      int64 // bytes
	Took, CPU time.Duration
}

// rate is how much was done, in bytes a second.
func (s slice) rate() float64 { return float64(s.Done) / s.Took.Seconds() }

// cost is the CPU time of a byte, in seconds.
func (s slice) cost() float64 { return s.CPU.Seconds() / float64(s.Done) }

// takeTurns is the child's part: it reads turns, and tells of each, until
// there are no more.
func takeTurns(in *json.Decoder, out *json.Encoder, done *atomic.Int64) error {
	for {
		var t turn
		if err := in.Decode(&t); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read turn: %w", err)
		}
		s, err := t.take(done)
		if err != nil {
			return err
		}
		if err := out.Encode(s); err != nil {
			return fmt.Errorf("tell of turn: %w", err)
		}
	}
}

// take measures what this process does in a turn.
func (t turn) take(done *atomic.Int64) (s slice, err error) {
	if err := t.Cores.pin(); err != nil {
		return s, err
	}
	runtime.GOMAXPROCS(len(t.Cores))
	time.Sleep(t.Settle)
	cpu, err := cpuOf(syscall.RUSAGE_SELF)
	if err != nil {
		return s, err
	}
	bytes, began := done.Load(), time.Now()
	time.Sleep(t.For)
	s.Done, s.Took = done.Load()-bytes, time.Since(began)
	s.CPU, err = cpuOf(syscall.RUSAGE_SELF)
	s.CPU -= cpu
	return s, err
}

// taker is a child process that works in turns.
type taker struct {
	cmd  *exec.Cmd
	jobs io.Closer
	give *json.Encoder
	tell *json.Decoder
}

// newTaker starts a child, which is stopped until its first turn.
func newTaker(ctx context.Context, what string, j job) (*taker, error) {
	cmd, err := childCommand(ctx, what)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", what, err)
	}
	t := &taker{cmd, in, json.NewEncoder(in), json.NewDecoder(out)}
	j.Turns = true
	if err := errors.Join(t.give.Encode(j), cmd.Process.Signal(syscall.SIGSTOP)); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", what, err), t.end())
	}
	return t, nil
}

// turn gives it a turn of d on cores, to which this process, too, is bound.
func (t *taker) turn(c cores, d time.Duration) (s slice, err error) {
	if err := c.pin(); err != nil {
		return s, err
	}
	if err := t.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		return s, fmt.Errorf("wake child: %w", err)
	}
	if err := t.give.Encode(turn{Cores: c, Settle: settle, For: d}); err != nil {
		return s, fmt.Errorf("give turn: %w", err)
	}
	if err := t.tell.Decode(&s); err != nil {
		return s, fmt.Errorf("read what was done in a turn: %w", err)
	}
	if s.Done == 0 {
		return s, errors.New("nothing was done in a turn")
	}
	return s, t.cmd.Process.Signal(syscall.SIGSTOP)
}

// end ends the child.
func (t *taker) end() error {
	closing, waking := t.jobs.Close(), t.cmd.Process.Signal(syscall.SIGCONT)
	if errors.Is(waking, os.ErrProcessDone) {
		waking = nil
	}
	if err := errors.Join(closing, waking, t.cmd.Wait()); err != nil {
		return fmt.Errorf("end child: %w", err)
	}
	return nil
}
