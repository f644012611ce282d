package objects

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// Inbox is a queue of notifications; see source.SQSClient.
type Inbox interface {
	// Receive waits for messages for some seconds and hides up to n of them
	// from other receivers.
	Receive(ctx context.Context, n int, hidden time.Duration) ([]source.Message, error)
	// Hide hides messages, each for as long from now on. failed are those with
	// which this did not work, with the first reason in err; without any, err is
	// the request's.
	Hide(ctx context.Context, messages []source.Message, hidden []time.Duration) (failed []int, err error)
	// Delete deletes messages; failed and err are Hide's.
	Delete(ctx context.Context, messages []source.Message) (failed []int, err error)
	// InFlight is about how many messages are hidden, by whichever receiver.
	InFlight(ctx context.Context) (int, error)
}

// How long a message is hidden from other nodes. Until then nobody takes over
// the work of a node that has crashed, so it is short, and set anew while the
// node holds the message: SQS allows 12 hours in all.
const (
	hiddenFor   = time.Minute
	heartbeat   = hiddenFor / 6
	renewBefore = hiddenFor * 2 / 3 // the end
)

// mostHeld bounds the messages whose objects wait for the host, the commit or
// the disk. SQS allows 120,000 in flight, of all nodes together.
const mostHeld = 5000

// intake takes objects from a queue of notifications: it receives messages,
// hands their objects to the workers, and answers each message when its last
// object is committed. Any number of nodes share a queue: what one node holds
// is hidden from the others, and what it does not answer comes back to them.
type intake struct {
	inbox Inbox
	// claim takes from a message's body what is the connector's.
	claim func(body string) source.Claim
	// found collects an object; see Connector.found.
	found func(ctx context.Context, o source.Object, from Origin) error
	state Settler
	// stat finds an object's ETag and size.
	stat   func(ctx context.Context, o source.Object) (source.Object, error)
	log    *slog.Logger
	status *health.Status

	unread chan *letter  // received, and not handed to the workers
	due    chan struct{} // holds a token while there are answers to give
	asked  chan struct{} // closed when the queue has answered once

	mu       sync.Mutex
	held     map[*letter]struct{} // received and not answered
	answers  []*letter            // of held: to be answered
	settling []*letter            // of held: to be deleted once their commits are settled
	room     chan struct{}        // holds a token when held has become smaller
	foreign  seldom
	lag      time.Duration // how old the message was that was received last
	own      taken
	told     int // objects that messages told of

	others atomic.Bool // other nodes take from the queue, too
}

// letter is a message in the node's hands. The intake's lock guards it.
type letter struct {
	source.Message // without its body

	body    string    // of who opens it, alone
	hidden  time.Time // until then
	objects int
	open    int    // objects that are not committed, and one while they are being handed out
	commit  uint64 // number of the commit that made the last of them delivered
	failed  bool   // one of them cannot be read
	foreign bool   // part of it is somebody else's
	lost    bool   // hidden no more: another node may have it
	leaving bool   // its answer is under way
}

// newIntake makes the intake of c, which is not running yet.
func newIntake(c *Connector) *intake {
	return &intake{
		inbox: c.Inbox, claim: c.Claim, found: c.found, stat: c.Stat, state: c.State,
		log: c.Log, status: c.Status,
		unread: make(chan *letter, c.Workers),
		due:    make(chan struct{}, 1),
		asked:  make(chan struct{}),
		held:   make(map[*letter]struct{}),
		room:   make(chan struct{}, 1),
	}
}

// parts are what an intake does all the time.
func (in *intake) parts() []deliver.Part {
	return []deliver.Part{
		{What: "receive notifications", Run: in.receive},
		{What: "read notifications", Run: in.handOut},
		{What: "answer notifications", Run: in.answer},
		{What: "keep notifications hidden", Run: in.keep},
	}
}

// receive takes messages while there is room for their objects.
func (in *intake) receive(ctx context.Context) error {
	for wait := routine.FirstWait; ; {
		if in.waitForRoom(ctx) != nil {
			return nil
		}
		n := min(cap(in.unread)-len(in.unread), source.MaxMessages)
		messages, err := in.inbox.Receive(ctx, n, hiddenFor)
		if ctx.Err() != nil {
			return nil
		}
		in.status.Report("receive notifications", err)
		if err != nil {
			if routine.Pause(ctx, wait) != nil {
				return nil
			}
			wait = min(2*wait, routine.LastWait)
			continue
		}
		wait = routine.FirstWait
		in.hold(messages, time.Now())
	}
}

// waitForRoom waits until the workers have taken most of what was received.
func (in *intake) waitForRoom(ctx context.Context) error {
	for {
		in.mu.Lock()
		held := len(in.held)
		in.mu.Unlock()
		if held < mostHeld && len(in.unread) <= cap(in.unread)/2 {
			return ctx.Err()
		}
		select {
		case <-in.room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (in *intake) hasRoom() {
	select {
	case in.room <- struct{}{}:
	default: // said already
	}
}

// hold takes what was received into the node's hands.
func (in *intake) hold(messages []source.Message, now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	select {
	case <-in.asked:
	default:
		close(in.asked)
	}
	if len(messages) == 0 {
		in.lag = 0
	}
	for _, m := range messages {
		l := &letter{Message: m, body: m.Body, hidden: now.Add(hiddenFor), open: 1}
		l.Body = "" // up to 1 MiB, which is not needed once the letter is open
		in.held[l] = struct{}{}
		in.unread <- l // never blocks: no more were asked for than it has room for
		if m.Receives == 1 && !m.Sent.IsZero() {
			in.lag = now.Sub(m.Sent)
		}
	}
	in.own.note(len(in.held), now)
	in.status.Add(health.MessagesReceived, int64(len(messages)))
	in.status.Set(health.QueueLag, int64(in.lag.Seconds()))
}

// behind is how old the messages are that come at present. It waits until the
// queue has answered for the first time.
func (in *intake) behind(ctx context.Context) (time.Duration, error) {
	select {
	case <-in.asked:
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.lag, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// handOut hands the objects of the messages to the workers.
func (in *intake) handOut(ctx context.Context) error {
	for {
		select {
		case l := <-in.unread:
			in.hasRoom()
			if err := in.open(ctx, l); err != nil {
				return fmt.Errorf("read message %s: %w", l.ID, err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// open hands out the objects of one message. A message that has none, or only
// such as were delivered before, is settled when it returns.
func (in *intake) open(ctx context.Context, l *letter) error {
	var claim source.Claim
	err := routine.Safely("read message "+l.ID, func() error { claim = in.claim(l.body); return nil })
	l.body = ""
	if err != nil { // for the queue's redrive policy
		in.log.Error("a message cannot be read and goes back to the queue", "message", l.ID, "error", err)
		in.settle(l, true)
		return nil
	}
	in.mu.Lock()
	l.foreign = claim.Foreign
	l.objects = len(claim.Objects)
	l.open += l.objects
	in.told += l.objects
	in.mu.Unlock()
	if claim.Foreign {
		in.sayForeign(l, claim.Why)
	}
	for _, o := range claim.Objects {
		if err := in.hand(ctx, l, o); err != nil {
			if ctx.Err() != nil {
				return nil // it is released at the end
			}
			return err
		}
	}
	in.settle(l, false)
	return nil
}

// hand hands out one object of a message. Without its ETag nothing tells it
// from other versions: some S3-compatible stores leave that out.
func (in *intake) hand(ctx context.Context, l *letter, o source.Object) error {
	if o.ETag == "" {
		whole, err := in.stat(ctx, o)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case source.IsGone(err):
			in.log.Warn("object is gone before it was read", "bucket", o.Bucket, "key", o.Key, "error", err)
			in.settle(l, false)
			return nil
		case err != nil:
			in.status.Report("ask about object", err)
			in.settle(l, true)
			return nil
		}
		in.status.Report("ask about object", nil)
		o = whole
	}
	return in.found(ctx, o, &awaited{in, l})
}

// awaited tells a message of one of its objects.
type awaited struct {
	intake *intake
	letter *letter
}

// Delivered implements Origin.
func (a *awaited) Delivered() { a.intake.settle(a.letter, false) }

// Failed implements Origin.
func (a *awaited) Failed(string) { a.intake.settle(a.letter, true) }

// settle counts one object of a message as done with, or as failed. After the
// last one the message is answered.
func (in *intake) settle(l *letter, failed bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	l.open--
	l.failed = l.failed || failed
	if l.open > 0 {
		return
	}
	if l.objects > 0 && !l.failed && !l.foreign {
		l.commit, _ = in.state.Settled()
		in.settling = append(in.settling, l)
	} else {
		in.answers = append(in.answers, l)
	}
	in.hasAnswers()
}

func (in *intake) hasAnswers() {
	select {
	case in.due <- struct{}{}:
	default: // said already
	}
}

// sayForeign says that a message is not wholly the connector's, the first time
// and then seldom.
func (in *intake) sayForeign(l *letter, why string) {
	in.status.Add(health.MessagesForeign, 1)
	in.mu.Lock()
	n, due := in.foreign.count(time.Now())
	in.mu.Unlock()
	if due {
		in.log.Warn("a message of the queue is not for this connector and is left there, for others; give the connector a queue of its own, with notifications of its prefix only",
			"message", l.ID, "about", clip(why), "receives", l.Receives, "messages", n)
	}
}

// clip bounds a text that somebody else wrote.
func clip(s string) string {
	const most = 300
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// seldom lets through the first of many, and then one in a while with the
// number of all.
type seldom struct {
	n    int
	last time.Time
}

const sayAgain = 10 * time.Minute

func (s *seldom) count(now time.Time) (n int, due bool) {
	s.n++
	if now.Sub(s.last) < sayAgain {
		return s.n, false
	}
	s.last = now
	return s.n, true
}
