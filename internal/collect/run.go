package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// part is what a connector does all the time, beside its other parts.
type part struct {
	what string // for errors
	run  func(context.Context) error
}

// run runs a connector's parts and its committer until ctx ends and returns
// nil then, or until one of them cannot go on. It commits what the host has
// stored when all of them have ended.
func run(ctx context.Context, commits *committer, parts ...part) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, p := range append(parts, part{"commit", commits.run}) {
		running.Go(func() {
			err := safely(p.what, func() error { return p.run(ctx) })
			if err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	err := commits.last(ctx)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

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
