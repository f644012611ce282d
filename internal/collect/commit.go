package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"in_stellar_aws/internal/health"
)

// What the host has stored and is not committed, a crash repeats: it is
// committed at once. A commit waits for no disk (see the state's journal), so a
// short rest, in which what the host stores in one go comes together, is all
// that it needs.
const (
	shortRest = 2 * time.Millisecond
	longRest  = time.Second // after an error, and how often is looked after the marks
)

// book knows what is on its way to the host, and what may be committed of what
// the host has stored.
type book interface {
	// due is readable while there is something to commit.
	due() <-chan struct{}
	// storedUpTo notes that the host has stored every batch up to seq.
	storedUpTo(seq uint64)
	// storedNow is the last number that was noted.
	storedNow() uint64
	// commit commits what there is. After an error it is still there.
	commit() error
}

// committer follows the host's queue and commits what the host has stored.
type committer struct {
	queue  Queue
	book   book
	valve  *valve // closed while the state cannot be written
	causes *health.Causes
}

// run commits until ctx ends.
func (c *committer) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var following sync.WaitGroup
	following.Go(func() {
		cancel(safely("follow the host", func() error { return c.follow(ctx) }))
	})
	defer following.Wait()
	for {
		select {
		case <-ctx.Done():
		case <-c.book.due():
		case <-time.After(longRest):
		}
		rest := c.once(ctx)
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		case <-time.After(rest):
		}
	}
}

// follow notes what the host has stored.
func (c *committer) follow(ctx context.Context) error {
	for stored := uint64(0); ; {
		seq, err := c.queue.Delivered(ctx, stored)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("follow the host's queue: %w", err)
		}
		stored = seq
		c.book.storedUpTo(seq)
	}
}

// once commits what there is, unless ctx has ended: the last commit is last's.
// It returns how long to wait before the next. While the state cannot be
// written, nothing new is begun: what would be collected could not be
// remembered.
func (c *committer) once(ctx context.Context) (rest time.Duration) {
	if ctx.Err() != nil {
		return 0
	}
	err := c.book.commit()
	c.causes.Report("commit state; collection waits until it can be written", err)
	if err != nil {
		c.valve.close()
		return longRest
	}
	c.valve.open()
	return shortRest
}

// last commits, after everything else has ended, what the host has stored by
// then.
func (c *committer) last(ended context.Context) error {
	for stored := c.book.storedNow(); ; {
		seq, err := c.queue.Delivered(ended, stored)
		if err != nil {
			break // no more progress: the context has ended
		}
		stored = seq
		c.book.storedUpTo(seq)
	}
	if err := c.book.commit(); err != nil {
		return fmt.Errorf("commit at the end: %w", err)
	}
	return nil
}
