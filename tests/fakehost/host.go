// Package fakehost has the far side of the hand-over for tests: a host's
// queue that stores what it is told to, and a log to look at.
package fakehost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// Host is a queue whose host stores every batch at once, unless it is stalled.
// While a connector runs, what is exported is used within Change only.
type Host struct {
	Batches []string
	Stored  uint64 // how many of them the host has stored
	Limit   int    // batches that may wait; 0: any
	Stalled bool   // nothing more is stored

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
}

// New returns a host with nothing in its queue.
func New() *Host { return &Host{changed: make(chan struct{})} }

// Change does something to the host and wakes who waits for it.
func (h *Host) Change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

// Changed is closed at the next change.
func (h *Host) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// Append implements deliver.Queue.
func (h *Host) Append(ctx context.Context, batch []byte) (uint64, error) {
	for {
		h.mu.Lock()
		changed := h.changed
		if h.Limit == 0 || len(h.Batches)-int(h.Stored) < h.Limit {
			h.Batches = append(h.Batches, string(batch))
			seq := uint64(len(h.Batches))
			h.mu.Unlock()
			h.Change(func() {
				if !h.Stalled {
					h.Stored = max(h.Stored, seq) // another producer may have been quicker
				}
			})
			return seq, nil
		}
		h.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Delivered implements deliver.Queue.
func (h *Host) Delivered(ctx context.Context, after uint64) (uint64, error) {
	for {
		h.mu.Lock()
		changed, stored := h.changed, h.Stored
		h.mu.Unlock()
		if stored > after {
			return stored, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Text is what all stored batches hold, in order.
func (h *Host) Text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.Batches[:h.Stored], "")
}

// IDs are the stellar_uuid of the events stored, and how often each came.
func (h *Host) IDs(t *testing.T) map[string]int {
	t.Helper()
	ids := map[string]int{}
	dec := msgpack.NewDecoder(bytes.NewReader([]byte(h.Text())))
	for {
		if _, err := dec.PeekCode(); errors.Is(err, io.EOF) {
			return ids
		}
		if _, err := dec.DecodeArrayLen(); err != nil {
			t.Fatal(err)
		}
		if err := dec.Skip(); err != nil {
			t.Fatal(err)
		}
		body, err := dec.DecodeMap()
		if err != nil {
			t.Fatal(err)
		}
		ids[fmt.Sprint(body["stellar_uuid"])]++
	}
}
