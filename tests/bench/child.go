package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/connector"
	"in_stellar_aws/internal/health"
)

// job is what a child process is to do; it reads it from its standard input.
type job struct {
	Dir     string            // gunzip: where the objects are
	Turns   bool              // it works without end, in turns; see turn
	Section map[string]string // collect: the connector's keys
	Records int64             // collect: it ends when there are as many, or more; 0: never
	Marks   []int64           // collect: after how many records to tell the heap's size
	Full    int64             // collect: how many bytes the host's queue always holds, as with a slow host
	Profile string            // collect: where the CPU profile goes, "" for none
}

// told is what a child process tells on its standard output.
type told struct {
	Took             time.Duration // without the start: from the first batch handed over to the last
	Peak             int64         // bytes of resident memory
	Batches, Largest int64         // handed over, and the bytes of the largest
	Bytes            int64         // of all batches
	Heaps            []int64
}

// runChild is the main function of a child process.
func runChild(ctx context.Context, what string) error {
	in := json.NewDecoder(os.Stdin)
	var j job
	if err := in.Decode(&j); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work errgroup.Group
	var done atomic.Int64
	if j.Turns {
		work.Go(func() error {
			defer cancel()
			return takeTurns(in, json.NewEncoder(os.Stdout), &done)
		})
	}
	var t told
	work.Go(func() (err error) {
		switch what {
		case "gunzip":
			t, err = gunzip(ctx, j, &done)
		case "collect":
			t, err = collectAll(ctx, j, &done)
		default:
			err = fmt.Errorf("no child %q", what)
		}
		return err
	})
	err := work.Wait()
	if j.Turns || err != nil {
		return err
	}
	if t.Peak, err = peakMemory(os.Getpid()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(t)
}

// collectAll runs a connector until it has handed over every record, or ctx
// ends; done is how many bytes it has handed over.
func collectAll(ctx context.Context, j job, done *atomic.Int64) (t told, err error) {
	cfg, err := config.Parse(section(j.Section))
	if err != nil {
		return t, err
	}
	if j.Profile != "" {
		f, err := os.Create(j.Profile)
		if err != nil {
			return t, err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return t, errors.Join(err, f.Close())
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h, err := newHost(j.Full, done)
	if err != nil {
		return t, err
	}
	m := &meter{want: j.Records, marks: j.Marks, done: cancel}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	status := health.NewStatus(slog.New(slog.DiscardHandler), m, time.Now)
	c, err := connector.NewS3(cfg, connector.Host{Queue: h, Log: log, Status: status, Version: "bench"})
	if err != nil {
		return t, err
	}
	if err := c.Run(ctx); err != nil {
		return t, err
	}
	if n := m.records.Load(); n < j.Records {
		return t, fmt.Errorf("collected %d records of %d", n, j.Records)
	}
	t = h.told
	t.Bytes = done.Load()
	t.Took = h.last.Sub(h.first)
	t.Heaps = m.heaps
	return t, nil
}

type section map[string]string

func (s section) Get(key string) string { return s[strings.ToLower(key)] }

// peakMemory is the most memory in bytes that a process has had resident up to
// now. What wait4 tells of a child is of no use: it begins with its parent's.
func peakMemory(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("read memory of process %d: no VmHWM", pid)
}

// liveHeap is what the heap holds after a collection, in bytes.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
