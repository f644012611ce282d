package collect

import (
	"context"
	"errors"
	"sync"
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
