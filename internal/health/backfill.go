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

	// LogGroups, if not 0, is how many log groups are read. Then Done and Objects
	// are seconds of these, added up.
	LogGroups int
}

// paced is how long a pace is measured before it says something.
const paced = 10 * time.Second

// Estimate sets the time left, at the pace of this run, which has done so much
// itself since it began.
func (b *Backfill) Estimate(own int64, elapsed time.Duration) {
	if b.Counted && !b.Complete && own > 0 && elapsed > paced {
		b.Left = time.Duration(float64(elapsed) * float64(b.Objects-b.Done) / float64(own))
	}
}

// what is the whole, in words.
func (b Backfill) what() string {
	if b.LogGroups > 0 {
		return fmt.Sprintf("the time of %d log groups", b.LogGroups)
	}
	return fmt.Sprintf("%d objects", b.Objects)
}

// String says it in the status line.
func (b Backfill) String() string {
	switch {
	case b.Complete && b.LogGroups > 0:
		return fmt.Sprintf("complete, %d log groups", b.LogGroups)
	case b.Complete:
		return fmt.Sprintf("complete, %d objects", b.Done)
	case !b.Counted && b.LogGroups > 0:
		return "a share that is not known of " + b.what()
	case !b.Counted:
		return fmt.Sprintf("%d objects of %d and more, which are being counted", b.Done, b.Objects)
	case b.Left == 0:
		return fmt.Sprintf("%.1f %% of %s", b.share(), b.what())
	}
	return fmt.Sprintf("%.1f %% of %s, %v left", b.share(), b.what(), b.Left.Round(time.Second))
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
	s.Set(BackfillSecondsLeft, int64(b.Left.Round(time.Second).Seconds()))
	if b.Counted {
		s.Set(BackfillPercent, int64(b.share()))
	}
	if b.Complete {
		s.Set(BackfillPercent, 100)
		s.Set(BackfillComplete, 1)
	}
	if b.LogGroups > 0 {
		return
	}
	s.Set(BackfillDone, b.Done)
	if b.Counted {
		s.Set(BackfillObjects, b.Objects)
	}
}
