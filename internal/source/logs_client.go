package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// LogsClient reads CloudWatch Logs through the AWS SDK. It is safe for
// concurrent use. It tries every request once: who calls it keeps the quotas,
// which tries of its own would pass by.
type LogsClient struct {
	api *cloudwatchlogs.Client
	sts *sts.Client
	cfg aws.Config
}

// NewLogsClient makes a client for cfg's region. It asks nothing of AWS.
func NewLogsClient(cfg aws.Config) *LogsClient {
	return &LogsClient{
		api: cloudwatchlogs.NewFromConfig(cfg, func(o *cloudwatchlogs.Options) { o.Retryer = aws.NopRetryer{} }),
		sts: sts.NewFromConfig(cfg),
		cfg: cfg,
	}
}

// FilterPage reads a page with FilterLogEvents, whose end is inclusive
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).
func (c *LogsClient) FilterPage(ctx context.Context, in FilterInput) (LogPage, error) {
	request := &cloudwatchlogs.FilterLogEventsInput{
		StartTime:           aws.Int64(in.From),
		EndTime:             aws.Int64(in.To - 1),
		LogStreamNamePrefix: optional(in.Source.StreamPrefix),
		NextToken:           optional(in.Token),
		// AWS always sorts by time; stand-ins for it do not unless they are asked.
		Interleaved: aws.Bool(true), //nolint:staticcheck // AWS ignores it since 2019
	}
	if in.Source.Stream != "" {
		request.LogStreamNames = []string{in.Source.Stream}
	}
	if in.Source.Linked {
		request.LogGroupIdentifier = &in.Source.ARN
	} else {
		request.LogGroupName = &in.Source.Name
	}
	page, err := c.api.FilterLogEvents(ctx, request)
	if err != nil {
		return LogPage{}, logsError("FilterLogEvents", in.Source.Key(), err)
	}
	out := LogPage{Token: aws.ToString(page.NextToken), Events: make([]LogEvent, len(page.Events))}
	out.At, _ = middleware.GetServerTime(page.ResultMetadata)
	for i, e := range page.Events {
		out.Events[i] = LogEvent{
			ID: aws.ToString(e.EventId), Stream: aws.ToString(e.LogStreamName), Message: aws.ToString(e.Message),
			Timestamp: aws.ToInt64(e.Timestamp), Ingested: aws.ToInt64(e.IngestionTime),
		}
	}
	return out, nil
}

// ListGroups lists a page with DescribeLogGroups
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html).
// Groups of the class Delivery are left out: their events cannot be read.
func (c *LogsClient) ListGroups(ctx context.Context, q LogGroupQuery) (LogGroupPage, error) {
	request := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: optional(q.Prefix), NextToken: optional(q.Token)}
	if q.Account != "" {
		request.IncludeLinkedAccounts = aws.Bool(true)
		request.AccountIdentifiers = []string{q.Account}
	}
	page, err := c.api.DescribeLogGroups(ctx, request)
	if err != nil {
		return LogGroupPage{}, logsError("DescribeLogGroups", q.Prefix+"*", err)
	}
	out := LogGroupPage{Token: aws.ToString(page.NextToken)}
	for _, g := range page.LogGroups {
		if g.LogGroupClass == types.LogGroupClassDelivery {
			continue
		}
		group, err := parseGroupARN(aws.ToString(g.Arn))
		if err != nil {
			return LogGroupPage{}, fmt.Errorf("list log groups %s*: %w", q.Prefix, err)
		}
		out.Groups = append(out.Groups, group)
	}
	return out, nil
}

// Account is the caller's account: of the credentials where they say it, from
// STS, which needs no permission for it, or from a log group's ARN, for
// networks that reach CloudWatch Logs only.
func (c *LogsClient) Account(ctx context.Context) (string, error) {
	if c.cfg.Credentials != nil {
		keys, err := c.cfg.Credentials.Retrieve(ctx)
		if err != nil {
			return "", fmt.Errorf("find account: %w", err)
		}
		if keys.AccountID != "" {
			return keys.AccountID, nil
		}
	}
	identity, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err == nil {
		return aws.ToString(identity.Account), nil
	}
	page, listErr := c.ListGroups(ctx, LogGroupQuery{})
	if listErr == nil && len(page.Groups) > 0 {
		return page.Groups[0].Account, nil
	}
	return "", fmt.Errorf("find account: %w", errors.Join(err, listErr))
}
