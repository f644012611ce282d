package deliver

import (
	"context"
	"sync"
)

// Valve lets work through while it is open.
type Valve struct {
	mu     sync.Mutex
	opened chan struct{} // closed while the valve is open
	isOpen bool
}

// NewValve returns a valve that is open.
func NewValve() *Valve {
	v := &Valve{opened: make(chan struct{}), isOpen: true}
	close(v.opened)
	return v
}

func (v *Valve) open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.isOpen {
		v.isOpen = true
		close(v.opened)
	}
}

func (v *Valve) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.isOpen {
		v.isOpen = false
		v.opened = make(chan struct{})
	}
}

// Wait blocks while the valve is closed.
func (v *Valve) Wait(ctx context.Context) error {
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
