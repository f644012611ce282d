package source

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	jsoniter "github.com/json-iterator/go"
)

// Message is a message that was received and is hidden from other receivers
// for a while.
type Message struct {
	ID       string
	Receipt  string // of this receive: what deletes the message or changes how long it is hidden
	Body     string
	Receives int       // how often it was received, this time included; at least 1
	Sent     time.Time // zero where SQS does not tell
}

// What SQS allows.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	MaxMessages = 10 // in a request
	LongPoll    = 20 * time.Second
)

// SQSClient takes messages from one queue through the AWS SDK. It is safe for
// concurrent use.
type SQSClient struct {
	api *sqs.Client
	url string
}

// awsQueueHost are AWS's hosts of queues, the old ones too. Those with something
// before the region, or of another domain, are not what the SDK would use for
// the region: FIPS, dual-stack and private endpoints.
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
var (
	publicHost  = regexp.MustCompile(`^(?:sqs\.)?([a-z0-9-]+)(?:\.queue)?\.amazonaws\.com(?:\.cn)?$`)
	specialHost = regexp.MustCompile(`(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$`)
)

// NewSQSClient makes a client of the queue at a URL. The URL says where the
// queue is: its region, and its host where that is not AWS's public one and cfg
// has no endpoint of its own. It asks nothing of SQS.
func NewSQSClient(cfg aws.Config, queueURL string) (*SQSClient, error) {
	u, err := url.Parse(queueURL)
	if err != nil {
		return nil, fmt.Errorf("read queue URL: %w", err)
	}
	host := u.Hostname()
	if public := publicHost.FindStringSubmatch(host); public != nil {
		cfg.Region = public[1]
		return &SQSClient{api: sqs.NewFromConfig(cfg), url: queueURL}, nil
	}
	if special := specialHost.FindStringSubmatch(host); special != nil {
		cfg.Region = special[1]
	}
	if cfg.BaseEndpoint == nil {
		cfg.BaseEndpoint = aws.String(u.Scheme + "://" + u.Host)
	}
	return &SQSClient{api: sqs.NewFromConfig(cfg), url: queueURL}, nil
}

// Receive waits, up to LongPoll, for messages, and hides up to n of them (at
// most MaxMessages) from other receivers.
func (c *SQSClient) Receive(ctx context.Context, n int, hidden time.Duration) ([]Message, error) {
	out, err := c.api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:            &c.url,
		MaxNumberOfMessages: int32(n),
		VisibilityTimeout:   int32(hidden / time.Second),
		WaitTimeSeconds:     int32(LongPoll / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	})
	if err != nil {
		return nil, c.wrap("ReceiveMessage", err)
	}
	messages := make([]Message, 0, len(out.Messages))
	for _, m := range out.Messages {
		messages = append(messages, Message{
			ID: aws.ToString(m.MessageId), Receipt: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Receives: max(1, int(number64(m.Attributes["ApproximateReceiveCount"]))),
			Sent:     epochMillis(number64(m.Attributes["SentTimestamp"])),
		})
	}
	return messages, nil
}

// number64 reads an attribute, which is text; 0 is none.
func number64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func epochMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Hide hides up to MaxMessages messages for as long from now on; 0 shows them
// again. failed are the indices of those with which this did not work, since
// they are not this receiver's any more, and err is the first reason or, with
// none failed, that the request did not succeed.
func (c *SQSClient) Hide(ctx context.Context, messages []Message, hidden []time.Duration) (failed []int, err error) {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &c.url}
	for i := range messages {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &messages[i].Receipt, VisibilityTimeout: int32(hidden[i] / time.Second),
		})
	}
	out, err := c.api.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		return nil, c.wrap("ChangeMessageVisibilityBatch", err)
	}
	return c.entries("ChangeMessageVisibilityBatch", out.Failed)
}

// Delete deletes up to MaxMessages messages; failed and err are Hide's.
func (c *SQSClient) Delete(ctx context.Context, messages []Message) (failed []int, err error) {
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &c.url}
	for i := range messages {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &messages[i].Receipt})
	}
	out, err := c.api.DeleteMessageBatch(ctx, in)
	if err != nil {
		return nil, c.wrap("DeleteMessageBatch", err)
	}
	return c.entries("DeleteMessageBatch", out.Failed)
}

// entries are the failed entries of a batch.
func (c *SQSClient) entries(op string, errs []types.BatchResultErrorEntry) (failed []int, err error) {
	for _, e := range errs {
		i, atoi := strconv.Atoi(aws.ToString(e.Id))
		if atoi != nil {
			return nil, c.wrap(op, fmt.Errorf("unknown entry %q in the answer", aws.ToString(e.Id)))
		}
		if err == nil {
			err = c.wrap(op, &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)})
		}
		failed = append(failed, i)
	}
	return failed, err
}

// QueueInfo is how a queue is set up.
type QueueInfo struct {
	DeadLetters string // ARN of the queue for messages that fail too often; "": none
	MaxReceives int    // how often is too often
	Waiting     int    // messages that can be received, about
}

// Info asks how the queue is set up.
func (c *SQSClient) Info(ctx context.Context) (info QueueInfo, err error) {
	out, err := c.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &c.url, AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameRedrivePolicy, types.QueueAttributeNameApproximateNumberOfMessages,
	}})
	if err != nil {
		return info, c.wrap("GetQueueAttributes", err)
	}
	info.Waiting = int(number64(out.Attributes["ApproximateNumberOfMessages"]))
	if text := out.Attributes["RedrivePolicy"]; text != "" {
		policy := jsoniter.Get([]byte(text))
		info.DeadLetters = policy.Get("deadLetterTargetArn").ToString()
		info.MaxReceives = policy.Get("maxReceiveCount").ToInt() // also where it is a string, as older policies have it
	}
	return info, nil
}

// InFlight is about how many messages are hidden from receivers, because one of
// them has them. SQS tells it up to a minute late.
func (c *SQSClient) InFlight(ctx context.Context) (int, error) {
	const attribute = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := c.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &c.url, AttributeNames: []types.QueueAttributeName{attribute}})
	if err != nil {
		return 0, c.wrap("GetQueueAttributes", err)
	}
	return int(number64(out.Attributes[string(attribute)])), nil
}

// QueueError is a failed request to SQS.
type QueueError struct {
	Op    string // the operation
	Queue string // its URL
	Err   error
}

// Error names the operation and the queue.
func (e *QueueError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Queue, e.Err) }

// Unwrap is the SDK's error.
func (e *QueueError) Unwrap() error { return e.Err }

func (c *SQSClient) wrap(op string, err error) error { return &QueueError{op, c.url, err} }
