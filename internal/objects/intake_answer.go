package objects

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// gather is how long answers are gathered, so that a request has many.
const gather = 50 * time.Millisecond

// How long a message stays hidden that is given back: short at first, since
// the reason may pass, and longer each time it comes back, so that it does not
// go round in circles. The queue's redrive policy counts the same receives.
const (
	foreignFirst = 5 * time.Second
	failedFirst  = time.Minute
	longestBack  = 15 * time.Minute
)

func backFor(first time.Duration, receives int) time.Duration {
	return min(first<<min(receives-1, 20), longestBack)
}

// answer answers the messages that are done with: it deletes them, or gives
// them back.
func (in *intake) answer(ctx context.Context) error {
	disk := settling{state: in.state}
	for wait := time.Duration(0); ; {
		var again <-chan time.Time
		if in.letSettle(&disk, time.Now()) {
			again = time.After(gather)
		}
		select {
		case <-in.due:
		case <-again:
		case <-ctx.Done():
			return nil // close does the rest
		}
		if routine.Pause(ctx, gather+wait) != nil {
			return nil
		}
		in.letSettle(&disk, time.Now())
		if in.giveAnswers(ctx) {
			wait = 0
			continue
		}
		wait = min(max(2*wait, routine.FirstWait), routine.LastWait)
	}
}

// giveAnswers gives all answers there are. It is false where that did not
// work: they are given later.
func (in *intake) giveAnswers(ctx context.Context) (ok bool) {
	ok = true
	for ok {
		in.mu.Lock()
		n := min(len(in.answers), source.MaxMessages)
		batch := in.answers[:n:n]
		in.answers = in.answers[n:]
		for _, l := range batch {
			l.leaving = true
		}
		in.mu.Unlock()
		if n == 0 {
			return true
		}
		if left := in.send(ctx, batch); len(left) > 0 {
			in.mu.Lock()
			in.answers = append(in.answers, left...)
			for _, l := range left {
				l.leaving = false
			}
			in.mu.Unlock()
			in.hasAnswers()
			ok = false
		}
	}
	return ok
}

// send answers a batch and returns the messages whose answer did not arrive.
func (in *intake) send(ctx context.Context, batch []*letter) (left []*letter) {
	var done, back []*letter
	var hidden []time.Duration
	for _, l := range batch {
		switch {
		case l.failed:
			hidden, back = append(hidden, backFor(failedFirst, l.Receives)), append(back, l)
		case l.foreign:
			hidden, back = append(hidden, backFor(foreignFirst, l.Receives)), append(back, l)
		default:
			done = append(done, l)
		}
	}
	if len(done) > 0 {
		failed, err := in.inbox.Delete(ctx, messagesOf(done))
		left = append(left, in.answered(ctx, "delete messages", done, failed, err)...)
		in.status.Add(health.MessagesDeleted, int64(len(done)-len(left)-len(failed)))
	}
	if len(back) > 0 {
		in.ownHidden(hidden)
		failed, err := in.inbox.Hide(ctx, messagesOf(back), hidden)
		kept := in.answered(ctx, "give messages back", back, failed, err)
		left = append(left, kept...)
		in.status.Add(health.MessagesReturned, int64(len(back)-len(kept)-len(failed)))
	}
	return left
}

// answered lets go of messages whose answer arrived. Single ones that SQS did
// not accept are let go of, too: they come back, to this node or another, and
// have then nothing left to collect.
func (in *intake) answered(ctx context.Context, what string, batch []*letter, failed []int, err error) (left []*letter) {
	if ctx.Err() == nil {
		in.status.Report(what, err)
	}
	if err != nil && len(failed) == 0 {
		return batch
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, l := range batch {
		delete(in.held, l)
	}
	in.hasRoom()
	return nil
}

func messagesOf(letters []*letter) []source.Message {
	messages := make([]source.Message, len(letters))
	for i, l := range letters {
		messages[i] = l.Message
	}
	return messages
}

// keep keeps the messages that the node holds hidden from the others.
func (in *intake) keep(ctx context.Context) error {
	for {
		if routine.Pause(ctx, heartbeat) != nil {
			return nil
		}
		for _, batch := range in.expiring(time.Now()) {
			if ctx.Err() != nil {
				return nil
			}
			in.renew(ctx, batch)
		}
	}
}

// expiring are the messages that are to be hidden anew, in batches.
func (in *intake) expiring(now time.Time) (batches [][]*letter) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for l := range in.held {
		if l.leaving || l.lost || l.hidden.Sub(now) > renewBefore {
			continue
		}
		if n := len(batches); n == 0 || len(batches[n-1]) == source.MaxMessages {
			batches = append(batches, nil)
		}
		batches[len(batches)-1] = append(batches[len(batches)-1], l)
	}
	return batches
}

func (in *intake) renew(ctx context.Context, batch []*letter) {
	hidden := make([]time.Duration, len(batch))
	for i := range hidden {
		hidden[i] = hiddenFor
	}
	began := time.Now()
	failed, err := in.inbox.Hide(ctx, messagesOf(batch), hidden)
	if ctx.Err() != nil {
		return
	}
	if err != nil && len(failed) == 0 {
		in.status.Report("keep messages hidden", err)
		return // tried again with the next beat
	}
	in.status.Report("keep messages hidden", nil)
	in.status.Add(health.MessagesExtended, int64(len(batch)-len(failed)))
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, l := range batch {
		l.hidden = began.Add(hiddenFor)
	}
	for _, i := range failed {
		if l := batch[i]; !l.leaving { // else its answer has overtaken this
			l.lost = true
			in.log.Warn("a message could not be kept hidden: another node may collect its objects, too", "message", l.ID, "error", err)
		}
	}
}

// lastAnswers is how long answering may take at the end.
const (
	lastAnswers  = 1500 * time.Millisecond
	lastRequests = 8 // at the same time
)

// close answers what is done with after everything else has ended, and gives
// back the rest, so that other nodes take it at once.
func (in *intake) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	disk := settling{state: in.state}
	for in.letSettle(&disk, time.Now()) && routine.Pause(ctx, 10*time.Millisecond) == nil {
	}
	ok := in.giveAnswers(ctx)
	in.mu.Lock()
	var rest []*letter
	for l := range in.held {
		if !l.leaving && l.open > 0 {
			rest = append(rest, l)
		}
	}
	ok = ok && len(in.settling) == 0
	in.mu.Unlock()
	var giving routine.Group
	giving.SetLimit(lastRequests)
	for batch := range slices.Chunk(rest, source.MaxMessages) {
		giving.Go("hide messages", func() error {
			failed, err := in.inbox.Hide(ctx, messagesOf(batch), make([]time.Duration, len(batch)))
			if err != nil && len(failed) == 0 {
				return err
			}
			return nil
		})
	}
	err := giving.Wait()
	if err == nil && !ok {
		err = errors.New("no answer in time")
	}
	if err != nil {
		return fmt.Errorf("answer messages at the end, which come back to the queue in %v: %w", hiddenFor, err)
	}
	return nil
}
