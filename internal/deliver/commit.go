package deliver

import (
	"context"
	"fmt"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
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
	// Due is readable while there is something to commit.
	Due() <-chan struct{}
	// StoredUpTo notes that the host has stored every batch up to seq.
	StoredUpTo(seq uint64)
	// StoredNow is the last number that was noted.
	StoredNow() uint64
	// Commit commits what there is. After an error it is still there.
	Commit() error
}

// Committer follows the host's queue and commits what the host has stored.
type Committer struct {
	Queue  Queue
	Book   book
	Valve  *Valve // closed while the state cannot be written
	Causes *health.Causes
}

// run commits until ctx ends.
func (c *Committer) run(ctx context.Context) error {
	group, ctx := routine.WithContext(ctx)
	group.Go("follow the host", func() error { return c.follow(ctx) })
	group.Go("commit", func() error { return c.commit(ctx) })
	return group.Wait()
}

// commit commits again and again what there is.
func (c *Committer) commit(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
		case <-c.Book.Due():
		case <-time.After(longRest):
		}
		if routine.Pause(ctx, c.once(ctx)) != nil {
			return nil
		}
	}
}

// follow notes what the host has stored.
func (c *Committer) follow(ctx context.Context) error {
	for stored := uint64(0); ; {
		seq, err := c.Queue.Delivered(ctx, stored)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("follow the host's queue: %w", err)
		}
		stored = seq
		c.Book.StoredUpTo(seq)
	}
}

// once commits what there is, unless ctx has ended: the last commit is last's.
// It returns how long to wait before the next. While the state cannot be
// written, nothing new is begun: what would be collected could not be
// remembered.
func (c *Committer) once(ctx context.Context) (rest time.Duration) {
	if ctx.Err() != nil {
		return 0
	}
	err := c.Book.Commit()
	c.Causes.Report("commit state; collection waits until it can be written", err)
	if err != nil {
		c.Valve.close()
		return longRest
	}
	c.Valve.open()
	return shortRest
}

// last commits, after everything else has ended, what the host has stored by
// then.
func (c *Committer) last(ended context.Context) error {
	for stored := c.Book.StoredNow(); ; {
		seq, err := c.Queue.Delivered(ended, stored)
		if err != nil {
			break // no more progress: the context has ended
		}
		stored = seq
		c.Book.StoredUpTo(seq)
	}
	if err := c.Book.Commit(); err != nil {
		return fmt.Errorf("commit at the end: %w", err)
	}
	return nil
}
