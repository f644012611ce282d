// Package deliver is the way from a batch of records to the host and back to
// the state: what was handed over, what of it the host has stored, and the
// commit of that. Both kinds of connector go this way.
package deliver

import (
	"context"
	"errors"
	"sync"

	"in_stellar_aws/internal/routine"
)

// Part is what a connector does all the time, beside its other parts.
type Part struct {
	What string // for errors
	Run  func(context.Context) error
}

// Run runs a connector's parts and its committer until ctx ends and returns
// nil then, or until one of them cannot go on. It commits what the host has
// stored when all of them have ended.
func Run(ctx context.Context, commits *Committer, parts ...Part) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, p := range append(parts, Part{"commit", commits.run}) {
		running.Go(func() {
			err := routine.Safely(p.What, func() error { return p.Run(ctx) })
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
