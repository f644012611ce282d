package routine

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Group runs goroutines that belong together, and waits for them. A panic in
// one of them is its error: errgroup.Group, which this is otherwise, lets it
// end the process, which is the host's. The zero Group has no limit and
// cancels nothing.
type Group struct {
	group  errgroup.Group
	cancel context.CancelCauseFunc // nil: none
}

// WithContext returns a group, and a context that is cancelled by the first
// error of one of its goroutines, which is its cause, and when Wait returns.
func WithContext(ctx context.Context) (*Group, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Group{cancel: cancel}, ctx
}

// SetLimit has Go wait while n goroutines are running.
func (g *Group) SetLimit(n int) { g.group.SetLimit(n) }

// Go calls f in a goroutine. A panic becomes an error that begins with what.
func (g *Group) Go(what string, f func() error) {
	g.group.Go(func() error {
		err := Safely(what, f)
		if err != nil && g.cancel != nil {
			g.cancel(err)
		}
		return err
	})
}

// Wait waits until every goroutine has ended and returns the first error.
func (g *Group) Wait() error {
	err := g.group.Wait()
	if g.cancel != nil {
		g.cancel(err)
	}
	return err
}
