package objects

import (
	"context"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// SettleAge is how old an object must be, beyond what the queue is behind, to
// be looked for: its notification may still be on its way. S3 delivers them in
// seconds, and sometimes in a minute or longer
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html),
// and another node may be reading the object.
const SettleAge = 15 * time.Minute

// reconcile lists, at once and then every interval, and collects the objects
// whose notification never came.
func (c *Connector) reconcile(ctx context.Context) error {
	for pass := 1; ; pass++ {
		behind, err := c.intake.behind(ctx)
		if err != nil {
			return nil
		}
		began := time.Now()
		settled := began.Add(-SettleAge - behind)
		missed := 0
		stats, err := c.Poller.Poll(ctx, began, func(o source.Object) error {
			if o.LastModified.After(settled) {
				return nil
			}
			missed++
			return c.found(ctx, o, nil)
		})
		if ctx.Err() != nil {
			return nil
		}
		c.polled(stats, time.Now())
		c.Status.Add(health.ObjectsReconciled, int64(missed))
		c.Status.Report("list objects", err)
		c.sayMissed(pass, missed, stats)
		if pass == 1 {
			close(c.listed)
		}
		if routine.Pause(ctx, max(0, c.Interval-time.Since(began))) != nil {
			return nil
		}
	}
}

// sayMissed says what a pass has found. The first pass of a connector finds
// what is older than its queue. A later one that finds about as much as the queue
// has told of shows that something else is wrong than single notifications.
func (c *Connector) sayMissed(pass, missed int, stats source.Stats) {
	const many = 100
	told := c.intake.toldOf()
	attrs := []any{"objects", missed, "objects_told_of", told, "listed_keys", stats.Keys}
	switch {
	case missed == 0:
	case pass == 1:
		c.Log.Info("objects were found by listing that the queue had not told of", attrs...)
	case c.intake.others.Load():
		c.Log.Info("objects were found by listing that this node has not delivered: most of them other nodes have", attrs...)
	case missed >= many && 2*missed > told:
		c.Log.Warn("many objects were found by listing: either notifications do not reach the queue, or other nodes take from it, too: then set reconcile_interval 0 on all nodes but one", attrs...)
	default:
		c.Log.Warn("objects were found by listing whose notification never came", attrs...)
	}
}

// Backlog is what there was before a connector's first start; see
// state.Connector.
type Backlog interface {
	source.Ledger
	Oldest() (time.Time, bool)
	OpenBacklog() (open bool, err error)
	CloseBacklog() error
}

// pass is a Poller of which each poll looks at a whole window of time anew.
type pass struct {
	lister  source.Lister
	layout  *source.Layout
	state   Backlog
	options source.Options
	from    time.Time // where the window of the next poll begins
	window  time.Duration
	backlog bool // the next poll is of everything: no earlier one came to its end
	listed  bool // one has, and what it has found may be on its way
}

// NewPass looks window back. The first poll is of everything since o.Since, and
// that of a later start as far behind the newest that was delivered before.
func NewPass(l source.Lister, layout *source.Layout, state Backlog, o source.Options, window time.Duration) (*pass, error) {
	p := &pass{lister: l, layout: layout, state: state, options: o, from: o.Since, window: window}
	var err error
	if p.backlog, err = state.OpenBacklog(); err != nil || p.backlog {
		return p, err
	}
	for _, mark := range state.Marks("") {
		p.advance(mark)
	}
	return p, nil
}

// advance moves the window: everything up to a time is done with, but for what
// comes late.
func (p *pass) advance(done time.Time) {
	if from := done.Add(-p.window); from.After(p.from) {
		p.from = from
	}
}

// Poll implements Poller.
func (p *pass) Poll(ctx context.Context, now time.Time, found func(source.Object) error) (source.Stats, error) {
	if err := p.closeBacklog(); err != nil {
		return source.Stats{}, err
	}
	o := p.options
	o.Since = p.from
	stats, err := source.NewPoller(p.lister, p.layout, unmarked{p.state, p.backlog}, o).Poll(ctx, now, found)
	if err == nil {
		p.listed, p.backlog = p.listed || p.backlog, false
		p.advance(now)
	}
	return stats, err
}

// closeBacklog stores that the backlog needs no listing at a later start, once
// nothing of it is on its way any more.
func (p *pass) closeBacklog() error {
	if !p.listed {
		return nil
	}
	if oldest, any := p.state.Oldest(); any && oldest.Before(p.from) {
		return nil
	}
	p.listed = false
	return p.state.CloseBacklog()
}

// unmarked is a ledger without marks: where messages come in any order, a mark
// does not tell that everything before it was delivered. Nor does, of a backlog,
// the floor that follows the mark.
type unmarked struct {
	source.Ledger
	backlog bool
}

// Mark implements source.Ledger.
func (unmarked) Mark(string) (time.Time, bool) { return time.Time{}, false }

// Marks implements source.Ledger.
func (unmarked) Marks(string) map[string]time.Time { return nil }

// Floor implements source.Ledger.
func (u unmarked) Floor(family string) time.Time {
	if u.backlog {
		return time.Time{}
	}
	return u.Ledger.Floor(family)
}
