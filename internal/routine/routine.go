// Package routine has what each goroutine of a connector needs, so that it
// ends when it is told to, and in no other way.
package routine

import (
	"context"
	"fmt"
	"time"
)

// Safely calls f and turns its panic into an error.
func Safely(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %w", what, NewPanic(v))
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

// FirstWait and LastWait bound how often what is refused is tried again; the
// wait doubles in between.
const (
	FirstWait = time.Second
	LastWait  = time.Minute
)
