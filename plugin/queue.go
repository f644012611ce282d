package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
)

// errClosed is what a queue's callers get once its instance has ended.
var errClosed = errors.New("queue closed")

// A buffer is where batches wait for the host: C memory, see instance.h.
type buffer interface {
	// push takes a copy of batch, and is false when there is no memory.
	push(seq uint64, batch []byte) bool
	// progress is what the host has stored: every batch up to seq, of bytes
	// altogether.
	progress() (seq, bytes uint64)
}

// queue is one instance's way to the host. Any number of goroutines may use
// it; batches reach the host in the order of their numbers.
type queue struct {
	buf   buffer
	limit uint64 // bytes

	appending chan struct{} // held by the one that appends
	seq       uint64        // of the last batch appended
	bytes     uint64        // of all batches appended

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every progress
	closed  atomic.Bool
}

func newQueue(buf buffer, limit uint64) *queue {
	return &queue{
		buf:       buf,
		limit:     limit,
		appending: make(chan struct{}, 1),
		changed:   make(chan struct{}),
	}
}

// Append hands batch over: one or more complete msgpack events, which it
// copies. It blocks while the queue holds its limit of bytes; a batch above
// the limit waits for an empty queue. It returns the batch's number (1, 2, 3
// … of this instance), ctx's error, or errClosed.
func (q *queue) Append(ctx context.Context, batch []byte) (uint64, error) {
	if len(batch) == 0 {
		return 0, errors.New("append batch: it is empty")
	}
	select {
	case q.appending <- struct{}{}:
		defer func() { <-q.appending }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	size := uint64(len(batch))
	for {
		changed := q.changes()
		if err := q.ended(ctx); err != nil {
			return 0, err
		}
		_, done := q.buf.progress()
		held := q.bytes - done
		if (held == 0 || held+size <= q.limit) && q.buf.push(q.seq+1, batch) {
			q.seq++
			q.bytes += size
			return q.seq, nil
		}
		if held == 0 {
			return 0, errors.New("append batch: out of memory")
		}
		// Full or, which passes in the same way, out of memory.
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Delivered blocks until the host has stored every batch up to a number
// greater than after, and returns that number, ctx's error, or errClosed.
// Progress is returned even when ctx has ended.
func (q *queue) Delivered(ctx context.Context, after uint64) (uint64, error) {
	for {
		changed := q.changes()
		if seq, _ := q.buf.progress(); seq > after {
			return seq, nil
		}
		if err := q.ended(ctx); err != nil {
			return 0, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (q *queue) ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if q.closed.Load() {
		return errClosed
	}
	return nil
}

// close ends the queue: what the host has not stored by now it never will.
func (q *queue) close() {
	q.closed.Store(true)
	q.broadcast()
}

// changes returns a channel that is closed at the next progress.
func (q *queue) changes() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changed
}

func (q *queue) broadcast() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.changed)
	q.changed = make(chan struct{})
}

// watch broadcasts whenever the host's thread writes to the eventfd, until it
// is closed.
func (q *queue) watch(eventfd *os.File) {
	var count [8]byte
	for {
		if _, err := eventfd.Read(count[:]); err != nil {
			return // closed by the owner, see instance.close
		}
		q.broadcast()
	}
}
