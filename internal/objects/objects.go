// Package objects is the pipeline of a connector that collects a bucket's
// objects: a poller or a queue's notifications tell of objects, workers fetch
// and decode them into batches, the host's queue takes the batches, and what
// the host has stored is committed to the state. Nothing is committed before
// it is stored, everything in flight is bounded, and every goroutine ends
// before Run does.
package objects

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// Poller lists objects.
type Poller interface {
	// Poll lists once and calls found, which may block, for every object that
	// is not known yet. An error says what could not be listed; the rest was.
	Poll(ctx context.Context, now time.Time, found func(source.Object) error) (source.Stats, error)
}

// Store gives access to objects.
type Store interface {
	// Open reads an object's version from its beginning.
	Open(ctx context.Context, o source.Object, from int64) (io.ReadCloser, error)
}

// RandomStore is a Store that can also read any part of an object's version.
type RandomStore interface {
	Store
	ReaderAt(ctx context.Context, o source.Object) io.ReaderAt
}

// State remembers what was delivered; see the package of this name.
type State interface {
	Begin(p state.Position) (next int64, ok bool)
	Delivered(p state.Fingerprint) bool
	Abandon(p state.Fingerprint)
	Commit(u state.Update) error
	Quarantined() []state.Quarantined
	Oldest() (time.Time, bool)
	InFlight() int
	Settled() (last, settled uint64)
	Settle()
}

// Decoder reads one object after another.
type Decoder interface {
	Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (decode.Stats, error)
}

// Options are what a connector is made of.
type Options struct {
	Interval   time.Duration // between the beginnings of two polls
	Workers    int
	Poller     Poller // with an Inbox: nil for none
	Inbox      Inbox  // tells of new objects, and Poller then finds what it did not; nil: only Poller does
	Claim      func(body string) source.Claim
	Stat       func(context.Context, source.Object) (source.Object, error) // completes what an Inbox tells
	Store      Store
	State      State
	Queue      deliver.Queue
	NewDecoder func() Decoder          // one for each worker
	Drop       func(event []byte) bool // records that log_filter drops; nil: none
	Reserve    decode.Reserve          // nil: decoders need not ask
	Digests    *Digests                // verify CloudTrail's digests; nil: not
	Backfill   *Backfill               // the range that is collected; nil: it has no end
	Log        *slog.Logger
	Status     *health.Status // nil: one that is not shown
}

// Connector collects objects. Make it with New, run it once.
type Connector struct {
	Options
	tasks    chan *task
	retries  chan retry
	delivery *delivery
	intake   *intake // nil without an Inbox
	valve    *deliver.Valve
	retrying atomic.Int64  // objects that failed and are tried again
	digests  *digests      // nil: they are not verified
	backfill *backfill     // nil: there is no end
	listed   chan struct{} // closed after the first poll

	succeeded atomic.Int64 // when an object was read last, in Unix nanoseconds
}

// New returns a connector that is not running yet.
func New(o Options) *Connector {
	if o.Status == nil {
		o.Status = health.NewStatus(o.Log, nil, time.Now)
	}
	c := &Connector{
		Options:  o,
		tasks:    make(chan *task),
		retries:  make(chan retry),
		delivery: newDelivery(o.State),
		valve:    deliver.NewValve(),
		listed:   make(chan struct{}),
	}
	if o.Inbox != nil {
		c.intake = newIntake(c)
	}
	if o.Digests != nil {
		c.digests = newDigests(c, *o.Digests)
	}
	c.delivery.told = o.Status.Delivered
	o.Status.Watch(c.progress)
	if o.Backfill != nil {
		c.backfill = newBackfill(c, *o.Backfill)
	}
	return c
}

// Run collects until ctx ends and returns nil then, or what the connector
// cannot go on after.
func (c *Connector) Run(ctx context.Context) error {
	earlier := c.State.Quarantined() // before this run sets objects aside
	parts := []deliver.Part{
		{What: "retry quarantined objects", Run: func(ctx context.Context) error { return c.retryQuarantined(ctx, earlier) }},
		{What: "schedule retries", Run: c.schedule},
	}
	for range c.Workers {
		parts = append(parts, deliver.Part{What: "collect objects", Run: c.work})
	}
	if c.digests != nil {
		parts = append(parts, deliver.Part{What: "verify digests", Run: c.digests.run})
	}
	if c.backfill != nil {
		parts = append(parts, deliver.Part{What: "count objects", Run: c.backfill.count})
	}
	commits := &deliver.Committer{Queue: c.Queue, Book: c.delivery, Valve: c.valve, Causes: c.Status.Causes}
	if c.intake == nil {
		return deliver.Run(ctx, commits, append(parts, deliver.Part{What: "list objects", Run: c.list})...)
	}
	parts = append(parts, c.intake.parts()...)
	if c.Poller != nil {
		parts = append(parts, deliver.Part{What: "list objects", Run: c.reconcile}, deliver.Part{What: "look for other nodes", Run: c.intake.lookAround})
	} else {
		close(c.listed) // never
	}
	err := deliver.Run(ctx, commits, parts...)
	return errors.Join(err, routine.Safely("answer messages", c.intake.close))
}

// list polls at once and then every interval, until a backfill is complete.
func (c *Connector) list(ctx context.Context) error {
	for first := true; ; first = false {
		began := time.Now()
		stats, err := c.Poller.Poll(ctx, began, func(o source.Object) error { return c.found(ctx, o, nil) })
		if ctx.Err() != nil {
			return nil
		}
		c.polled(stats, time.Now())
		c.Status.Report("list objects", err)
		if first {
			close(c.listed)
		}
		wait := c.Interval - time.Since(began)
		if c.backfill != nil {
			if wait = c.backfill.polled(ctx, began, stats, err, wait); wait < 0 {
				return nil
			}
		}
		if routine.Pause(ctx, max(0, wait)) != nil {
			return nil
		}
	}
}

// found takes an object into flight and waits for a worker. Its origin is told
// what becomes of it, also when it was delivered before or is on its way; nil:
// nobody is.
func (c *Connector) found(ctx context.Context, o source.Object, from Origin) error {
	t := newTask(o)
	c.delivery.expect(t.position.Fingerprint, from)
	if !c.begin(t) {
		c.delivery.tellIfDelivered(t.position.Fingerprint)
		return nil
	}
	if err := c.valve.Wait(ctx); err != nil {
		c.State.Abandon(t.position.Fingerprint)
		return err
	}
	select {
	case c.tasks <- t:
		return nil
	case <-ctx.Done():
		c.State.Abandon(t.position.Fingerprint)
		return ctx.Err()
	}
}

// begin takes t into flight, unless it is there already or was delivered.
func (c *Connector) begin(t *task) bool {
	next, ok := c.State.Begin(t.position)
	if ok {
		t.next, t.flying = uint64(next), true
	}
	return ok
}

// retryQuarantined gives every object that earlier runs have set aside another
// try: at a start the cause may be mended.
func (c *Connector) retryQuarantined(ctx context.Context, earlier []state.Quarantined) error {
	for _, q := range earlier {
		select {
		case c.retries <- retry{quarantinedTask(q), time.Now()}:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
