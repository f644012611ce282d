package collect

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/source"
)

// LogsOptions are what a connector of CloudWatch Logs is made of.
type LogsOptions struct {
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
	Reader     LogReader
	Lister     source.LogGroupLister
	Limiters   *Limiters // nil: the process's
	State      WindowState
	Queue      Queue
	NewDecoder func() LogDecoder       // one for each reader
	Drop       func(event []byte) bool // records that log_filter drops; nil: none
	Log        *slog.Logger
	Status     *health.Status // nil: one that is not shown
}

// allowance leaves alone what is hardly visible yet: it would be read again
// anyway.
const allowance = 5 * time.Second

// LogsConnector collects log groups. Make it with NewLogs, run it once.
type LogsConnector struct {
	LogsOptions
	api     *limitedLogs
	groups  *source.LogGroups
	ledger  *ledger
	valve   *valve
	readers chan *logReader // those with nothing to do
	clock   *awsClock

	began     time.Time
	mu        sync.Mutex
	following []*logSource // now
	atEnd     bool         // of a backfill
}

// NewLogs returns a connector that is not running yet.
func NewLogs(o LogsOptions) *LogsConnector {
	if o.Limiters == nil {
		o.Limiters = &processLimiters
	}
	if o.Status == nil {
		o.Status = health.NewStatus(o.Log, nil, time.Now)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &LogsConnector{
		LogsOptions: o,
		ledger:      newLedger(o.State),
		valve:       newValve(),
		readers:     make(chan *logReader, o.Readers),
		began:       time.Now(),
		clock:       &awsClock{host: o.Now},
	}
	c.api = &limitedLogs{
		reader: o.Reader, lister: o.Lister,
		filter: o.Limiters.of(o.Account, o.Region, apiFilter),
		groups: o.Limiters.of(o.Account, o.Region, apiGroups),

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

func (c *LogsConnector) newReader() *logReader {
	return &logReader{c: c, decoder: c.NewDecoder()}
}

// Run collects until ctx ends and returns nil then, or what the connector
// cannot go on after.
func (c *LogsConnector) Run(ctx context.Context) error {
	commits := &committer{queue: c.Queue, book: c.ledger, valve: c.valve, causes: c.Status.Causes}
	return run(ctx, commits, part{"find log groups", c.find})
}

// find resolves the groups at once and then every interval, and has each of
// their sources followed, until a backfill is complete.
func (c *LogsConnector) find(ctx context.Context) error {
	var following sync.WaitGroup
	defer following.Wait()
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
				following.Go(func() { c.follow(one, found) })
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
		if pause(ctx, max(0, c.Interval-time.Since(began))) != nil {
			return nil
		}
	}
}

// source begins with a source where its marks are.
func (c *LogsConnector) source(s source.LogSource) *logSource {
	m, known := c.State.Marks(s.Key())
	if !known {
		m = c.sight().begin()
	}
	return newLogSource(s, c.Lookback, m)
}
