package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// lookback is how late an object may be.
const lookback = 6 * time.Hour

// writer puts objects into one bucket.
type writer struct {
	cloud  *cloud
	books  *account
	bucket string
	make   *generate.Generator
	rnd    *rand.Rand
	heal   []string // keys of damaged objects that are to be mended
}

func newWriter(c *cloud, books *account, bucket string, seed uint64) *writer {
	g := generate.New(seed, generate.Options{
		Accounts: []string{harness.Account}, Regions: []string{harness.Region},
		Start: time.Now().UTC().Truncate(time.Second),
	})
	return &writer{cloud: c, books: books, bucket: bucket, make: g, rnd: rand.New(rand.NewPCG(seed, 'w'))}
}

// run puts objects, pace of them a second on average, until stop is closed.
func (w *writer) run(ctx context.Context, stop <-chan struct{}, pace float64) error {
	for {
		more, err := wait(ctx, stop, time.Duration(w.rnd.ExpFloat64()/pace*float64(time.Second)))
		if err != nil {
			return err
		}
		if !more {
			return w.mend()
		}
		if err := w.one(); err != nil {
			return err
		}
	}
}

// one does one thing to the bucket.
func (w *writer) one() error {
	now := time.Now().UTC()
	switch n := w.rnd.IntN(100); {
	case n < 66:
		return w.put("new", now, w.records())
	case n < 82: // late, some by hours; their keys sort before those already read
		return w.put("late", now.Add(-time.Duration(w.rnd.Int64N(int64(lookback-30*time.Minute)))), w.records())
	case n < 84:
		return w.put("large", now, 1500+w.rnd.IntN(1500))
	case n < 86:
		return w.put("empty", now, -1)
	case n < 90:
		return w.overwrite(now)
	case n < 93:
		return w.remove()
	case n < 96:
		return w.poison(now)
	case n < 98:
		return w.mend()
	default: // many at once
		var errs []error
		for range 10 {
			errs = append(errs, w.put("burst", now, w.records()))
		}
		return errors.Join(errs...)
	}
}

func (w *writer) records() int { return 20 + w.rnd.IntN(160) }

func (w *writer) object(at time.Time, records int) generate.Object {
	return w.make.CloudTrailFile(generate.TrailFile{File: generate.File{At: at, Records: records}})
}

func (w *writer) put(kind string, at time.Time, records int) error {
	o := w.object(at, records)
	return w.store(o, o.Key, kind, false)
}

// store enters a version in the books and puts it, in this order: the plugin
// may be quick.
func (w *writer) store(o generate.Object, key, kind string, optional bool) error {
	if err := w.books.put(w.bucket, o, key, kind, optional); err != nil {
		return err
	}
	if err := w.cloud.aws.PutObject(w.bucket, key, o.Body); err != nil {
		return fmt.Errorf("put s3://%s/%s: %w", w.bucket, key, err)
	}
	return nil
}

// overwrite gives an object of the last minutes other content, and so another
// ETag.
func (w *writer) overwrite(now time.Time) error {
	key := w.books.pick(w.bucket, w.rnd.Int(), func(v *version) bool { return !v.optional })
	if key == "" {
		return nil
	}
	return w.store(w.object(now, w.records()), key, "overwrite", false)
}

func (w *writer) remove() error {
	key := w.books.pick(w.bucket, w.rnd.Int(), func(v *version) bool { return !v.optional })
	if key == "" {
		return nil
	}
	w.books.remove(w.bucket, key)
	if err := w.cloud.aws.DeleteObject(w.bucket, key); err != nil {
		return fmt.Errorf("delete s3://%s/%s: %w", w.bucket, key, err)
	}
	return nil
}

// poison puts an object that ends in its middle, as a broken upload does: what
// is before may come. It is mended later.
func (w *writer) poison(now time.Time) error {
	o := w.object(now, w.records())
	if err := w.books.put(w.bucket, o, o.Key, "poison", true); err != nil {
		return err
	}
	w.heal = append(w.heal, o.Key)
	if err := w.cloud.aws.PutObject(w.bucket, o.Key, o.Body[:len(o.Body)/2]); err != nil {
		return fmt.Errorf("put s3://%s/%s: %w", w.bucket, o.Key, err)
	}
	return nil
}

// mend overwrites every damaged object with a whole one.
func (w *writer) mend() error {
	for _, key := range w.heal {
		if err := w.store(w.object(time.Now().UTC(), w.records()), key, "mended", false); err != nil {
			return err
		}
	}
	w.heal = nil
	return nil
}
