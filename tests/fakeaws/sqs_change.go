package fakeaws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// deleteMessage is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
type deleteMessage struct {
	queueRequest
	ReceiptHandle string
}

func (*deleteMessage) action() string { return "sqs:DeleteMessage" }

func (in *deleteMessage) serve(s *sqsService, _ *call, q *queue) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return struct{}{}, q.remove(in.ReceiptHandle)
}

// remove deletes a message by the handle of its last receive. An older handle
// succeeds and deletes nothing, as AWS documents it may.
func (q *queue) remove(receipt string) error {
	if err := q.checkReceipt(receipt); err != nil {
		return err
	}
	before := len(q.messages)
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.receipt == receipt })
	q.stats.Deleted += before - len(q.messages)
	return nil
}

// checkReceipt refuses what is no handle of this queue.
func (q *queue) checkReceipt(receipt string) error {
	text, err := base64.StdEncoding.DecodeString(receipt)
	if err != nil || !strings.HasPrefix(string(text), q.arn()+" ") {
		return sqsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	return nil
}

// changeVisibility is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
type changeVisibility struct {
	queueRequest
	ReceiptHandle     string
	VisibilityTimeout *int
}

func (*changeVisibility) action() string { return "sqs:ChangeMessageVisibility" }

func (in *changeVisibility) serve(s *sqsService, c *call, q *queue) (any, error) {
	return struct{}{}, s.hide(c, q, in.ReceiptHandle, in.VisibilityTimeout)
}

// hide sets how long from now on a message in flight stays hidden.
func (s *sqsService) hide(c *call, q *queue, receipt string, seconds *int) error {
	if seconds == nil {
		return sqsError("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	if err := checkVisibility(*seconds); err != nil {
		return err
	}
	now := c.server.options.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := q.checkReceipt(receipt); err != nil {
		return err
	}
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.receipt == receipt })
	switch {
	case i < 0:
		return invalidSQSValue(receipt, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	case !q.messages[i].hidden(now):
		return sqsError("AWS.SimpleQueueService.MessageNotInflight", "The specified message isn't in flight.")
	}
	m := q.messages[i]
	until := now.Add(time.Duration(*seconds) * time.Second)
	if until.Sub(m.latest) > maxVisibility {
		return invalidSQSValue(*seconds, "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	m.visible = until
	if *seconds == 0 {
		s.wake()
	}
	return nil
}

// deleteMessageBatch is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
type deleteMessageBatch struct {
	queueRequest
	Entries []deleteEntry
}

type deleteEntry struct {
	Id            string
	ReceiptHandle string
}

func (*deleteMessageBatch) action() string { return "sqs:DeleteMessage" }

func (in *deleteMessageBatch) serve(s *sqsService, _ *call, q *queue) (any, error) {
	return batch(in.Entries, func(e deleteEntry) string { return e.Id }, func(e deleteEntry) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		return q.remove(e.ReceiptHandle)
	})
}

// changeVisibilityBatch is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
type changeVisibilityBatch struct {
	queueRequest
	Entries []visibilityEntry
}

type visibilityEntry struct {
	Id                string
	ReceiptHandle     string
	VisibilityTimeout *int
}

func (*changeVisibilityBatch) action() string { return "sqs:ChangeMessageVisibility" }

func (in *changeVisibilityBatch) serve(s *sqsService, c *call, q *queue) (any, error) {
	return batch(in.Entries, func(e visibilityEntry) string { return e.Id }, func(e visibilityEntry) error {
		return s.hide(c, q, e.ReceiptHandle, e.VisibilityTimeout)
	})
}

// batchAnswer tells what became of each entry; the request itself succeeds.
type batchAnswer struct {
	Successful []batchSuccess
	Failed     []batchFailure
}

type batchSuccess struct{ Id string }

type batchFailure struct {
	Id            string
	SenderFault   bool
	Code, Message string
}

var batchEntryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// batch does something for each entry.
func batch[E any](entries []E, id func(E) string, do func(E) error) (batchAnswer, error) {
	answer := batchAnswer{Successful: []batchSuccess{}, Failed: []batchFailure{}}
	const service = "AWS.SimpleQueueService."
	switch {
	case len(entries) == 0:
		return answer, sqsError(service+"EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > maxReceive:
		return answer, sqsError(service+"TooManyEntriesInBatchRequest", fmt.Sprintf("Maximum number of entries per request are 10. You have sent %d.", len(entries)))
	}
	seen := map[string]bool{}
	for _, e := range entries {
		switch {
		case !batchEntryID.MatchString(id(e)):
			return answer, sqsError(service+"InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		case seen[id(e)]:
			return answer, sqsError(service+"BatchEntryIdsNotDistinct", "Id "+id(e)+" repeated.")
		}
		seen[id(e)] = true
	}
	for _, e := range entries {
		var failed *apiError
		if err := do(e); errors.As(err, &failed) {
			answer.Failed = append(answer.Failed, batchFailure{id(e), true, failed.Code, failed.Message})
			continue
		}
		answer.Successful = append(answer.Successful, batchSuccess{id(e)})
	}
	return answer, nil
}
