// Package logs is the pipeline of a connector that collects log groups: each
// is pulled again and again, a pull reads pages of what is new and of what may
// have become visible late, a backlog with several readers at a time, and a
// range of time is closed once the host has stored all that it holds.
package logs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// Options are what a connector of CloudWatch Logs is made of.
type Options struct {
	Account, Region string   // of the caller: whose quotas count
	Groups          []string // names, ARNs, and prefixes of both with "*" at their end
	Streams         []string // names, and prefixes with "*" at their end; none: all

	Interval  time.Duration   // between the beginnings of two pulls of a group
	Since     time.Time       // nothing before is read
	Until     time.Time       // nor from here on; zero: no end
	Lookback  time.Duration   // how far behind the newest each pull reads again
	Allowance time.Duration   // how far behind the present it begins
	Sweeps    []time.Duration // ages at which everything is read once more
	Readers   int             // pages read at the same time

	Now        func() time.Time // the host's clock; nil: time.Now
	Reader     Reader
	Lister     source.LogGroupLister
	Limiters   *Limiters // nil: the process's
	State      State
	Queue      deliver.Queue
	NewDecoder func() Decoder          // one for each reader
	Drop       func(event []byte) bool // records that log_filter drops; nil: none
	Log        *slog.Logger
	Status     *health.Status // nil: one that is not shown
}

// Allowance leaves alone what is hardly visible yet: it would be read again
// anyway.
const Allowance = 5 * time.Second

// Connector collects log groups. Make it with New, run it once.
type Connector struct {
	Options
	api     *limited
	groups  *source.LogGroups
	ledger  *ledger
	valve   *deliver.Valve
	readers chan *reader // those with nothing to do
	clock   *awsClock

	began     time.Time
	mu        sync.Mutex
	following []*logSource // now
	atEnd     bool         // of a backfill
}

// New returns a connector that is not running yet.
func New(o Options) *Connector {
	if o.Limiters == nil {
		o.Limiters = &processLimiters
	}
	if o.Status == nil {
		o.Status = health.NewStatus(o.Log, nil, time.Now)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Connector{
		Options: o,
		ledger:  newLedger(o.State),
		valve:   deliver.NewValve(),
		readers: make(chan *reader, o.Readers),
		began:   time.Now(),
		clock:   &awsClock{host: o.Now},
	}
	c.api = &limited{
		reader: o.Reader, lister: o.Lister,
		filter: o.Limiters.of(o.Account, o.Region, FilterLogEvents),
		groups: o.Limiters.of(o.Account, o.Region, DescribeLogGroups),

		failed:  func(n int64) { o.Status.Add(health.Errors, n) },
		trouble: func(err error) { o.Status.Report("ask CloudWatch Logs", err) },
	}
	c.ledger.told = o.Status.Delivered
	o.Status.Watch(c.progress)
	c.groups = source.NewLogGroups(c.api, o.Groups, o.Account, o.Region)
	for range o.Readers {
		c.readers <- c.newReader()
	}
	return c
}

func (c *Connector) newReader() *reader {
	return &reader{c: c, decoder: c.NewDecoder()}
}

// Run collects until ctx ends and returns nil then, or what the connector
// cannot go on after.
func (c *Connector) Run(ctx context.Context) error {
	commits := &deliver.Committer{Queue: c.Queue, Book: c.ledger, Valve: c.valve, Causes: c.Status.Causes}
	return deliver.Run(ctx, commits, deliver.Part{What: "find log groups", Run: c.find})
}

// find resolves the groups at once and then every interval, and has each of
// their sources followed, until a backfill is complete.
func (c *Connector) find(ctx context.Context) (err error) {
	following, ctx := routine.WithContext(ctx)
	defer func() { err = errors.Join(err, following.Wait()) }()
	followed := make(map[string]context.CancelFunc)
	sources := make(map[string]*logSource) // also those that are gone: they may come again
	for {
		began := time.Now()
		groups, err := c.groups.Resolve(ctx)
		if ctx.Err() != nil {
			return nil
		}
		c.Status.Report("list log groups", err)
		present := make(map[string]bool)
		for _, g := range groups {
			for _, s := range source.LogSources(g, c.Streams) {
				key := s.Key()
				present[key] = true
				if followed[key] != nil {
					continue
				}
				if sources[key] == nil {
					sources[key] = c.source(s)
				}
				found := sources[key]
				one, stop := context.WithCancel(ctx)
				followed[key] = stop
				following.Go("follow log group", func() error {
					c.follow(one, found)
					return nil
				})
			}
		}
		for key, stop := range followed {
			if !present[key] { // deleted
				stop()
				delete(followed, key)
			}
		}
		if all := c.follows(followed, sources); err == nil && !c.Until.IsZero() && c.complete(all) {
			return nil
		}
		if routine.Pause(ctx, max(0, c.Interval-time.Since(began))) != nil {
			return nil
		}
	}
}

// source begins with a source where its marks are.
func (c *Connector) source(s source.LogSource) *logSource {
	m, known := c.State.Marks(s.Key())
	if !known {
		m = c.sight().begin()
	}
	return newLogSource(s, c.Lookback, m)
}
