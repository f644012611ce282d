package source

import (
	"context"
	"slices"
	"strings"
	"time"
)

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct {
	ARN     string // without ":*" at its end
	Name    string
	Region  string
	Account string
	Linked  bool // of another account than the caller's: only its ARN reaches it
}

// LogSource is what one run of pages reads: a log group, or some of its
// streams. At most one of Stream and StreamPrefix is set.
type LogSource struct {
	LogGroup
	Stream       string
	StreamPrefix string
}

// Key identifies the source for good.
func (s LogSource) Key() string {
	switch {
	case s.Stream != "":
		return s.ARN + ":stream:" + s.Stream
	case s.StreamPrefix != "":
		return s.ARN + ":stream:" + s.StreamPrefix + "*"
	}
	return s.ARN
}

// LogEvent is an event. Times are milliseconds of the Unix epoch.
type LogEvent struct {
	ID        string
	Stream    string
	Timestamp int64
	Ingested  int64
	Message   string
}

// FilterInput asks for a page of the events with From <= time < To, in
// milliseconds of the Unix epoch.
type FilterInput struct {
	Source   LogSource
	From, To int64
	Token    string // from the page before
}

// LogPage is a page of events. One without events may have a Token: only one
// without a Token is the last.
type LogPage struct {
	Events []LogEvent
	Token  string
	At     time.Time // by AWS's clock; zero where the answer did not tell
}

// LogGroupQuery asks for a page of log groups.
type LogGroupQuery struct {
	Prefix  string
	Account string // a linked account; "": the caller's
	Token   string // from the page before
}

// LogGroupPage is a page of log groups.
type LogGroupPage struct {
	Groups []LogGroup
	Token  string // "" on the last page
}

// LogGroupLister lists one page of log groups.
type LogGroupLister interface {
	ListGroups(ctx context.Context, q LogGroupQuery) (LogGroupPage, error)
}

// LogSources are the sources of a group for the streams that are asked for:
// names, or prefixes with "*" at their end; none means all of the group. No
// two of them have a stream in common. Each stream is a source of its own,
// because AWS refuses a request for many when one of them does not exist.
func LogSources(g LogGroup, streams []string) []LogSource {
	if len(streams) == 0 {
		return []LogSource{{LogGroup: g}}
	}
	var prefixes []string
	for _, s := range streams {
		if p, ok := strings.CutSuffix(s, "*"); ok {
			prefixes = append(prefixes, p)
		}
	}
	covered := func(s string, itself bool) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool {
			return strings.HasPrefix(s, p) && (!itself || s != p)
		})
	}
	var sources []LogSource
	seen := map[string]bool{}
	for _, s := range streams {
		if seen[s] {
			continue
		}
		seen[s] = true
		p, isPrefix := strings.CutSuffix(s, "*")
		switch {
		case isPrefix && p == "":
			return []LogSource{{LogGroup: g}}
		case isPrefix && !covered(p, true):
			sources = append(sources, LogSource{LogGroup: g, StreamPrefix: p})
		case !isPrefix && !covered(s, false):
			sources = append(sources, LogSource{LogGroup: g, Stream: s})
		}
	}
	return sources
}
