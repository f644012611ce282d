package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"in_stellar_aws/internal/collect"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/health"
)

// gunzip inflates every object, and nothing more.
func gunzip(in io.Reader) error {
	j, err := readJob(in)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(j.Dir, "*.gz"))
	if err != nil {
		return err
	}
	var inflater gzip.Reader
	window := make([]byte, 256<<10)
	for _, name := range files {
		zipped, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := inflater.Reset(bytes.NewReader(zipped)); err != nil {
			return fmt.Errorf("inflate %s: %w", name, err)
		}
		for err == nil {
			_, err = io.ReadFull(&inflater, window)
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("inflate %s: %w", name, err)
		}
	}
	return nil
}

// collectAll runs a connector until it has handed over every record.
func collectAll(ctx context.Context, in io.Reader) error {
	j, err := readJob(in)
	if err != nil {
		return err
	}
	cfg, err := config.Parse(section(j.Section))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &host{changed: make(chan struct{})}
	m := &meter{want: int64(j.Records), done: cancel}
	c, err := collect.NewS3(cfg, collect.Host{Queue: h, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), Status: health.NewStatus(slog.New(slog.DiscardHandler), m, time.Now), Version: "bench"})
	if err != nil {
		return err
	}
	if err := c.Run(ctx); err != nil {
		return err
	}
	if n := m.records.Load(); n != int64(j.Records) {
		return fmt.Errorf("collected %d records of %d", n, j.Records)
	}
	return nil
}

type section map[string]string

func (s section) Get(key string) string { return s[strings.ToLower(key)] }

// host takes batches as the plugin's queue does: it copies them, and says at
// once that they are stored.
type host struct {
	mu      sync.Mutex
	last    []byte
	seq     uint64
	changed chan struct{}
}

func (h *host) Append(_ context.Context, batch []byte) (uint64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = append(h.last[:0], batch...)
	h.seq++
	close(h.changed)
	h.changed = make(chan struct{})
	return h.seq, nil
}

func (h *host) Delivered(ctx context.Context, after uint64) (uint64, error) {
	for {
		h.mu.Lock()
		seq, changed := h.seq, h.changed
		h.mu.Unlock()
		if seq > after {
			return seq, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// meter counts records and ends the run when all are there.
type meter struct {
	want    int64
	records atomic.Int64
	done    func()
}

func (m *meter) Counter(name, _ string) func(int64) {
	if name != "records_total" {
		return func(int64) {}
	}
	return func(n int64) {
		if m.records.Add(n) >= m.want {
			m.done()
		}
	}
}

func (*meter) Gauge(string, string) func(float64) { return func(float64) {} }
