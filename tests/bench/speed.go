package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"in_stellar_aws/tests/harness"
)

// cycles is how many turns each has on every core and on both.
const cycles = 60

// cycle is what one process did in turns that followed each other: on either
// core alone, and on both.
type cycle struct{ one, other, both slice }

// alone is the rate on one core: the cores of a virtual machine may differ.
func (c cycle) alone() float64 { return (c.one.rate() + c.other.rate()) / 2 }

// speed is how many times as fast as one core both are.
func (c cycle) speed() float64 { return c.both.rate() / c.alone() }

func (t *taker) cycle(two cores) (c cycle, err error) {
	var errs [3]error
	c.one, errs[0] = t.turn(two[:1], turnTime)
	c.both, errs[1] = t.turn(two, turnTime)
	c.other, errs[2] = t.turn(two[1:], turnTime)
	return c, errors.Join(errs[:]...)
}

// race is cycles of inflating alone, and of the connector in the same seconds.
type race struct {
	inflating, collecting []cycle
}

// race runs n cycles over the objects in dir. They are put into the bucket again
// and again under other names, so that there are enough.
func (l logType) race(ctx context.Context, world *harness.World, d data, dir string, two cores, n int) (r race, err error) {
	own, err := ownCores()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, own.pin()) }()
	if err := two.pin(); err != nil {
		return r, err
	}
	if err := l.stock(world, d, dir, n); err != nil {
		return r, err
	}
	inflating, err := newTaker(ctx, "gunzip", job{Dir: dir})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, inflating.end()) }()
	collecting, err := newTaker(ctx, "collect", job{Section: l.section(world, dir, "turns")})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, collecting.end()) }()
	for range n {
		i, err := inflating.cycle(two)
		if err != nil {
			return r, fmt.Errorf("gunzip: %w", err)
		}
		c, err := collecting.cycle(two)
		if err != nil {
			return r, fmt.Errorf("collect: %w", err)
		}
		r.inflating, r.collecting = append(r.inflating, i), append(r.collecting, c)
	}
	return r, nil
}

// rows are what a race over d gave on two cores, as if each had worked through
// d once. The connector counts the bytes that it hands over: so many of all.
// Spreads are the middle half of all cycles.
func (r race) rows(d data, handedOver int64) []row {
	return []row{
		r.row("gunzip alone", r.inflating, d.bytes, d),
		r.row("this connector", r.collecting, handedOver, d),
	}
}

// row is of what did all of d, where that is whole bytes of its own.
func (r race) row(what string, all []cycle, whole int64, d data) row {
	own := float64(whole)
	times := func(seconds float64) time.Duration { return time.Duration(own * seconds * float64(time.Second)) }
	now := row{what: what, cores: 2, speed: typical(all, cycle.speed)}
	now.Took = times(1 / typical(all, func(c cycle) float64 { return c.both.rate() }).median)
	now.cpu = times(typical(all, func(c cycle) float64 { return c.both.cost() }).median)
	var ratios []float64
	for i, c := range all {
		ratios = append(ratios, own*c.both.cost()/(float64(d.bytes)*r.inflating[i].one.cost()))
	}
	slices.Sort(ratios)
	now.ratio = middle(ratios)
	return now
}

// fastest is more than a connector decodes in a second on two cores, in bytes
// before compression.
const fastest = 1 << 30

// stock puts more objects into the bucket than a connector collects in n
// cycles.
func (l logType) stock(world *harness.World, d data, dir string, n int) error {
	needed := int64(float64(n) * 3 * (settle + turnTime).Seconds() * fastest)
	g := generatorOf(world, 2)
	for i := range d.objects {
		body, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)+".gz"))
		if err != nil {
			return err
		}
		if err := world.AWS.PutObjects(bucket, l.keys(g, needed/d.bytes+1), body); err != nil {
			return err
		}
	}
	return nil
}
