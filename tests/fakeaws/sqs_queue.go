package fakeaws

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Queue is a standard queue of SQS, as AddQueue makes it.
type Queue struct {
	Name, Region, Account string
	// Visibility is how long a received message is hidden, unless the request
	// says so (default 30 s).
	Visibility time.Duration
	// Retention is how long a message is kept (default 4 days).
	Retention time.Duration
	// DeadLetters is the name of a queue of the same account and region that
	// gets messages which were received MaxReceives times.
	DeadLetters string
	MaxReceives int
}

// QueueStats is what has happened to the messages of a queue.
type QueueStats struct {
	Sent, Received, Deleted int
	Duplicated              int // delivered once more by QueueHook.Duplicate
	Returned                int // became visible again, by timeout or by request
	Redriven                int // moved to the dead-letter queue
	Visible, InFlight       int // at present
}

// QueueHook is how a standard queue may behave at its worst: it delivers at
// least once, and in an order of its own.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
type QueueHook struct {
	// Pick chooses which of n visible messages is delivered next, 0 the one
	// that was sent first; nil: 0.
	Pick func(n int) int
	// Duplicate tells that a message that is being delivered stays visible as
	// well; nil: never.
	Duplicate func(body string) bool
}

// queue is a Queue with its messages, in the order in which they were sent.
type queue struct {
	Queue
	messages []*message
	hook     QueueHook
	stats    QueueStats
}

// message is a message, or a second copy of one.
type message struct {
	id, body string
	sent     time.Time

	receives int
	first    time.Time // when it was received first
	latest   time.Time // when it was received last
	visible  time.Time // when it is, or was, visible again
	receipt  string    // of the last receive; "" before
	receiver string    // access key
}

func (q *queue) arn() string {
	return "arn:" + regionPartition(q.Region) + ":sqs:" + q.Region + ":" + q.Account + ":" + q.Name
}

// AddQueue adds an empty queue; Region "" is Options.Region. Its URL is
// anything that ends in /ACCOUNT/NAME.
func (s *Server) AddQueue(q Queue) {
	if q.Region == "" {
		q.Region = s.options.Region
	}
	if q.Visibility == 0 {
		q.Visibility = 30 * time.Second
	}
	if q.Retention == 0 {
		q.Retention = 4 * 24 * time.Hour
	}
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	s.sqs.queues = append(s.sqs.queues, &queue{Queue: q})
}

// SendMessage puts a message into the queue of this name.
func (s *Server) SendMessage(queue, body string) error {
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	q, err := s.sqs.named(queue)
	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	now := s.options.Clock()
	s.sqs.serial++
	q.messages = append(q.messages, &message{
		id: fmt.Sprintf("00000000-0000-4000-8000-%012x", s.sqs.serial), body: body, sent: now, visible: now,
	})
	q.stats.Sent++
	s.sqs.wake()
	return nil
}

// SetQueueHook makes a queue behave badly; the zero hook ends that.
func (s *Server) SetQueueHook(queue string, hook QueueHook) error {
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	q, err := s.sqs.named(queue)
	if err != nil {
		return fmt.Errorf("set queue hook: %w", err)
	}
	q.hook = hook
	return nil
}

// QueueStats tells what has happened in a queue; zero without one.
func (s *Server) QueueStats(queue string) QueueStats {
	now := s.options.Clock()
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	q, err := s.sqs.named(queue)
	if err != nil {
		return QueueStats{}
	}
	q.expire(now)
	stats := q.stats
	for _, m := range q.messages {
		if m.hidden(now) {
			stats.InFlight++
		} else {
			stats.Visible++
		}
	}
	return stats
}

// QueueMessages are the bodies in a queue, visible or not, oldest first.
func (s *Server) QueueMessages(queue string) (bodies []string) {
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	q, err := s.sqs.named(queue)
	if err != nil {
		return nil
	}
	for _, m := range q.messages {
		bodies = append(bodies, m.body)
	}
	return bodies
}

// ExpireVisibility lets the visibility timeouts of a queue end now for the
// messages that were received with an access key, "" for all: what the time
// does for a consumer that has crashed.
func (s *Server) ExpireVisibility(queue, accessKey string) error {
	now := s.options.Clock()
	s.sqs.mu.Lock()
	defer s.sqs.mu.Unlock()
	q, err := s.sqs.named(queue)
	if err != nil {
		return fmt.Errorf("expire visibility: %w", err)
	}
	for _, m := range q.messages {
		if m.hidden(now) && (accessKey == "" || m.receiver == accessKey) {
			m.visible = now
		}
	}
	s.sqs.wake()
	return nil
}

// wake tells long polls to look again. The caller holds mu.
func (s *sqsService) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sqsService) named(name string) (*queue, error) {
	i := slices.IndexFunc(s.queues, func(q *queue) bool { return q.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no queue %s", name)
	}
	return s.queues[i], nil
}

// find returns the queue that a URL names, in a region.
func (s *sqsService) find(address, region string) *queue {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) != 2 {
		return nil
	}
	for _, q := range s.queues {
		if q.Account == parts[0] && q.Name == parts[1] && q.Region == region {
			return q
		}
	}
	return nil
}

// hidden tells that a receive has hidden the message.
func (m *message) hidden(now time.Time) bool { return m.receipt != "" && now.Before(m.visible) }

// expire drops what is older than the retention.
func (q *queue) expire(now time.Time) {
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return now.Sub(m.sent) > q.Retention })
}

// redrive moves the messages that were received too often.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
func (s *sqsService) redrive(q *queue, now time.Time) {
	if q.DeadLetters == "" {
		return
	}
	dead, err := s.named(q.DeadLetters)
	if err != nil {
		return // as a policy whose queue was deleted
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool {
		if m.hidden(now) || m.receives < q.MaxReceives {
			return false
		}
		q.stats.Redriven++
		dead.stats.Sent++
		dead.messages = append(dead.messages, &message{id: m.id, body: m.body, sent: m.sent, receives: m.receives, first: m.first, visible: now})
		return true
	})
}
