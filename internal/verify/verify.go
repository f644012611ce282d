// Package verify takes CloudTrail's digest files as the manifest of what must
// exist: every log file that one lists is in the bucket, is what CloudTrail
// delivered and was collected, else it is fetched; none is there that no digest
// lists; and the digests themselves are signed by CloudTrail and are a chain
// without gaps.
//
// Log files are listed in the digest of the hour in which they were delivered,
// by account, region and trail. Digests come up to an hour after that.
package verify

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"sync"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// Finder finds digests that are not known yet, those of a chain in order.
type Finder interface {
	Poll(ctx context.Context, now time.Time, found func(source.Object) error) (source.Stats, error)
}

// Bucket reads what the digests are about.
type Bucket interface {
	// Document reads a digest.
	Document(ctx context.Context, o source.Object) (source.Document, error)
	// Open reads a log file.
	Open(ctx context.Context, o source.Object, from int64) (io.ReadCloser, error)
}

// Browser lists log files.
type Browser interface {
	// Between visits the log files in a date folder whose names say a time from
	// from to to, and those whose names say none.
	Between(ctx context.Context, folder string, from, to time.Time, visit func(source.Object)) error
}

// Book is what the connector remembers, and does about what is found.
type Book interface {
	// Known reports whether this version of an object was delivered, or is on
	// its way; objects of the family before Floor are forgotten.
	Known(key, etag string) bool
	Floor(family string) time.Time
	// Marks is up to when the digests of each chain were dealt with.
	Marks(prefix string) map[string]time.Time

	// Begin takes a digest into flight; false: it is there, or was done.
	Begin(digest source.Object) bool
	// Abandon takes it out: it will be found again.
	Abandon(digest source.Object)
	// Done records the faults that a digest has shown, and then that it is done
	// with.
	Done(ctx context.Context, digest source.Object, faults []Fault) error
	// Record records faults that no one digest has shown.
	Record(ctx context.Context, faults []Fault) error
	// Collect has a log file collected that was missed.
	Collect(ctx context.Context, file source.Object) error
}

// Status is where a Verifier counts.
type Status interface {
	Add(m health.Metric, n int64)
}

// Options are what a Verifier is made of.
type Options struct {
	Bucket       string        // by name; "": another than the digests call it, such as an access point
	Since, Until time.Time     // of the log files; zero: no bound
	Lookback     time.Duration // how far back listings look for log files
	Workers      int           // chains verified at the same time

	Layout  *source.Layout // of the log files
	Digests Finder
	Store   Bucket
	Browser Browser
	Book    Book
	Hashes  *Hashes
	Keys    digest.Keys // given by the user; nil: none
	List    KeyLister
	Status  Status
	Log     *slog.Logger
}

// Verifier verifies digests. Use it from one goroutine.
type Verifier struct {
	Options
	keys     *keyring
	chains   chains
	unlisted unlisted
	any      bool // a digest was found
	began    time.Time
	said     sync.Map // by once
}

// New returns a Verifier.
func New(o Options) *Verifier {
	o.Workers = max(o.Workers, 1)
	return &Verifier{
		Options: o, keys: newKeyring(o.Keys, o.List),
		chains: newChains(), unlisted: newUnlisted(),
	}
}

// Round verifies the digests that have come since the last round, and returns
// how many those were.
//
// An error says what could not be listed or read; it is tried again in the next
// round, and everything else was done.
func (v *Verifier) Round(ctx context.Context, now time.Time) (found int, err error) {
	if v.began.IsZero() {
		v.began = now
		v.chains.seed(v.Book.Marks(""), now)
	}
	// The digests of a chain are one worker's, so that they stay in order.
	var working routine.Group
	workers := make([]chan source.Object, v.Workers)
	var failed failures
	for i := range workers {
		workers[i] = make(chan source.Object)
		working.Go("verify digests", func() error {
			for o := range workers[i] {
				failed.add(routine.Safely("verify digest "+o.Key, func() error { return v.one(ctx, o, now) }))
			}
			return nil
		})
	}
	_, err = v.Digests.Poll(ctx, now, func(o source.Object) error {
		if !v.Book.Begin(o) {
			return nil
		}
		v.any = true
		found++
		select {
		case workers[shard(o.Family, v.Workers)] <- o:
			return nil
		case <-ctx.Done():
			v.Book.Abandon(o)
			return ctx.Err()
		}
	})
	for _, w := range workers {
		close(w)
	}
	_ = working.Wait() // what fails is in failed
	if ctx.Err() != nil {
		return found, ctx.Err()
	}
	failed.add(err)
	failed.add(v.conclude(ctx, now, failed.err() == nil))
	return found, failed.err()
}

func shard(family string, n int) int {
	h := fnv.New32a()
	_, _ = io.WriteString(h, family) // a hash takes everything
	return int(h.Sum32() % uint32(n))
}

// one verifies a digest and records what it shows.
func (v *Verifier) one(ctx context.Context, o source.Object, now time.Time) error {
	done := false
	defer func() {
		if !done {
			v.Book.Abandon(o)
		}
	}()
	c := &check{v: v, object: o, now: now}
	if err := c.run(ctx); err != nil {
		return err
	}
	v.tell(c.faults)
	if err := v.Book.Done(ctx, o, c.faults); err != nil {
		return err
	}
	done = true
	return nil
}

// conclude looks at what only shows when the digests have been looked at: at
// what is not there only if all of them have.
func (v *Verifier) conclude(ctx context.Context, now time.Time, all bool) error {
	faults := v.unlisted.judge()
	if all && v.Until.IsZero() {
		faults = append(faults, v.chains.overdue(now)...)
	}
	v.tell(faults)
	if all && !v.any && now.Sub(v.began) > silence {
		v.any = true // said once
		v.Log.Warn("verify_digests is on, and no digest file was found: log file validation may be off for the trail")
	}
	if len(faults) == 0 {
		return nil
	}
	return v.Book.Record(ctx, faults)
}

// once warns of something that limits what is verified, the first time.
func (v *Verifier) once(message string, attrs ...any) {
	if _, said := v.said.LoadOrStore(fmt.Sprint(message, attrs[:2]), true); !said {
		v.Log.Warn(message, attrs...)
	}
}

// toldFaults is how many faults of one problem and digest are logged one by one.
const toldFaults = 5

// tell logs and counts faults.
func (v *Verifier) tell(faults []Fault) {
	count := map[Problem]int{}
	for _, f := range faults {
		v.Status.Add(f.Problem.metric(), 1)
		if count[f.Problem]++; count[f.Problem] > toldFaults {
			continue
		}
		attrs := []any{"problem", string(f.Problem), "account", f.Account, "region", f.Region}
		for _, a := range [][2]string{{"key", f.Object}, {"digest", f.Digest}, {"detail", f.Detail}, {"expected", f.Expected}, {"found", f.Found}} {
			if a[1] != "" {
				attrs = append(attrs, a[0], a[1])
			}
		}
		v.Log.Error(f.Problem.says(), attrs...)
	}
	for problem, n := range count {
		if n > toldFaults {
			v.Log.Error("and more: "+problem.says(), "problem", string(problem), "faults", n-toldFaults)
		}
	}
}
