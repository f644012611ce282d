package source

import (
	"context"
	"time"
)

// edgeShare is how much of the lookback lies at its edge: what is listed once
// more before it leaves the lookback.
const edgeShare = 6

// cheapPass is how many requests a pass of the whole lookback may take to be
// made in place of one of its edge, which takes as many.
const cheapPass = 2

// Retention is the lookback that a Poller and its Ledger need for late objects
// to be found whenever they appear within the lookback given: of its own edge
// some passes by between two looks at it.
func Retention(lookback, interval time.Duration) time.Duration {
	return (lookback + 2*interval) * edgeShare / (edgeShare - 1)
}

// edgeSpread is into how many parts the time between two passes of the edge is
// divided, in the last of which the pass is spread over the polls: in one poll,
// a large one would hold up what is new.
const edgeSpread = 24

// sweepEdge lists the oldest part of the lookback, unless the sweep has come by
// there lately. It takes what requests it needs: a late key that it does not
// find is lost.
func (p *Poller) sweepEdge(ctx context.Context, r *root, now time.Time) error {
	every := p.o.Lookback / edgeShare
	early := every / edgeSpread
	s := &r.edge
	gap := now.Sub(r.polled)
	if !s.running {
		if !p.layout.sorted() || !r.complete || len(r.bases) == 0 || now.Sub(r.covered) < every-early {
			return nil
		}
		p.beginSweep(r, s, now)
		if r.cost > cheapPass {
			for _, w := range s.windows {
				w.upTo = w.from.Add(every + 2*gap)
				w.to = w.upTo
			}
		}
	}
	share := float64(now.Sub(s.started)+gap) / float64(early) // done before the poll that would be late
	done, err := p.sweepUntil(ctx, r, s, share, forEdge)
	if err != nil || !done {
		return err
	}
	s.running = false
	r.covered = later(r.covered, s.started)
	if r.cost <= cheapPass {
		r.cost = s.requests
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// beyond is where to go on from a key that lies behind the part of the window
// that is wanted, "" from another.
func (w *late) beyond(k *Key) (seek string) {
	switch {
	case w.upTo.IsZero():
		return ""
	case k.dated() && !k.start.Before(w.upTo) && !w.base.mixed:
		return behind(k.base)
	case k.dated() && !k.start.Before(w.upTo):
		return behind(k.folder)
	case k.Ordered && !k.Time().Before(w.upTo):
		return k.folder + k.file.stem + afterStamps
	}
	return ""
}
