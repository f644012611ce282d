package fakeaws

import "math"

// getLogEvents is
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
// Reading backwards is not implemented.
type getLogEvents struct {
	LogGroupName       string `json:"logGroupName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
	LogStreamName      string `json:"logStreamName"`
	StartTime          *int64 `json:"startTime"`
	EndTime            *int64 `json:"endTime"`
	StartFromHead      bool   `json:"startFromHead"`
	Limit              *int   `json:"limit"`
	NextToken          string `json:"nextToken"`
}

// outputEvent is an event as GetLogEvents tells it: without an id.
type outputEvent struct {
	IngestionTime int64  `json:"ingestionTime"`
	Message       string `json:"message"`
	Timestamp     int64  `json:"timestamp"`
}

type outputEvents struct {
	Events            []outputEvent `json:"events"`
	NextForwardToken  string        `json:"nextForwardToken"`
	NextBackwardToken string        `json:"nextBackwardToken"`
}

func (in *getLogEvents) resource() string {
	return in.LogGroupName + in.LogGroupIdentifier + ":" + in.LogStreamName
}

func (in *getLogEvents) serve(s *logsService, c *call) (any, error) {
	if !in.StartFromHead {
		return nil, notImplemented("This fake reads from the head only: set startFromHead.")
	}
	size, err := s.pageSize(in.Limit)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.find(c, in.LogGroupName, in.LogGroupIdentifier)
	if refused := c.permit("logs:GetLogEvents", groupResource(c, in.LogGroupName, in.LogGroupIdentifier)+in.LogStreamName); refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if g.streams[in.LogStreamName] == nil {
		return nil, logsError("ResourceNotFoundException", "The specified log stream does not exist.")
	}
	r := eventRange{to: math.MaxInt64, now: c.now.UnixMilli(), match: func(e *logEvent) bool { return e.stream.name == in.LogStreamName }}
	if in.StartTime != nil {
		r.from = *in.StartTime
	}
	if in.EndTime != nil {
		r.to = *in.EndTime // exclusive, other than FilterLogEvents'
	}
	same := *in
	same.NextToken, same.Limit = "", nil
	query := queryHash(same)
	at := position{At: r.from}
	if in.NextToken != "" {
		token, err := parseToken(in.NextToken, query, c.now)
		if err != nil {
			return nil, err
		}
		at = token.At
	}
	events, next, more := g.page(r, at, size)
	out := outputEvents{Events: make([]outputEvent, len(events)), NextBackwardToken: "b/" + query}
	for i, e := range events {
		out.Events[i] = outputEvent{e.ingested, e.message, e.at}
	}
	if !more && len(events) > 0 {
		next = events[len(events)-1].position()
		next.Seq++
	} else if !more {
		next = at
	}
	// A token is never missing: the end is where it stays the same.
	out.NextForwardToken = in.NextToken
	if in.NextToken == "" || next != at {
		out.NextForwardToken = pageToken{Query: query, At: next, Until: c.now.Add(tokenLife).UnixMilli()}.String()
	}
	return out, nil
}
