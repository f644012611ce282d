package fakeaws_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"in_stellar_aws/tests/fakeaws"
)

// sqsSide is one of the servers that are compared.
type sqsSide struct {
	api      *sqs.Client
	url      *string
	send     func(body string) error
	receipts []*string // of all receives, in order
}

// sqsStep is one request to both.
type sqsStep struct {
	name string
	do   func(ctx context.Context, s *sqsSide) (any, error)
}

// TestMotoAgreesOnSQS takes a queue with a dead-letter queue through the same
// steps here and in moto. What is random (ids, handles, times) is left out.
func TestMotoAgreesOnSQS(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.AddUser(motoUser)
	f.AddQueue(fakeaws.Queue{Name: "dead", Account: motoAccount})
	f.AddQueue(fakeaws.Queue{Name: "events", Account: motoAccount, DeadLetters: "dead", MaxReceives: 2})
	ours := &sqsSide{api: f.sqs(motoUser), url: aws.String(f.url + "/" + motoAccount + "/events"), send: func(body string) error { return f.SendMessage("events", body) }}
	theirs := motoSQS(t)
	random := regexp.MustCompile(`(^|\.)(MessageId|ReceiptHandle|SenderId|SentTimestamp|ApproximateFirstReceiveTimestamp|Message)$`)
	for _, step := range sqsSteps() {
		t.Run(step.name, func(t *testing.T) {
			got, want := answer(step.do(t.Context(), ours)), answer(step.do(t.Context(), theirs))
			for _, fields := range []map[string]string{got, want} {
				for name := range fields {
					if random.MatchString(name) {
						fields[name] = "there"
					}
				}
			}
			compare(t, "SQS "+step.name, got, want)
		})
	}
}

// motoSQS makes the queues in moto.
func motoSQS(t *testing.T) *sqsSide {
	t.Helper()
	moto := &fixture{url: startMoto(t), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(moto.client.CloseIdleConnections)
	s := &sqsSide{api: moto.sqs(motoUser)}
	if _, err := s.api.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("dead")}); err != nil {
		t.Fatal(err)
	}
	out, err := s.api.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("events"), Attributes: map[string]string{
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:` + motoAccount + `:dead","maxReceiveCount":2}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.url = out.QueueUrl
	s.send = func(body string) error {
		_, err := s.api.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: s.url, MessageBody: &body})
		return err
	}
	return s
}

func (s *sqsSide) receive(ctx context.Context, url *string, n, visibility, wait int32) (any, error) {
	out, err := s.api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: n, VisibilityTimeout: visibility, WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"ApproximateReceiveCount", "SentTimestamp"},
	})
	if err != nil {
		return nil, err
	}
	for _, m := range out.Messages {
		s.receipts = append(s.receipts, m.ReceiptHandle)
	}
	return out, nil
}

func (s *sqsSide) hide(ctx context.Context, receipt *string, seconds int32) (any, error) {
	return s.api.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: s.url, ReceiptHandle: receipt, VisibilityTimeout: seconds})
}

func sqsSteps() []sqsStep {
	receive := func(name string, n, visibility, wait int32) sqsStep {
		return sqsStep{name, func(ctx context.Context, s *sqsSide) (any, error) { return s.receive(ctx, s.url, n, visibility, wait) }}
	}
	attributes := func(name string, names ...sqstypes.QueueAttributeName) sqsStep {
		return sqsStep{name, func(ctx context.Context, s *sqsSide) (any, error) {
			return s.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: s.url, AttributeNames: names})
		}}
	}
	other := func(s *sqsSide, name string) *string {
		url := (*s.url)[:len(*s.url)-len("events")] + name
		return &url
	}
	return []sqsStep{
		receive("empty queue", 1, 30, 0),
		{"send", func(_ context.Context, s *sqsSide) (any, error) {
			for i := range 3 {
				if err := s.send(fmt.Sprintf(`{"n":%d}`, i)); err != nil {
					return nil, err
				}
			}
			return struct{}{}, nil
		}},
		attributes("counts before", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "QueueArn", "VisibilityTimeout"),
		receive("two of three", 2, 30, 0),
		receive("the third", 10, 30, 1),
		receive("none left", 10, 30, 0),
		attributes("counts in flight", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
		{"delete the first", func(ctx context.Context, s *sqsSide) (any, error) {
			return s.api.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: s.url, ReceiptHandle: s.receipts[0]})
		}},
		{"release the others", func(ctx context.Context, s *sqsSide) (any, error) {
			in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: s.url}
			for i, receipt := range s.receipts[1:3] {
				in.Entries = append(in.Entries, sqstypes.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: receipt, VisibilityTimeout: 0})
			}
			return s.api.ChangeMessageVisibilityBatch(ctx, in)
		}},
		receive("both again", 10, 30, 0),
		{"delete one in a batch", func(ctx context.Context, s *sqsSide) (any, error) {
			return s.api.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: s.url, Entries: []sqstypes.DeleteMessageBatchRequestEntry{{Id: aws.String("x"), ReceiptHandle: s.receipts[3]}}})
		}},
		{"release the last", func(ctx context.Context, s *sqsSide) (any, error) { return s.hide(ctx, s.receipts[4], 0) }},
		receive("redriven", 10, 30, 0),
		{"dead letter", func(ctx context.Context, s *sqsSide) (any, error) { return s.receive(ctx, other(s, "dead"), 10, 30, 0) }},
		receive("too many", 11, 30, 0),
		receive("too long a wait", 1, 30, 21),
		{"no receipt", func(ctx context.Context, s *sqsSide) (any, error) { return s.hide(ctx, aws.String("nonsense"), 1) }},
		{"no such queue", func(ctx context.Context, s *sqsSide) (any, error) { return s.receive(ctx, other(s, "none"), 1, 30, 0) }},
		{"no entries", func(ctx context.Context, s *sqsSide) (any, error) {
			return s.api.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: s.url, Entries: []sqstypes.DeleteMessageBatchRequestEntry{}})
		}},
	}
}
