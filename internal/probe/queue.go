package probe

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/policy"
	"in_stellar_aws/internal/source"
)

// queue asks how the queue is set up. It takes no message: that would count as
// a receive, of which the queue allows a few only.
func (t *test) queue(ctx context.Context, cfg aws.Config) {
	url := t.config.S3.SQSQueueURL
	each(t, []string{url},
		func(url string) string { return "queue " + url },
		func(url string) (string, *policy.Statement, error) {
			missing := policy.ReadQueue(t.config)
			client, err := source.NewSQSClient(cfg, url)
			if err != nil {
				return "", nil, err
			}
			info, err := client.Info(ctx)
			if err != nil {
				return "", &missing, err
			}
			note := fmt.Sprintf("%d messages wait", info.Waiting)
			if info.DeadLetters == "" {
				note += ", no dead-letter queue"
			}
			return note, nil, nil
		})
}
