package fakeaws

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Limits of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
// and of the operations' own pages.
const (
	maxReceive    = 10
	maxWait       = 20
	maxVisibility = 12 * time.Hour
	maxInFlight   = 120_000
)

// longPollStep is how often a long poll looks for timeouts that have ended.
const longPollStep = 50 * time.Millisecond

// receiveMessage is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
type receiveMessage struct {
	queueRequest
	AttributeNames              []string // the old name of the next
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string // the fake's messages have none
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
}

type receivedMessage struct {
	MessageId     string
	ReceiptHandle string
	MD5OfBody     string
	Body          string
	Attributes    map[string]string `json:",omitempty"`
}

func (*receiveMessage) action() string { return "sqs:ReceiveMessage" }

func (in *receiveMessage) serve(s *sqsService, c *call, q *queue) (any, error) {
	most, wait, visibility := 1, time.Duration(0), q.Visibility
	if n := in.MaxNumberOfMessages; n != nil {
		if *n < 1 || *n > maxReceive {
			return nil, invalidSQSValue(*n, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
		}
		most = *n
	}
	if n := in.WaitTimeSeconds; n != nil {
		if *n < 0 || *n > maxWait {
			return nil, invalidSQSValue(*n, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
		}
		wait = time.Duration(*n) * time.Second
	}
	if n := in.VisibilityTimeout; n != nil {
		if err := checkVisibility(*n); err != nil {
			return nil, err
		}
		visibility = time.Duration(*n) * time.Second
	}
	until := time.Now().Add(wait) // a long poll lasts that long for its client
	for {
		messages, changed, err := s.receive(c, q, most, visibility, in)
		left := time.Until(until)
		if err != nil || len(messages) > 0 || left <= 0 {
			return struct {
				Messages []receivedMessage `json:",omitempty"`
			}{messages}, err
		}
		select {
		case <-changed:
		case <-time.After(min(left, longPollStep)):
		case <-c.r.Context().Done():
			return nil, fmt.Errorf("long poll: %w", c.r.Context().Err())
		}
	}
}

func checkVisibility(seconds int) error {
	if seconds < 0 || time.Duration(seconds)*time.Second > maxVisibility {
		return invalidSQSValue(seconds, "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200")
	}
	return nil
}

// receive takes visible messages. Without any it returns what is closed when
// there may be some.
func (s *sqsService) receive(c *call, q *queue, most int, visibility time.Duration, in *receiveMessage) ([]receivedMessage, chan struct{}, error) {
	now := c.server.options.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	q.expire(now)
	s.redrive(q, now)
	var visible []*message
	for _, m := range q.messages {
		if !m.hidden(now) {
			visible = append(visible, m)
		}
	}
	if len(q.messages)-len(visible) >= maxInFlight {
		return nil, nil, &apiError{Status: http.StatusForbidden, Code: "OverLimit", Message: "Too many messages in flight"}
	}
	var received []receivedMessage
	for len(received) < most && len(visible) > 0 {
		i := 0
		if q.hook.Pick != nil {
			i = q.hook.Pick(len(visible))
		}
		m := visible[i]
		visible = slices.Delete(visible, i, i+1)
		if q.hook.Duplicate != nil && q.hook.Duplicate(m.body) {
			copied := *m
			copied.receives++
			q.messages = append(q.messages, &copied)
			q.stats.Duplicated++
		}
		s.deliver(q, m, now, visibility, c.scope.accessKey)
		received = append(received, m.answer(c, in))
	}
	return received, s.changed, nil
}

// deliver hides m and gives it a receipt handle of its own.
func (s *sqsService) deliver(q *queue, m *message, now time.Time, visibility time.Duration, receiver string) {
	if m.receipt != "" {
		q.stats.Returned++
	}
	q.stats.Received++
	s.serial++
	m.receives++
	if m.first.IsZero() {
		m.first = now
	}
	m.latest, m.visible, m.receiver = now, now.Add(visibility), receiver
	m.receipt = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s %s %d", q.arn(), m.id, s.serial))
}

func (m *message) answer(c *call, in *receiveMessage) receivedMessage {
	sum := md5.Sum([]byte(m.body))
	all := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.first.UnixMilli(), 10),
		"SentTimestamp":                    strconv.FormatInt(m.sent.UnixMilli(), 10),
		"SenderId":                         c.caller.account,
	}
	wanted := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	attributes := map[string]string{}
	for name, value := range all {
		if slices.Contains(wanted, name) || slices.Contains(wanted, "All") {
			attributes[name] = value
		}
	}
	return receivedMessage{m.id, m.receipt, hex.EncodeToString(sum[:]), m.body, attributes}
}
