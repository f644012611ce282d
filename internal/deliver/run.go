// Package deliver is the way from a batch of records to the host and back to
// the state: what was handed over, what of it the host has stored, and the
// commit of that. Both kinds of connector go this way.
package deliver

import (
	"context"
	"errors"

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
	group, groupCtx := routine.WithContext(ctx)
	for _, p := range append(parts, Part{"commit", commits.run}) {
		group.Go(p.What, func() error { return p.Run(groupCtx) })
	}
	_ = group.Wait() // an error before ctx ended is the cause of groupCtx
	err := commits.last(groupCtx)
	if cause := context.Cause(groupCtx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}
