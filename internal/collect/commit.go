package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// What the host has stored and is not committed, a crash repeats: it is
// committed at once, and then not again before a pause of restFactor times
// what that has taken. So commits use at most a fifth of a disk, however slow
// it is, and however many connectors share it.
const (
	restFactor = 4
	shortRest  = 10 * time.Millisecond // a disk of its own is not kept busy for a few records
	longRest   = time.Second           // also after an error, and how often is looked after the marks
)

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
		case <-c.delivery.ready:
		case <-time.After(longRest):
		}
		rest := c.commitOnce(ctx)
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

// commitOnce commits what there is, unless ctx has ended: the last commit is
// lastCommit's. It returns how long to wait before the next. While the state
// cannot be written, no new object is begun: what would be collected could not
// be remembered.
func (c *Connector) commitOnce(ctx context.Context) (rest time.Duration) {
	if ctx.Err() != nil {
		return 0
	}
	began := time.Now()
	err := c.tryCommit()
	c.causes.Report("commit state; collection waits until it can be written", err)
	if err != nil {
		c.valve.close()
		return longRest
	}
	c.valve.open()
	return min(max(restFactor*time.Since(began), shortRest), longRest)
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
