package main

import (
	"context"
	"crypto/md5" // an ETag
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

const (
	lagRate  = 100 // objects a second
	lagEach  = 5   // records an object
	burstOf  = 100 // objects put at once
	burstFor = 200 // records each
)

// lag measures, in the real Fluent Bit, how long it takes from an object being
// visible to its last record having left through an output: 100 objects a
// second, an interval of a second, an S3 that takes its time. This holds more
// than the budget does, which ends where the records are in a chunk: Fluent
// Bit flushes chunks five times a second here. And it measures how fast a burst
// is handed over.
func lag(ctx context.Context, o options, r *report) error {
	if _, ok := abihost.RealFluentBit(); !ok {
		r.note("lag: not measured: %v", harness.ErrNoFluentBit)
		return nil
	}
	var errs []error
	for n := range shapes(&harness.World{}) {
		errs = append(errs, watching(ctx, o, n, func(w *watch) error {
			w.world.AWS.Fault(w.slow)
			if err := w.before(ctx); err != nil {
				return err
			}
			return w.steady(ctx, o.lagFor, r)
		}))
	}
	// And how fast objects that come at once are handed over.
	errs = append(errs, watching(ctx, o, 0, func(w *watch) error { return w.burst(ctx, r) }))
	return errors.Join(errs...)
}

// watching has Fluent Bit collect from a bucket of that shape.
func watching(ctx context.Context, o options, n int, do func(*watch) error) (err error) {
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	world, err := harness.NewWorld()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	s := shapes(world)[n]
	if !strings.HasPrefix(s.name, o.log) {
		return nil
	}
	world.Bucket(bucket)
	connector := world.Connector("lag", "cloudtrail", bucket, s.prefix).With("sub_type", s.subType).With("workers", "8")
	p, err := harness.Start(ctx, harness.FluentBit, harness.Config{Dir: dir, Plugin: o.plugin, Connectors: []harness.Connector{connector}})
	if err != nil {
		return err
	}
	defer func() {
		_, stopping := p.Stop(ctx)
		err = errors.Join(err, stopping)
	}()
	return do(&watch{
		Process: p, world: world, shape: s, at: time.Now(),
		left: map[string]int{}, put: map[string]time.Time{}, of: map[string]string{}, got: map[string]time.Time{},
	})
}

// watch knows which records are still to come out.
type watch struct {
	*harness.Process
	world *harness.World
	shape shape
	at    time.Time // in the names

	objects int                  // put
	seen    int                  // records read
	of      map[string]string    // record's id -> its object's key
	left    map[string]int       // key -> records to come
	put     map[string]time.Time // key -> when it became visible
	lags    []time.Duration

	mu        sync.Mutex
	measuring bool
	got       map[string]time.Time // key -> when it was fetched
	asked     []time.Time          // when lists were
}

// slow makes the fake as slow as S3 is while it is measured, and notes when
// what is asked.
func (w *watch) slow(r fakeaws.Request) *fakeaws.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	var f fakeaws.Fault
	switch r.Operation {
	case "ListObjectsV2":
		if w.measuring {
			w.asked = append(w.asked, time.Now())
		}
		f.Latency = listLatency
	case "GetObject":
		if w.got[r.Key].IsZero() {
			w.got[r.Key] = time.Now()
		}
		f.Latency = getLatency
	}
	if !w.measuring {
		return nil
	}
	return &f
}

// fetched is how many objects were.
func (w *watch) fetched() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.got)
}

// object puts an object of that many records.
func (w *watch) object(records int) error {
	o := w.shape.object(w.shape.next(w.objects), w.at, records)
	w.objects++
	known, err := ids(o, fmt.Sprintf("%x", md5.Sum(o.Body)))
	if err != nil {
		return err
	}
	for _, id := range known {
		w.of[id] = o.Key
	}
	if w.left[o.Key] = o.Records; o.Records > 0 {
		w.put[o.Key] = time.Now()
	}
	_, err = w.world.Put(bucket, o)
	return err
}

// look takes what has come out since.
func (w *watch) look() error {
	records, err := w.Records("lag")
	now := time.Now()
	for _, r := range records[w.seen:] {
		key := w.of[known(r)]
		if key == "" {
			return fmt.Errorf("a record of no object: %.200v", r)
		}
		if w.left[key]--; w.left[key] == 0 {
			w.lags = append(w.lags, now.Sub(w.put[key]))
		}
	}
	w.seen = len(records)
	return err
}

// all waits until every record of n objects is out.
func (w *watch) all(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return w.WaitFor(ctx, "the records of every object", func() (bool, error) {
		err := w.look()
		return len(w.lags) >= n, err
	})
}

// before puts what is there before, and waits until all that is done with: the
// first start and poll are not what is measured.
func (w *watch) before(ctx context.Context) error {
	for range w.shape.before {
		if err := w.object(-1); err != nil {
			return err
		}
	}
	if err := w.object(1); err != nil {
		return err
	}
	if err := w.WaitFor(ctx, "what was there before", func() (bool, error) { return w.fetched() == w.objects, nil }); err != nil {
		return err
	}
	if err := w.all(ctx, 1); err != nil {
		return err
	}
	w.lags, w.put = nil, map[string]time.Time{}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.measuring = true
	return nil
}

func (w *watch) steady(ctx context.Context, long time.Duration, r *report) error {
	objects := int(long.Seconds() * lagRate)
	began := time.Now()
	for n := range objects {
		if w.shape.before == 0 {
			w.at = time.Now()
		}
		if err := w.object(lagEach); err != nil {
			return err
		}
		if n%2 == 0 {
			if err := w.look(); err != nil {
				return err
			}
		}
		due := began.Add(time.Duration(n+1) * time.Second / lagRate)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	rate := float64(objects) / time.Since(began).Seconds()
	if err := w.all(ctx, objects); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var fetched []time.Duration
	for key, put := range w.put {
		fetched = append(fetched, w.got[key].Sub(put))
	}
	seconds, most := w.listed()
	slices.Sort(fetched)
	slices.Sort(w.lags)
	at := func(lags []time.Duration, share float64) float64 {
		return lags[int(share*float64(len(lags)-1))].Seconds()
	}
	r.note("lag in Fluent Bit, interval 1 s, %s, %.0f objects/s: to the GET median %.2f s, max %.2f s; to the output min %.2f s, median %.2f s, 99 %% %.2f s, max %.2f s; %.1f LIST/s, %d at most",
		w.shape.name, rate, at(fetched, 0.5), at(fetched, 1), at(w.lags, 0), at(w.lags, 0.5), at(w.lags, 0.99), at(w.lags, 1),
		float64(len(w.asked))/float64(seconds), most)
	return nil
}

// listed counts the seconds in which lists were asked for, and the most lists in
// one of them.
func (w *watch) listed() (seconds, most int) {
	in := map[int64]int{}
	for _, at := range w.asked {
		in[at.Unix()]++
		most = max(most, in[at.Unix()])
	}
	return len(in), most
}

func (w *watch) burst(ctx context.Context, r *report) error {
	for range burstOf {
		if err := w.object(burstFor); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := w.all(ctx, burstOf); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	r.note("burst: %d records in %d objects, of at least as many batches, out after %.1f s: %.0f records/s; "+
		"the host's timer of a second alone would take %d s", burstOf*burstFor, burstOf, took, burstOf*burstFor/took, burstOf)
	return nil
}
