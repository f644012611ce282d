package logs

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/state"
)

// follow pulls a source at once and then every interval, until ctx ends, or the
// range of a backfill.
func (c *Connector) follow(ctx context.Context, s *logSource) {
	for {
		began := time.Now()
		err := routine.Safely("read log group", func() error { return c.pull(ctx, s) })
		if ctx.Err() != nil {
			return
		}
		c.outcome(s, err)
		if err == nil && c.ended(s, began) {
			return
		}
		if routine.Pause(ctx, max(0, c.Interval-time.Since(began))) != nil {
			return
		}
	}
}

// outcome tells of a pull. What is wrong with the credentials is wrong for
// every group and is said once.
func (c *Connector) outcome(s *logSource, err error) {
	const all = "read log groups"
	one := "read log group " + s.key
	switch {
	case err == nil:
		c.Status.Report(all, nil)
		c.Status.Report(one, nil)
	case health.Explain(err).Status == http.StatusUnauthorized:
		c.Status.Report(all, err)
	default:
		c.Status.Report(one, err)
	}
}

// pull reads what is new of a source, what may have become visible since it
// was read last, and the sweeps that are due.
func (c *Connector) pull(ctx context.Context, s *logSource) error {
	v := c.sight()
	wrong := false
	m := c.ledger.marks(s, func(m *state.Marks) {
		v.complete(m)
		wrong = v.behind(m)
	})
	if wrong {
		c.Log.Warn("the clock was ahead of what it is now; the log group is read again from the age of the oldest sweep on", "log_group", s.key)
	}
	head := v.head(m)
	if head.from < head.to {
		backlog := head.to-m.Head > blindly.Milliseconds()
		err := c.run(ctx, newPlan(s, head, func(m *state.Marks, front int64) {
			m.Head = max(m.Head, min(front, c.sight().until))
		}), backlog)
		if err != nil {
			return err
		}
	}
	v = c.sight() // by AWS's clock now
	for _, age := range c.Sweeps {
		if !v.due(m, age) {
			continue
		}
		if sweep := v.sweep(m, age, head); sweep.from < sweep.to {
			err := c.run(ctx, newPlan(s, sweep, func(m *state.Marks, front int64) { m.Sweeps[age] = max(m.Sweeps[age], front) }), false)
			if err != nil {
				return fmt.Errorf("sweep at the age of %v: %w", age, err)
			}
		}
		c.ledger.marks(s, func(m *state.Marks) { m.Sweeps[age] = max(m.Sweeps[age], v.now.Add(-age).UnixMilli()) })
	}
	return nil
}

// sight is how the connector looks at its sources now.
func (c *Connector) sight() sight {
	now := c.clock.now()
	v := sight{now: now, since: max(0, c.Since.UnixMilli()), until: now.Add(-c.Allowance).UnixMilli(), lookback: c.Lookback, sweeps: c.Sweeps}
	if !c.Until.IsZero() {
		v.until = min(v.until, c.Until.UnixMilli())
	}
	return v
}

// blindly is from which length on what is new of a source is cut before
// anything is known of it: while the first answer is on its way, AWS would be
// asked nothing. What a pull finds new as a rule is shorter, and one request.
const blindly = time.Hour

// demand is for how many requests there is use.
func (c *Connector) demand() readerDemand {
	return readerDemand{c.api.filter.demand(), c.Readers}
}

// run reads a plan until all of it is closed, with as many readers as are free
// and of use.
func (c *Connector) run(ctx context.Context, p *plan, blindly bool) error {
	c.ledger.begin(p, blindly, c.demand())
	defer c.ledger.end(p)
	reading, ctx := routine.WithContext(ctx)
	defer func() { _ = reading.Wait() }() // what fails is the cause of ctx
	for {
		w, err := c.ledger.next(ctx, p)
		if w == nil {
			return err
		}
		select {
		case r := <-c.readers:
			reading.Go("read window", func() error {
				err := routine.Safely("read window", func() error { return r.read(ctx, w) })
				if err != nil {
					r = c.newReader() // the old one may hold part of a batch
				}
				c.readers <- r // never blocks: it has room for all there are
				return err
			})
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
