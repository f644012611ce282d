//go:build hosttest

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/internal/config"
)

// open builds a connector that makes records up, for tests in a real Fluent
// Bit. Its keys:
//
//	rate          records a second, 0 (default) for as many as the host takes
//	records       records altogether, 0 (default) for no end
//	size          bytes of padding a record
//	batch         bytes a batch (131072)
//	commit_file   where the number of the last delivered record is kept; a
//	              later run goes on behind it
//	panic_file    a path: once it exists, the connector dereferences nil
//	stuck         any value: the connector does not end when it is told to
func open(cfg config.Config, q *queue, log *slog.Logger, env environment) (runner, error) {
	s := &synthetic{
		name: cfg.Name, queue: q, log: log,
		commitFile: env.Keys.Get("commit_file"),
		panicFile:  env.Keys.Get("panic_file"),
		stuck:      env.Keys.Get("stuck") != "",
		committed:  env.Metrics.Counter("synthetic_committed_total", "Records committed."),
	}
	var faults []error
	number := func(key string, otherwise uint64) uint64 {
		text := env.Keys.Get(key)
		if text == "" {
			return otherwise
		}
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s %q: must be a whole number", key, text))
		}
		return n
	}
	s.rate, s.records = number("rate", 0), number("records", 0)
	s.padding = strings.Repeat("x", int(min(number("size", 0), 1<<20)))
	s.batch = int(number("batch", 128<<10))
	if text, err := os.ReadFile(s.commitFile); err == nil {
		if s.start, err = strconv.ParseUint(string(text), 10, 64); err != nil {
			faults = append(faults, fmt.Errorf("read commit file: %w", err))
		}
	} else if s.commitFile != "" && !errors.Is(err, fs.ErrNotExist) {
		faults = append(faults, err)
	}
	return s, errors.Join(faults...)
}

// synthetic numbers its records 1, 2, 3 …
type synthetic struct {
	name                  string
	queue                 *queue
	log                   *slog.Logger
	rate, records         uint64
	padding               string
	batch                 int
	start                 uint64 // number of the last record of earlier runs
	commitFile, panicFile string
	stuck                 bool
	committed             func(int64)

	mu   sync.Mutex
	last map[uint64]uint64 // batch: the number of its last record
}

func (s *synthetic) Run(ctx context.Context) error {
	s.last = make(map[uint64]uint64)
	s.log.Info("synthetic connector starts", "connector", s.name, "after", s.start)
	ctx, cancel := context.WithCancel(ctx)
	var committer sync.WaitGroup
	committer.Go(func() {
		if err := s.commit(ctx); ctx.Err() == nil {
			s.log.Error(err.Error())
		}
	})
	defer committer.Wait() // after a panic too
	defer cancel()
	err := s.produce(ctx)
	if s.stuck {
		select {}
	}
	return err
}

func (s *synthetic) produce(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	begin, n := time.Now(), s.start
	for s.records == 0 || n < s.records {
		until := s.records
		if s.rate > 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			due := s.start + uint64(time.Since(begin).Seconds()*float64(s.rate))
			if until == 0 || due < until {
				until = due
			}
		}
		s.maybePanic()
		buf := make([]byte, 0, s.batch+len(s.padding)+64)
		for len(buf) < s.batch && (until == 0 || n < until) {
			n++
			buf = s.encode(buf, n)
		}
		if len(buf) == 0 {
			continue
		}
		if err := s.append(ctx, buf, n); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *synthetic) append(ctx context.Context, buf []byte, last uint64) error {
	s.mu.Lock() // commit must find the number of any batch that is delivered
	defer s.mu.Unlock()
	seq, err := s.queue.Append(ctx, buf)
	if err == nil {
		s.last[seq] = last
	}
	return err
}

// commit saves what is delivered, until it cannot.
func (s *synthetic) commit(ctx context.Context) error {
	committed, seq := s.start, uint64(0)
	for {
		next, err := s.queue.Delivered(ctx, seq)
		if err != nil {
			return err
		}
		s.mu.Lock()
		n := s.last[next]
		for ; seq < next; seq++ {
			delete(s.last, seq+1)
		}
		s.mu.Unlock()
		if err := s.save(n); err != nil {
			return err
		}
		s.committed(int64(n - committed))
		committed = n
		if n == s.records {
			s.log.Info("synthetic connector done", "committed", n)
		}
	}
}

func (s *synthetic) save(n uint64) error {
	if s.commitFile == "" {
		return nil
	}
	tmp := s.commitFile + ".tmp"
	if err := os.WriteFile(tmp, strconv.AppendUint(nil, n, 10), 0o600); err != nil {
		return fmt.Errorf("save commit: %w", err)
	}
	return os.Rename(tmp, s.commitFile)
}

// maybePanic faults, as a bug would, when the test asks for it.
func (s *synthetic) maybePanic() {
	if s.panicFile == "" {
		return
	}
	if _, err := os.Stat(s.panicFile); err == nil {
		var nobody *synthetic
		s.records = nobody.records
	}
}

// encode appends [[time, {}], {"c": name, "n": n, "p": padding}].
func (s *synthetic) encode(buf []byte, n uint64) []byte {
	buf = append(buf, 0x92, 0x92, 0xd7, 0x00)
	buf = binary.BigEndian.AppendUint32(buf, uint32(time.Now().Unix()))
	buf = append(buf, 0, 0, 0, 0, 0x80, 0x83)
	buf = text(append(buf, 0xa1, 'c'), s.name)
	buf = binary.BigEndian.AppendUint64(append(buf, 0xa1, 'n', 0xcf), n)
	return text(append(buf, 0xa1, 'p'), s.padding)
}

func text(buf []byte, s string) []byte {
	buf = binary.BigEndian.AppendUint32(append(buf, 0xdb), uint32(len(s)))
	return append(buf, s...)
}
