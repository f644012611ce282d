package fakeaws

import (
	"fmt"
	"slices"
	"strconv"
)

// getQueueAttributes is
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
type getQueueAttributes struct {
	queueRequest
	AttributeNames []string
}

func (*getQueueAttributes) action() string { return "sqs:GetQueueAttributes" }

func (in *getQueueAttributes) serve(s *sqsService, c *call, q *queue) (any, error) {
	all := q.attributes(c.server.QueueStats(q.Name), s)
	wanted := map[string]string{}
	for _, name := range in.AttributeNames {
		if name == "All" {
			wanted = all
			break
		}
		if !slices.Contains(queueAttributes, name) {
			return nil, sqsError("InvalidAttributeName", "Unknown Attribute "+name+".")
		}
		if value, ok := all[name]; ok {
			wanted[name] = value
		}
	}
	return struct {
		Attributes map[string]string `json:",omitempty"`
	}{wanted}, nil
}

// queueAttributes are the names that a standard queue without encryption may
// be asked for.
var queueAttributes = []string{
	"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "DelaySeconds",
	"MessageRetentionPeriod", "QueueArn", "RedrivePolicy", "VisibilityTimeout",
}

func (q *queue) attributes(stats QueueStats, s *sqsService) map[string]string {
	all := map[string]string{
		"ApproximateNumberOfMessages":           strconv.Itoa(stats.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(stats.InFlight),
		"ApproximateNumberOfMessagesDelayed":    "0",
		"DelaySeconds":                          "0",
		"MessageRetentionPeriod":                strconv.Itoa(int(q.Retention.Seconds())),
		"QueueArn":                              q.arn(),
		"VisibilityTimeout":                     strconv.Itoa(int(q.Visibility.Seconds())),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if dead, err := s.named(q.DeadLetters); q.DeadLetters != "" && err == nil {
		all["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, dead.arn(), q.MaxReceives)
	}
	return all
}
