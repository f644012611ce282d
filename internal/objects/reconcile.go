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
// what is older than its queue.
func (c *Connector) sayMissed(pass, missed int, stats source.Stats) {
	const many = 100
	attrs := []any{"objects", missed, "listed_keys", stats.Keys}
	switch {
	case missed == 0:
	case pass > 1 && missed >= many && 2*missed > stats.Keys:
		c.Log.Warn("most objects of the bucket were found by listing: either notifications do not reach the queue, or other nodes take from it, too: then set reconcile_interval 0 on all nodes but one", attrs...)
	case pass > 1:
		c.Log.Warn("objects were found by listing whose notification never came", attrs...)
	default:
		c.Log.Info("objects were found by listing that the queue had not told of", attrs...)
	}
}

// pass is a Poller of which each poll looks at a whole window of time anew.
type pass struct {
	lister  source.Lister
	layout  *source.Layout
	ledger  source.Ledger
	options source.Options
	from    time.Time // where the window of the next poll begins
	window  time.Duration
}

// NewPass looks window back, and the first time as far behind the newest that
// was delivered before.
func NewPass(l source.Lister, layout *source.Layout, ledger source.Ledger, o source.Options, window time.Duration) *pass {
	p := &pass{lister: l, layout: layout, ledger: unmarked{ledger}, options: o, from: o.Since, window: window}
	for _, mark := range ledger.Marks("") {
		p.advance(mark)
	}
	return p
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
	o := p.options
	o.Since = p.from
	stats, err := source.NewPoller(p.lister, p.layout, p.ledger, o).Poll(ctx, now, found)
	if err == nil {
		p.advance(now)
	}
	return stats, err
}

// unmarked is a ledger without marks: where messages come in any order, a mark
// does not tell that everything before it was delivered.
type unmarked struct{ source.Ledger }

// Mark implements source.Ledger.
func (unmarked) Mark(string) (time.Time, bool) { return time.Time{}, false }

// Marks implements source.Ledger.
func (unmarked) Marks(string) map[string]time.Time { return nil }
