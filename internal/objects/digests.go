package objects

import (
	"context"
	"crypto/sha256"
	"hash"
	"sync"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/internal/verify"
)

// Digests are what a connector verifies CloudTrail's digest files with. Of the
// verify.Options the connector itself sets Book, Hashes, Status and Log.
type Digests struct {
	verify.Options
	Ledger   source.Ledger // of digests as well as log files
	Settings interflow.Settings
	Interval time.Duration // of the connector's section, also where a queue tells of log files
}

// roundEvery is how many intervals lie between two looks for digests, which
// come once an hour.
const roundEvery = 3

// digests is the connector's side of the verification: what it remembers, and
// how faults become records. Digests are begun, delivered and committed as log
// files are; their records are the faults that they show.
type digests struct {
	source.Ledger
	c        *Connector
	every    time.Duration // between two looks for digests
	verifier *verify.Verifier
	hashes   *verify.Hashes
	events   *interflow.DigestFaults

	mu    sync.Mutex
	tasks map[state.Fingerprint]*task // in flight
}

func newDigests(c *Connector, o Digests) *digests {
	d := &digests{
		Ledger: o.Ledger, c: c, every: roundEvery * o.Interval, hashes: verify.NewHashes(), events: interflow.NewDigestFaults(o.Settings),
		tasks: make(map[state.Fingerprint]*task),
	}
	o.Book, o.Hashes, o.Status, o.Log = d, d.hashes, c.Status, c.Log
	c.Status.With(health.PartDigests)
	d.verifier = verify.New(o.Options)
	return d
}

// run verifies what there is every few intervals, for the first time when the
// log files have been listed: most of what a digest lists is known by then.
func (d *digests) run(ctx context.Context) error {
	select {
	case <-d.c.listed:
	case <-time.After(d.every): // it takes its time, or notifications come instead
	case <-ctx.Done():
		return nil
	}
	for {
		began := time.Now()
		if d.c.valve.Wait(ctx) != nil {
			return nil
		}
		last := d.c.backfill != nil && d.c.backfill.progress().Complete
		found, err := d.verifier.Round(ctx, began)
		if ctx.Err() != nil {
			return nil
		}
		d.c.Status.Report("verify digests", err)
		if last && found == 0 && err == nil {
			d.c.Log.Info("digests of the backfill are verified", "digests", d.c.Status.Count(health.Digests))
			return nil
		}
		if routine.Pause(ctx, max(0, d.every-time.Since(began))) != nil {
			return nil
		}
	}
}

// Begin implements verify.Book.
func (d *digests) Begin(o source.Object) bool {
	t := newTask(o)
	if !d.c.begin(t) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tasks[t.position.Fingerprint] = t
	return true
}

// Abandon implements verify.Book.
func (d *digests) Abandon(o source.Object) {
	d.c.State.Abandon(d.land(o).position.Fingerprint)
}

// land takes a digest's task out of flight.
func (d *digests) land(o source.Object) *task {
	print := state.FingerprintOf(o.Key, o.ETag)
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tasks[print]
	if t == nil {
		t = newTask(o)
	}
	delete(d.tasks, print)
	return t
}

// Done implements verify.Book.
func (d *digests) Done(ctx context.Context, o source.Object, faults []verify.Fault) error {
	t := d.land(o)
	if len(faults) > 0 {
		out := &batcher{connector: d.c, task: t}
		if _, err := out.Flush(ctx, d.encode(faults), 1); err != nil {
			return err
		}
	}
	d.c.delivery.completed(t, 0)
	return nil
}

// Record implements verify.Book. Nothing is committed with these faults: they
// are found again by a run that begins before the host has stored them.
func (d *digests) Record(ctx context.Context, faults []verify.Fault) error {
	_, err := d.c.Queue.Append(ctx, d.encode(faults))
	return err
}

// Collect implements verify.Book.
func (d *digests) Collect(ctx context.Context, o source.Object) error { return d.c.found(ctx, o, nil) }

func (d *digests) encode(faults []verify.Fault) (events []byte) {
	now := time.Now().UnixMilli()
	for _, f := range faults {
		events = d.events.Append(events, interflow.DigestFault{
			Problem: string(f.Problem), Time: f.Time, Account: f.Account, Region: f.Region,
			Digest: f.Digest, Object: f.Object, Detail: f.Detail, Expected: f.Expected, Found: f.Found,
		}, now)
	}
	return events
}

// fileHash makes the hash of a log file while it is decoded.
type fileHash struct {
	hashes *verify.Hashes
	sum    hash.Hash
}

// watch has the file's plain text hashed; without digests it does nothing.
func (d *digests) watch(o *decode.Object) *fileHash {
	if d == nil {
		return nil
	}
	h := &fileHash{d.hashes, sha256.New()}
	o.Plain = h.sum
	return h
}

// keep remembers the hash of a file that was read to its end.
func (h *fileHash) keep(print state.Fingerprint) {
	if h != nil {
		h.hashes.Add(print, digest.Hash(h.sum.Sum(nil)))
	}
}
