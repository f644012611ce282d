package health

import (
	"fmt"
	"time"
)

// Backfill is how far a connector that has an end has come.
type Backfill struct {
	Done     int64         // objects, of this run and those before
	Objects  int64         // in the range: at least, until they are counted
	Counted  bool          // Objects is all of them
	Left     time.Duration // 0: not known
	Complete bool
}

// String says it in the status line.
func (b Backfill) String() string {
	switch {
	case b.Complete:
		return fmt.Sprintf("complete, %d objects", b.Done)
	case !b.Counted:
		return fmt.Sprintf("%d objects of %d and more, which are being counted", b.Done, b.Objects)
	case b.Left == 0:
		return fmt.Sprintf("%.1f %% of %d objects", b.share(), b.Objects)
	}
	return fmt.Sprintf("%.1f %% of %d objects, %v left", b.share(), b.Objects, b.Left.Round(time.Second))
}

// share is the share that is done, in per cent: not 100 before the end.
func (b Backfill) share() float64 {
	if b.Objects == 0 {
		return 0
	}
	return min(100*float64(b.Done)/float64(b.Objects), 99.9)
}

// showBackfill sets the gauges.
func (s *Status) showBackfill(b Backfill) {
	s.Set(BackfillDone, b.Done)
	s.Set(BackfillSecondsLeft, int64(b.Left.Round(time.Second).Seconds()))
	if b.Counted {
		s.Set(BackfillObjects, b.Objects)
	}
	if b.Complete {
		s.Set(BackfillComplete, 1)
	}
}
