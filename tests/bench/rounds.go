package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"in_stellar_aws/tests/harness"
)

// A round is one run of each on one core. Everything, the fake S3 too, is bound
// to it. What else the machine does changes from one second to the next:
// numbers are compared within a round, and the median of the rounds is told.
const (
	usualRounds = 9
	mostRounds  = 15   // tried, to have so many undisturbed ones
	disturbed   = 0.04 // share of the core's time that others took, from which a round does not count
)

// measured is one process.
type measured struct {
	usage
	told
	shares
	lists int // LIST calls
}

// leg is a part of a round.
type leg struct {
	what string     // the child
	job  func() job // what it is to do, anew each time
}

// round is the runs of one round, leg by leg.
type round []measured

// others is the largest share of the core that others took of a run.
func (r round) others() float64 {
	most := slices.MaxFunc(r, func(a, b measured) int { return cmp.Compare(a.others, b.others) })
	return most.others
}

// course is the legs of a round, in the world that they read from.
type course struct {
	world *harness.World
	core  cores
	legs  []leg
}

// round runs one.
func (c course) round(ctx context.Context) (r round, err error) {
	if err := c.core.pin(); err != nil {
		return nil, err
	}
	for _, leg := range c.legs {
		c.world.AWS.ResetRequests()
		var now measured
		now.shares, err = c.core.watch(func() (err error) {
			now.usage, now.told, err = child(ctx, leg.what, leg.job())
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("on core %v: %w", c.core, err)
		}
		now.lists = lists(c.world)
		r = append(r, now)
	}
	return r, nil
}

// rounds runs until enough rounds were undisturbed. When there are too few, it
// returns those that were disturbed least.
func (c course) rounds(ctx context.Context) (all []round, err error) {
	own, err := ownCores()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, own.pin()) }()
	for good := 0; good < usualRounds && len(all) < mostRounds; {
		r, err := c.round(ctx)
		if err != nil {
			return nil, err
		}
		if r.others() < disturbed {
			good++
		}
		all = append(all, r)
	}
	return calmest(all, usualRounds), nil
}

// calmest are the n rounds that others disturbed least.
func calmest(all []round, n int) []round {
	slices.SortStableFunc(all, func(a, b round) int { return cmp.Compare(a.others(), b.others()) })
	return all[:min(n, len(all))]
}

// usual is a leg's run with the medians of all rounds, and the highest peak.
func usual(all []round, leg int) measured {
	median := func(number func(measured) float64) float64 {
		return over(all, func(r round) float64 { return number(r[leg]) }).median
	}
	m := all[0][leg]
	m.Took = time.Duration(median(func(m measured) float64 { return float64(m.Took) }))
	m.cpu = time.Duration(median(func(m measured) float64 { return float64(m.cpu) }))
	m.server = median(func(m measured) float64 { return m.server })
	m.others = median(func(m measured) float64 { return m.others })
	m.idle = median(func(m measured) float64 { return m.idle })
	for _, r := range all {
		m.peak = max(m.peak, r[leg].peak)
	}
	return m
}

// spread is a median, and what lies around it.
type spread struct{ median, least, most float64 }

// over is the spread of a number that each round gives, with the least and the
// most.
func over(all []round, number func(round) float64) spread {
	s := sorted(all, number)
	return spread{median: median(s), least: s[0], most: s[len(s)-1]}
}

// typical is the spread of a number that each cycle gives: there are many, and
// the middle half of them is told.
func typical(all []cycle, number func(cycle) float64) spread { return middle(sorted(all, number)) }

// middle is the median and the quartiles of sorted numbers.
func middle(s []float64) spread {
	return spread{median: median(s), least: s[len(s)/4], most: s[len(s)-1-len(s)/4]}
}

func sorted[T any](all []T, number func(T) float64) (s []float64) {
	for _, one := range all {
		s = append(s, number(one))
	}
	slices.Sort(s)
	return s
}

func median(sorted []float64) float64 { return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2 }

func (s spread) String() string {
	if s == (spread{}) {
		return ""
	}
	if s.least == s.most {
		return fmt.Sprintf("%.2f", s.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.least, s.most)
}
