package fakeaws

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// filterLogEvents is
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
type filterLogEvents struct {
	LogGroupName        string   `json:"logGroupName"`
	LogGroupIdentifier  string   `json:"logGroupIdentifier"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	StartTime           *int64   `json:"startTime"`
	EndTime             *int64   `json:"endTime"`
	Interleaved         *bool    `json:"interleaved"` // ignored since 2019
	Limit               *int     `json:"limit"`
	NextToken           string   `json:"nextToken"`
}

type filteredEvent struct {
	EventID       string `json:"eventId"`
	IngestionTime int64  `json:"ingestionTime"`
	LogStreamName string `json:"logStreamName"`
	Message       string `json:"message"`
	Timestamp     int64  `json:"timestamp"`
}

type filteredEvents struct {
	Events             []filteredEvent `json:"events"`
	SearchedLogStreams []string        `json:"searchedLogStreams"`
	NextToken          string          `json:"nextToken,omitempty"`
}

func (in *filterLogEvents) resource() string { return in.LogGroupName + in.LogGroupIdentifier }

func (in *filterLogEvents) serve(s *logsService, c *call) (any, error) {
	size, err := s.pageSize(in.Limit)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.find(c, in.LogGroupName, in.LogGroupIdentifier)
	if refused := c.permit("logs:FilterLogEvents", in.permission(c)); refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if g.class != "STANDARD" {
		return nil, logsError("InvalidOperationException", "The log group "+g.name+" is of log-group-class "+g.class+". FilterLogEvents is not supported for this log class.")
	}
	r, err := in.events(g)
	if err != nil {
		return nil, err
	}
	r.now = c.now.UnixMilli()
	at := position{At: r.from}
	query := in.query()
	if in.NextToken != "" {
		token, err := parseToken(in.NextToken, query, c.now)
		if err != nil {
			return nil, err
		}
		at = token.At
	}
	events, next, more := g.page(r, at, size)
	out := filteredEvents{Events: make([]filteredEvent, len(events)), SearchedLogStreams: []string{}}
	for i, e := range events {
		out.Events[i] = filteredEvent{e.id, e.ingested, e.stream.name, e.message, e.at}
	}
	if more {
		out.NextToken = pageToken{Query: query, At: next, Until: c.now.Add(tokenLife).UnixMilli()}.String()
	}
	return out, nil
}

// permission is the resource as AWS names it in a refusal.
func (in *filterLogEvents) permission(c *call) string {
	return groupResource(c, in.LogGroupName, in.LogGroupIdentifier)
}

func groupResource(c *call, name, identifier string) string {
	if strings.HasPrefix(identifier, "arn:") {
		return identifier + ":log-stream:"
	}
	g := logGroup{name: name + identifier, region: c.scope.region, account: c.caller.account}
	return g.arn() + ":log-stream:"
}

// events is the range that is asked for: both of its ends inclusive.
func (in *filterLogEvents) events(g *logGroup) (eventRange, error) {
	r := eventRange{to: math.MaxInt64, match: func(*logEvent) bool { return true }}
	if in.StartTime != nil {
		r.from = *in.StartTime
	}
	if in.EndTime != nil {
		r.to = *in.EndTime + 1
	}
	if in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime {
		return r, invalidParameter("startTime must be less than or equal to endTime")
	}
	switch {
	case in.LogStreamNames != nil && in.LogStreamNamePrefix != "":
		return r, invalidParameter("logStreamNames and logStreamNamePrefix can not be specified together")
	case in.LogStreamNamePrefix != "":
		r.match = func(e *logEvent) bool { return strings.HasPrefix(e.stream.name, in.LogStreamNamePrefix) }
	case in.LogStreamNames != nil:
		if n := len(in.LogStreamNames); n == 0 || n > 100 {
			return r, invalidParameter("1 validation error detected: Value at 'logStreamNames' failed to satisfy constraint: Member must have length between 1 and 100")
		}
		for _, name := range in.LogStreamNames {
			if g.streams[name] == nil {
				return r, logsError("ResourceNotFoundException", "The specified log stream does not exist.")
			}
		}
		r.match = func(e *logEvent) bool { return slices.Contains(in.LogStreamNames, e.stream.name) }
	}
	return r, nil
}

// query identifies what is asked for but for the page.
func (in *filterLogEvents) query() string {
	same := *in
	same.NextToken, same.Limit = "", nil
	return queryHash(same)
}

func queryHash(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // strings, integers and booleans always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
