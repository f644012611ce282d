package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"in_stellar_aws/internal/health"
)

// committer follows the host's queue and commits what the host has stored.
type committer struct {
	queue  Queue
	ledger *ledger
	valve  *valve
	causes *health.Causes
}

// committing is what the commits are called where they fail.
const committing = "commit state; collection waits until it can be written"

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
		case <-c.ledger.ready:
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
		c.ledger.storedUpTo(seq)
	}
}

// once commits what there is, unless ctx has ended: the last commit is last's.
// It returns how long to wait before the next, as Connector.commitOnce does.
// While the state cannot be written, no more is read.
func (c *committer) once(ctx context.Context) (rest time.Duration) {
	if ctx.Err() != nil {
		return 0
	}
	began := time.Now()
	err := c.ledger.commit()
	c.causes.Report(committing, err)
	if err != nil {
		c.valve.close()
		return longRest
	}
	c.valve.open()
	return min(max(restFactor*time.Since(began), shortRest), longRest)
}

// last commits, after everything else has ended, what the host has stored by
// then.
func (c *committer) last(ended context.Context) error {
	for stored := c.ledger.storedNow(); ; {
		seq, err := c.queue.Delivered(ended, stored)
		if err != nil {
			break // no more progress: the context has ended
		}
		stored = seq
		c.ledger.storedUpTo(seq)
	}
	if err := c.ledger.commit(); err != nil {
		return fmt.Errorf("commit at the end: %w", err)
	}
	return nil
}
