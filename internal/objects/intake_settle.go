package objects

import "time"

// Settler tells which commits outlive a power cut; see state.Connector.Settled.
type Settler interface {
	Settled() (last, settled uint64)
	Settle()
}

// A message is deleted once the disk has the records of its objects and the
// commit that tells of them: before, it may be the only trace of them after a
// power cut. The disk is not asked for that more often than each settleRest,
// or settleFactor times what it took, whichever is longer.
const (
	settleRest   = 100 * time.Millisecond
	settleFactor = 4 // at most a fifth of the disk's time
)

// settling asks for commits to be settled.
type settling struct {
	state Settler
	began time.Time // of a request that is under way; zero: none is
	upTo  uint64    // the commit that it is for
	next  time.Time // when the next may begin
}

// letSettle moves the messages whose commits are settled to those that are to
// be answered, and has the others' settled. It tells whether there are others.
func (in *intake) letSettle(s *settling, now time.Time) (waiting bool) {
	last, settled := in.state.Settled()
	in.mu.Lock()
	n := 0
	for n < len(in.settling) && in.settling[n].commit <= settled {
		n++
	}
	in.answers = append(in.answers, in.settling[:n]...)
	in.settling = in.settling[n:]
	waiting = len(in.settling) > 0
	in.mu.Unlock()
	if n > 0 {
		in.hasAnswers()
	}
	if !s.began.IsZero() && settled >= s.upTo {
		s.next = now.Add(max(settleRest, settleFactor*now.Sub(s.began)))
		s.began = time.Time{}
	}
	if waiting && s.began.IsZero() && !now.Before(s.next) {
		s.began, s.upTo = now, last
		s.state.Settle()
	}
	return waiting
}
