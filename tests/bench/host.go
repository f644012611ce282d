package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// host takes batches as the plugin's queue does: it copies them, one behind the
// other, and says at once, or with a queue that is always full after a while,
// that they are stored. Its memory is outside of Go's heap, as the plugin's is.
type host struct {
	done *atomic.Int64 // bytes handed over

	mu      sync.Mutex
	full    bool   // it holds as much as it can
	ring    []byte // what it holds
	at      int    // where the next batch goes
	held    []int  // sizes of the batches in the ring
	bytes   int    // of those
	seq     uint64
	stored  uint64
	changed chan struct{}
	told    told

	first, last time.Time // a batch was handed over
}

func newHost(full int64, done *atomic.Int64) (*host, error) {
	const least = 8 << 20 // what the plugin hands over in the 20 ms between two turns of the host
	ring, err := syscall.Mmap(-1, 0, int(max(full, least)), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("allocate queue: %w", err)
	}
	return &host{done: done, ring: ring, full: full > 0, changed: make(chan struct{})}, nil
}

func (h *host) Append(_ context.Context, batch []byte) (uint64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = time.Now()
	if h.told.Batches++; h.told.Batches == 1 {
		h.first = h.last
	}
	h.told.Largest = max(h.told.Largest, int64(len(batch)))
	h.done.Add(int64(len(batch)))
	h.seq++
	n := copy(h.ring[h.at:], batch)
	copy(h.ring, batch[n:])
	h.at = (h.at + len(batch)) % len(h.ring)
	if !h.full {
		h.deliver(h.seq)
		return h.seq, nil
	}
	h.held, h.bytes = append(h.held, len(batch)), h.bytes+len(batch)
	for h.bytes > len(h.ring) {
		h.bytes -= h.held[0]
		h.held = h.held[1:]
		h.deliver(h.seq - uint64(len(h.held)))
	}
	return h.seq, nil
}

func (h *host) deliver(seq uint64) {
	h.stored = seq
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *host) Delivered(ctx context.Context, after uint64) (uint64, error) {
	for {
		h.mu.Lock()
		seq, changed := h.stored, h.changed
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

// meter counts records, tells the heap's size on the way, and ends the run
// when all are there.
type meter struct {
	want    int64
	records atomic.Int64
	done    func()

	mu    sync.Mutex
	marks []int64
	heaps []int64
}

func (m *meter) Counter(name, _ string) func(int64) {
	if name != "records_total" {
		return func(int64) {}
	}
	return func(n int64) {
		all := m.records.Add(n)
		m.mu.Lock()
		defer m.mu.Unlock()
		for len(m.marks) > 0 && all >= m.marks[0] {
			m.marks = m.marks[1:]
			m.heaps = append(m.heaps, liveHeap())
		}
		if m.want > 0 && all >= m.want {
			m.done()
		}
	}
}

func (*meter) Gauge(string, string) func(float64) { return func(float64) {} }
