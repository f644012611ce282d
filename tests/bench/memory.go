package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

const (
	memoryWorkers = "16"
	usualObject   = 50 << 20
	blockSize     = 8 << 20  // before compression; large objects repeat one
	queueFull     = 32 << 20 // half of the default mem_limit: what the queue holds while the host is slow
	manyObjects   = 200_000
)

// memory measures the most memory that a connector has resident with 16
// workers, on large objects and on very many, beside a host that is always
// behind: the queue is full all the time.
func memory(ctx context.Context, o options, r *report) (err error) {
	own, err := ownCores()
	if err != nil {
		return err
	}
	two := own[:min(2, len(own))]
	if err := two.pin(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.pin()) }()
	for _, log := range o.wanted() {
		for _, l := range []load{
			{what: "of 50 MB", count: 32, plain: usualObject},
			{what: "of 50 MB compressed", count: 16, zipped: usualObject},
			{what: fmt.Sprintf("one of %d MB", o.huge>>20), count: 1, plain: o.huge},
		} {
			row, err := l.measure(ctx, log)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", log.name, l.what, err)
			}
			row.cores = len(two)
			r.rows = append(r.rows, row)
		}
	}
	return tiny(ctx, r)
}

// load is objects of one size, which share their content.
type load struct {
	what          string
	count         int
	plain, zipped int64 // the size of each, before or after compression
}

func (l load) measure(ctx context.Context, log logType) (r row, err error) {
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	world, err := harness.NewWorld()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	world.Bucket(bucket)
	g := generator(world)
	block, plain, err := l.block(g, log)
	if err != nil {
		return r, err
	}
	times := max(l.plain/plain, l.zipped/int64(len(block.Body)), 1)
	for range l.count {
		key := log.object(g, time.Time{}, 1).Key
		open := func() (io.ReadSeeker, error) { return newRepeated(block.Body, times), nil }
		if err := world.AWS.PutObjectFunc(bucket, key, times*int64(len(block.Body)), open); err != nil {
			return r, err
		}
	}
	r = row{log: log.name, what: "16 workers, " + l.what, bytes: int64(l.count) * times * plain}
	r.records = int(int64(l.count) * times * int64(block.Records))
	section := log.section(world, dir, "memory").With("workers", memoryWorkers)
	r.usage, r.told, err = child(ctx, "collect", job{Section: section, Records: int64(r.records), Full: queueFull})
	r.lists = lists(world)
	return r, err
}

// block is an object that others are made of by repeating it: members of gzip
// that follow each other are one stream.
func (l load) block(g *generate.Generator, log logType) (o generate.Object, plain int64, err error) {
	records, err := log.recordsOf(g, blockSize)
	if err != nil {
		return o, 0, err
	}
	o = log.object(g, time.Time{}, records)
	raw, err := o.Raw()
	return o, int64(len(raw)), err
}

// repeated is a block of bytes, many times over.
type repeated struct {
	block    []byte
	at, size int64
}

func newRepeated(block []byte, times int64) *repeated {
	return &repeated{block: block, size: times * int64(len(block))}
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	n := copy(p, r.block[r.at%int64(len(r.block)):])
	r.at += int64(n)
	return n, nil
}

func (r *repeated) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, fmt.Errorf("seek to %d", offset)
	}
	r.at = offset
	return offset, nil
}

// tiny measures that nothing grows with the number of objects: so many of one
// record each, over days, and the live heap on the way.
func tiny(ctx context.Context, r *report) (err error) {
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
	trail := logTypes()[0]
	one := trail.object(generator(world), time.Time{}, 1)
	if err := world.AWS.PutObjects(bucket, tinyKeys(trail.prefix, world.Now), one.Body); err != nil {
		return err
	}
	marks := []int64{manyObjects / 4, manyObjects / 2, manyObjects * 3 / 4, manyObjects - 100}
	section := trail.section(world, dir, "tiny").With("workers", memoryWorkers).With("start_from", "20d")
	u, t, err := child(ctx, "collect", job{Section: section, Records: manyObjects, Marks: marks})
	if err != nil {
		return err
	}
	state, err := os.Stat(filepath.Join(dir, "state-tiny"))
	if err != nil {
		return err
	}
	for i, heap := range t.Heaps {
		r.note("objects of one record: %.2f MB of live heap after %d", float64(heap)/1e6, marks[i])
	}
	r.note("objects of one record: peak %.0f MB, CPU %.0f us each, state file %.1f MB",
		float64(u.peak)/1e6, u.cpu.Seconds()*1e6/manyObjects, float64(state.Size())/1e6)
	return nil
}

// tinyKeys are the keys of many objects, one every few seconds, in order.
func tinyKeys(prefix string, now time.Time) iter.Seq[string] {
	const every = 6 * time.Second
	return func(yield func(string) bool) {
		at := now.Add(-every * manyObjects)
		for n := range manyObjects {
			key := fmt.Sprintf("%s/%s%s_CloudTrail_%s_%s_%016d.json.gz", prefix, at.Format("2006/01/02/"),
				harness.Account, harness.Region, at.Format("20060102T1504Z"), n)
			if !yield(key) {
				return
			}
			at = at.Add(every)
		}
	}
}
