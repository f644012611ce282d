package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what a process took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes of resident memory
}

// childCommand is this program as a child process.
func childCommand(ctx context.Context, what string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-child", what)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "GOGC=50") // as plugin/register.go sets it
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}

// child runs this program as a child process and measures it as a whole.
func child(ctx context.Context, what string, j job) (u usage, t told, err error) {
	cmd, err := childCommand(ctx, what)
	if err != nil {
		return u, t, err
	}
	in, err := json.Marshal(j)
	if err != nil {
		return u, t, err
	}
	var printed bytes.Buffer
	cmd.Stdin, cmd.Stdout = bytes.NewReader(in), &printed
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return u, t, fmt.Errorf("run %s: %w", what, err)
	}
	u.wall, u.cpu = time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	if err := json.Unmarshal(printed.Bytes(), &t); err != nil {
		return u, t, fmt.Errorf("read what %s told: %w", what, err)
	}
	u.peak = t.Peak
	return u, t, nil
}

// A process that has nothing left to do has ended, or has used less than
// idleShare of a core for idleFor. Then it is killed.
const (
	idleFor   = 2 * time.Second
	idleShare = 0.05
	sampling  = 50 * time.Millisecond
)

// untilIdle runs a program until served tells that it has got all there is,
// and it has nothing left to do. It may keep running for ever; what it took
// counts up to when it fell idle.
func untilIdle(ctx context.Context, cmd *exec.Cmd, served func() bool) (u usage, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return u, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w; its log ends with:\n%s", err, tail(log.String(), 2000))
		}
	}()
	idle := usage{} // at the beginning of a time without work
	look := time.NewTicker(sampling)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			u.wall, u.cpu = time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
			if err != nil {
				return u, fmt.Errorf("run %s: %w", cmd.Path, err)
			}
			if !served() {
				return u, fmt.Errorf("run %s: it ended before it had got every object", cmd.Path)
			}
			return u, nil
		case <-ctx.Done():
			return u, errors.Join(ctx.Err(), kill(cmd, ended))
		case <-look.C:
		}
		now, err := sample(cmd.Process.Pid)
		if err != nil {
			continue // it is about to end
		}
		now.wall = time.Since(began)
		u.peak = max(u.peak, now.peak)
		if idle.wall == 0 || !served() || float64(now.cpu-idle.cpu) > idleShare*float64(idleFor) {
			idle = now
		}
		if now.wall-idle.wall >= idleFor {
			idle.peak = u.peak
			return idle, kill(cmd, ended)
		}
	}
}

func kill(cmd *exec.Cmd, ended <-chan error) error {
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", cmd.Path, err)
	}
	if err := <-ended; err != nil && !errors.As(err, new(*exec.ExitError)) { // such a one is the kill
		return fmt.Errorf("wait for %s: %w", cmd.Path, err)
	}
	return nil
}

// sample is what a running process has taken up to now; see proc_pid_stat(5).
func sample(pid int) (u usage, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The name, in parentheses, may hold spaces.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const utime, stime = 11, 12
	if len(fields) <= stime {
		return u, fmt.Errorf("read /proc/%d/stat: only %d fields", pid, len(fields))
	}
	for _, at := range []int{utime, stime} {
		ticks, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return u, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
		}
		u.cpu += time.Duration(ticks) * tick
	}
	u.peak, err = peakMemory(pid)
	return u, err
}

func tail(text string, n int) string { return text[max(len(text)-n, 0):] }
