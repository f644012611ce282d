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

// sweepEdge lists the oldest part of the lookback, unless the sweep has come by
// there lately. It takes what requests it needs: a late key that it does not
// find is lost.
func (p *Poller) sweepEdge(ctx context.Context, r *root, now time.Time) error {
	every := p.o.Lookback / edgeShare
	if !p.layout.sorted() || !r.complete || len(r.bases) == 0 || now.Sub(r.sweep.covered) < every {
		return nil
	}
	kept := r.sweep
	p.beginSweep(r, now)
	whole := kept.cost <= cheapPass
	if !whole {
		for _, w := range r.sweep.windows {
			w.upTo = w.from.Add(every + 2*now.Sub(kept.last))
		}
	}
	_, err := p.sweepUntil(ctx, r, 1, forEdge)
	if whole {
		kept.cost = r.sweep.requests
	}
	r.sweep = kept
	if err == nil {
		r.sweep.covered = now
	}
	return err
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
