// Package routine has what each goroutine of a connector needs, so that it
// ends when it is told to, and in no other way.
package routine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// Panic is a panic that was recovered.
type Panic struct {
	value any
	stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// Safely calls f and turns its panic into an error.
func Safely(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %w", what, &Panic{v, debug.Stack()})
		}
	}()
	return f()
}

// Pause waits, unless ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// firstWait and lastWait bound how often what is refused is tried again; the
// wait doubles in between.
const (
	FirstWait = time.Second
	LastWait  = time.Minute
)
