package fakeaws

import (
	"encoding/base64"
	"encoding/json"
	"sort"
	"time"
)

// Limits of a page of events, both documented for FilterLogEvents and
// GetLogEvents.
const (
	maxPageEvents = 10_000
	maxPageBytes  = 1 << 20
	eventOverhead = 26 // bytes that an event counts beside its message
	tokenLife     = 24 * time.Hour
)

// LogPaging bends how events are cut into pages.
type LogPaging struct {
	// PageSize is the most events that the n-th page, counted from 1 over all
	// requests, may hold; 0 makes a page that is empty though more follow.
	// nil: 10,000.
	PageSize func(n int) int
}

// SetLogPaging changes the paging of FilterLogEvents and GetLogEvents.
func (s *Server) SetLogPaging(p LogPaging) {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	s.logs.paging = p
}

// pageSize is how many events the next page may hold.
func (s *logsService) pageSize(limit *int) (int, error) {
	size := maxPageEvents
	if limit != nil {
		if *limit < 1 || *limit > maxPageEvents {
			return 0, invalidParameter("1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value between 1 and 10000")
		}
		size = *limit
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	if s.paging.PageSize != nil {
		size = min(size, s.paging.PageSize(s.pages))
	}
	return size, nil
}

// eventRange is what a page run reads: times in epoch ms, the end exclusive.
type eventRange struct {
	from, to int64
	match    func(*logEvent) bool
	now      int64 // events that become visible later are not seen
}

// page returns the events at or after the position, at most size, and where
// the next page begins. more tells that the page was full: as in AWS, that may
// turn out to have been the last event.
func (g *logGroup) page(r eventRange, at position, size int) (events []*logEvent, next position, more bool) {
	if size == 0 {
		return nil, at, true
	}
	all := g.ordered()
	i := sort.Search(len(all), func(i int) bool { return all[i].position().compare(at) >= 0 })
	bytes := 0
	for ; i < len(all); i++ {
		e := &all[i]
		if e.at >= r.to {
			break
		}
		if e.visible > r.now || !r.match(e) {
			continue
		}
		bytes += len(e.message) + eventOverhead
		if len(events) == size || len(events) > 0 && bytes > maxPageBytes {
			return events, e.position(), true
		}
		events = append(events, e)
	}
	if len(events) == size {
		last := events[size-1].position()
		last.Seq++
		return events, last, true
	}
	return events, position{}, false
}

// pageToken is what a token holds. It belongs to one query.
type pageToken struct {
	Query string
	At    position
	Until int64 // epoch ms
}

func (t pageToken) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		return "" // strings and integers always encode
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseToken reads a token of the query that is not too old.
func parseToken(token, query string, now time.Time) (pageToken, error) {
	var t pageToken
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil || t.Query != query || now.UnixMilli() >= t.Until {
		return t, invalidParameter("The specified nextToken is invalid.")
	}
	return t, nil
}
