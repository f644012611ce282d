package objects

import (
	"context"
	"time"

	"in_stellar_aws/internal/routine"
)

// How it is told that other nodes take from the queue: at several looks more of
// its messages are in flight than this node has taken. SQS counts them about,
// and up to a minute late
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html).
const (
	lookEvery   = time.Minute
	looksNeeded = 3
)

// taken counts the messages that this node has in flight: those it holds, and
// those it has given back and that are still hidden. The intake's lock guards
// it.
type taken struct {
	hidden       []time.Time // until when those are that were given back
	most, before int         // the most there were since the last look, and up to that since the one before
}

// note notes how many messages are held.
func (t *taken) note(held int, now time.Time) {
	kept := t.hidden[:0]
	for _, until := range t.hidden {
		if until.After(now) {
			kept = append(kept, until)
		}
	}
	t.hidden = kept
	t.most = max(t.most, held+len(t.hidden))
}

// look is the most there were within the last two looks' time.
func (t *taken) look(held int, now time.Time) int {
	t.note(held, now)
	most := max(t.most, t.before)
	t.before, t.most = t.most, held+len(t.hidden)
	return most
}

// ownHidden notes that messages are given back.
func (in *intake) ownHidden(hidden []time.Duration) {
	now := time.Now()
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, d := range hidden {
		in.own.hidden = append(in.own.hidden, now.Add(d))
	}
}

// toldOf is how many objects messages have told of since it was asked last.
func (in *intake) toldOf() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	n := in.told
	in.told = 0
	return n
}

// lookAround looks whether other nodes take from the queue, too, and says so
// once: of these, one is to list for what no notification told of. It begins
// when what an earlier run has given back is not hidden any more.
func (in *intake) lookAround(ctx context.Context) error {
	wait := longestBack
	for looks := 0; looks < looksNeeded; wait = lookEvery {
		if routine.Pause(ctx, wait) != nil {
			return nil
		}
		inFlight, err := in.inbox.InFlight(ctx)
		if ctx.Err() != nil {
			return nil
		}
		in.status.Report("count the queue's messages in flight", err)
		in.mu.Lock()
		own := in.own.look(len(in.held), time.Now())
		in.mu.Unlock()
		if err == nil && inFlight > own {
			looks++
		}
	}
	in.others.Store(true)
	in.log.Warn("other nodes take from the queue, too, and what they have delivered this one collects once more by listing: set reconcile_interval 0 on all nodes but one")
	return nil
}
