package collect

import (
	"context"
	"sync"
)

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
