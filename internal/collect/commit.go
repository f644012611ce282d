package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// commitEvery is how long stored records may wait to be committed: what a
// crash can repeat.
const commitEvery = time.Second

// commit follows the host's queue and commits what it has stored.
func (c *Connector) commit(ctx context.Context) error {
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
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		case <-time.After(commitEvery):
			c.commitOnce()
		}
	}
}

// follow notes what the host has stored.
func (c *Connector) follow(ctx context.Context) error {
	for stored := uint64(0); ; {
		seq, err := c.Queue.Delivered(ctx, stored)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("follow the host's queue: %w", err)
		}
		stored = seq
		c.delivery.storedUpTo(seq)
	}
}

// commitOnce commits what there is. While the state cannot be written, no new
// object is begun: what would be collected could not be remembered.
func (c *Connector) commitOnce() {
	if err := c.tryCommit(); err != nil {
		c.causes.Report("commit state; collection waits until it can be written", err)
		c.valve.close()
		return
	}
	c.causes.Report("commit state; collection waits until it can be written", nil)
	c.valve.open()
}

func (c *Connector) tryCommit() error {
	u := c.delivery.take()
	u.Now = time.Now()
	if err := c.State.Commit(u); err != nil {
		c.delivery.giveBack(u)
		return err
	}
	return nil
}

// lastCommit commits, after everything else has ended, what the host has
// stored by then.
func (c *Connector) lastCommit(ended context.Context) error {
	for stored := c.delivery.storedNow(); ; {
		seq, err := c.Queue.Delivered(ended, stored)
		if err != nil {
			break // no more progress: the context has ended
		}
		stored = seq
		c.delivery.storedUpTo(seq)
	}
	if err := c.tryCommit(); err != nil {
		return fmt.Errorf("commit at the end: %w", err)
	}
	return nil
}

// valve lets work through while it is open.
type valve struct {
	mu     sync.Mutex
	opened chan struct{} // closed while the valve is open
	isOpen bool
}

func newValve() *valve {
	v := &valve{opened: make(chan struct{}), isOpen: true}
	close(v.opened)
	return v
}

func (v *valve) open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.isOpen {
		v.isOpen = true
		close(v.opened)
	}
}

func (v *valve) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.isOpen {
		v.isOpen = false
		v.opened = make(chan struct{})
	}
}

// wait blocks while the valve is closed.
func (v *valve) wait(ctx context.Context) error {
	v.mu.Lock()
	opened := v.opened
	v.mu.Unlock()
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
