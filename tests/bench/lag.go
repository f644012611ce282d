package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

const (
	lagFor   = 20 * time.Second
	lagRate  = 100 // objects a second
	lagEach  = 5   // records an object
	accounts = 10  // whose trails the objects are
	burstOf  = 100 // objects put at once
	burstFor = 200 // records each
)

// lag measures, in the real Fluent Bit, how long it takes from an object being
// visible to its last record having left through an output: 100 objects a
// second, an interval of a second. This holds more than the budget does, which
// ends where the records are in a chunk: Fluent Bit flushes chunks five times a
// second here. And it measures how fast a burst is handed over.
func lag(ctx context.Context, o options, r *report) (err error) {
	if _, ok := abihost.RealFluentBit(); !ok {
		r.note("lag: not measured: %v", harness.ErrNoFluentBit)
		return nil
	}
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
	world.Bucket(bucket)
	connector := world.Connector("lag", "cloudtrail", bucket, "AWSLogs/*/CloudTrail/"+harness.Region).With("workers", "8")
	p, err := harness.Start(ctx, harness.FluentBit, harness.Config{Dir: dir, Plugin: o.plugin, Connectors: []harness.Connector{connector}})
	if err != nil {
		return err
	}
	defer func() {
		_, stopping := p.Stop(ctx)
		err = errors.Join(err, stopping)
	}()
	w := &watch{Process: p, world: world, left: map[string]int{}, put: map[string]time.Time{}, of: map[string]string{}}
	if err := w.steady(ctx, r); err != nil {
		return err
	}
	return w.burst(ctx, r)
}

// watch knows which records are still to come out.
type watch struct {
	*harness.Process
	world *harness.World

	seen int                  // records read
	of   map[string]string    // record's id -> its object's key
	left map[string]int       // key -> records to come
	put  map[string]time.Time // key -> when it became visible
	lags []time.Duration
}

// object puts an object of that many records, of one account after another.
func (w *watch) object(g *generate.Generator, records int) error {
	account := fmt.Sprintf("%012d", 111122220000+len(w.put)%accounts)
	o := g.CloudTrailFile(generate.TrailFile{File: generate.File{Account: account, Records: records, At: time.Now()}})
	raw, err := o.Raw()
	if err != nil {
		return err
	}
	var file struct {
		Records []struct {
			EventID string `json:"eventID"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("read generated object: %w", err)
	}
	for _, r := range file.Records {
		w.of[r.EventID] = o.Key
		w.left[o.Key]++
	}
	_, err = w.world.Put(bucket, o)
	w.put[o.Key] = time.Now()
	return err
}

// look takes what has come out since.
func (w *watch) look() error {
	records, err := w.Records("lag")
	now := time.Now()
	for _, r := range records[w.seen:] {
		id, _ := r["eventID"].(string)
		key := w.of[id]
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
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return w.WaitFor(ctx, "the records of every object", func() (bool, error) {
		err := w.look()
		return len(w.lags) >= n, err
	})
}

func (w *watch) steady(ctx context.Context, r *report) error {
	g := w.world.Generator(7, 0, generate.Options{})
	// The first start and poll are not what is measured.
	if err := w.object(g, 1); err != nil {
		return err
	}
	if err := w.all(ctx, 1); err != nil {
		return err
	}
	w.lags = nil
	const objects = int(lagFor/time.Second) * lagRate
	began := time.Now()
	for n := range objects {
		if err := w.object(g, lagEach); err != nil {
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
	slices.Sort(w.lags)
	at := func(share float64) float64 { return w.lags[int(share*float64(len(w.lags)-1))].Seconds() }
	r.note("lag in Fluent Bit to the output, interval 1 s, %.0f objects/s: min %.2f s, median %.2f s, 99 %% %.2f s, max %.2f s",
		rate, at(0), at(0.5), at(0.99), at(1))
	return nil
}

func (w *watch) burst(ctx context.Context, r *report) error {
	g := w.world.Generator(8, 0, generate.Options{})
	w.lags = nil
	for range burstOf {
		if err := w.object(g, burstFor); err != nil {
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
