package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/policy"
	"in_stellar_aws/internal/source"
)

// logs tries to find the log groups, and to read each of them.
func (t *test) logs(ctx context.Context, cfg aws.Config) {
	c := t.config
	client := source.NewLogsClient(cfg)
	account, err := client.Account(ctx)
	if !t.tried("CloudWatch Logs in "+c.Region, "account "+account, err, nil) {
		for _, g := range c.Logs.Groups {
			t.skip("log group " + g)
		}
		return
	}
	var sources []source.LogSource
	for _, pattern := range c.Logs.Groups {
		groups, err := t.find(ctx, client, pattern, account)
		if err != nil {
			missing := policy.Allow("logs:DescribeLogGroups", "arn:"+c.Partition()+":logs:"+c.Region+":"+account+":log-group:*")
			t.tried("log groups "+pattern, "", err, &missing)
			continue
		}
		for _, g := range groups {
			sources = append(sources, source.LogSources(g, c.Logs.Streams)...)
		}
	}
	each(t, sources,
		func(s source.LogSource) string { return "log group " + s.Key() },
		func(s source.LogSource) (string, *policy.Statement, error) {
			missing := policy.Allow("logs:FilterLogEvents", s.ARN+":*")
			return "read", &missing, t.read(ctx, client, s)
		})
}

// find resolves a name or a prefix of names.
func (t *test) find(ctx context.Context, client *source.LogsClient, pattern, account string) (groups []source.LogGroup, err error) {
	err = patient(ctx, func() error {
		groups, err = source.NewLogGroups(client, []string{pattern}, account, t.config.Region).Resolve(ctx)
		return err
	})
	if err == nil && len(groups) == 0 {
		err = &source.LogsError{
			Op: "DescribeLogGroups", Group: pattern, Class: source.NotFound, Code: "ResourceNotFoundException",
			Err: errors.New("there is no log group of this name"),
		}
	}
	return groups, err
}

// read asks for the events of the last minute.
func (t *test) read(ctx context.Context, client *source.LogsClient, s source.LogSource) error {
	now := time.Now().UnixMilli()
	return patient(ctx, func() error {
		_, err := client.FilterPage(ctx, source.FilterInput{Source: s, From: now - time.Minute.Milliseconds(), To: now})
		return err
	})
}

// How often a request that AWS refuses for its rate is tried, and how long the
// wait between is: quotas are by the second.
const (
	patience = 10
	between  = 500 * time.Millisecond
)

// patient tries again what was refused because of its rate.
func patient(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		var failed *source.LogsError
		if !errors.As(err, &failed) || !failed.Throttled() || n == patience {
			return err
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}
