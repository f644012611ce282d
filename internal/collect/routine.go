package collect

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// panicked is a panic that was recovered.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// safely calls f and turns its panic into an error.
func safely(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %w", what, &panicked{v, debug.Stack()})
		}
	}()
	return f()
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
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
	firstWait = time.Second
	lastWait  = time.Minute
)
