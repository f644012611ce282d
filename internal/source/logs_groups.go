package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"in_stellar_aws/internal/config"
)

// LogGroups finds the log groups that patterns name: names, ARNs, and
// prefixes of both with "*" at their end.
type LogGroups struct {
	lister   LogGroupLister
	patterns []string
	own      LogGroup // Account and Region of the caller
	found    map[string][]LogGroup
}

// NewLogGroups returns a LogGroups for the caller's account and region.
func NewLogGroups(l LogGroupLister, patterns []string, account, region string) *LogGroups {
	return &LogGroups{
		lister: l, patterns: patterns,
		own:   LogGroup{Account: account, Region: region},
		found: make(map[string][]LogGroup),
	}
}

// Resolve returns the groups there are now, each once. Only prefixes ask AWS.
// An error says which of them could not be listed: the groups that they gave
// before are among the result.
func (l *LogGroups) Resolve(ctx context.Context) ([]LogGroup, error) {
	var groups []LogGroup
	var errs []error
	seen := make(map[string]bool)
	for _, pattern := range l.patterns {
		found, err := l.resolve(ctx, pattern)
		if err != nil {
			errs = append(errs, err)
			found = l.found[pattern]
		}
		l.found[pattern] = found
		for _, g := range found {
			if !seen[g.ARN] {
				seen[g.ARN] = true
				groups = append(groups, g)
			}
		}
	}
	slices.SortFunc(groups, func(a, b LogGroup) int { return strings.Compare(a.ARN, b.ARN) })
	return groups, errors.Join(errs...)
}

func (l *LogGroups) resolve(ctx context.Context, pattern string) ([]LogGroup, error) {
	base, err := l.parse(pattern)
	if err != nil {
		return nil, err
	}
	prefix, isPrefix := strings.CutSuffix(base.Name, "*")
	if !isPrefix {
		return []LogGroup{base}, nil
	}
	q := LogGroupQuery{Prefix: prefix}
	if base.Linked {
		q.Account = base.Account
	}
	var found []LogGroup
	for {
		page, err := l.lister.ListGroups(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list log groups %s: %w", pattern, err)
		}
		for _, g := range page.Groups {
			g.Linked = g.Account != l.own.Account
			found = append(found, g)
		}
		if q.Token = page.Token; q.Token == "" {
			return found, nil
		}
	}
}

// parse reads a name or an ARN; a "*" at its end stays in the name.
func (l *LogGroups) parse(pattern string) (LogGroup, error) {
	g := l.own
	g.Name = pattern
	if strings.HasPrefix(pattern, "arn:") {
		var err error
		if g, err = parseGroupARN(pattern); err != nil {
			return g, err
		}
		g.Linked = g.Account != l.own.Account
		return g, nil
	}
	g.ARN = "arn:" + config.PartitionOf(g.Region) + ":logs:" + g.Region + ":" + g.Account + ":log-group:" + g.Name
	return g, nil
}

// parseGroupARN reads arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html),
// with or without ":*" after it.
func parseGroupARN(arn string) (LogGroup, error) {
	const parts = 7
	f := strings.SplitN(arn, ":", parts)
	if len(f) != parts || f[2] != "logs" || f[5] != "log-group" {
		return LogGroup{}, fmt.Errorf("read log group's ARN %q: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME", arn)
	}
	arn, f[6] = strings.TrimSuffix(arn, ":*"), strings.TrimSuffix(f[6], ":*")
	return LogGroup{ARN: arn, Name: f[6], Region: f[3], Account: f[4]}, nil
}
