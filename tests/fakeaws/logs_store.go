package fakeaws

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LogEvent is an event to be stored with PutLogEvents.
type LogEvent struct {
	// ID is the event's id (default: one of 56 digits, as AWS makes them).
	ID string
	// Time is the event's own; milliseconds are kept.
	Time    time.Time
	Message string
	// Ingested is when CloudWatch Logs got the event (default: now).
	Ingested time.Time
	// Visible is when readers begin to see the event (default: when it is
	// put): in AWS seconds to minutes later.
	Visible time.Time
}

// logGroup is a log group with its events.
type logGroup struct {
	name, region, account string
	created               int64 // epoch ms
	streams               map[string]*logStream
	events                []logEvent // see ordered
	unordered             bool
	class                 string // LogGroupClass
}

// logStream is what DescribeLogStreams tells of a stream.
type logStream struct {
	name                string
	created             int64
	first, last, ingest int64 // epoch ms; 0: no event
}

// logEvent is small because there may be millions. Times are epoch ms.
type logEvent struct {
	at, ingested, visible int64
	seq                   uint64
	stream                *logStream
	id, message           string
}

// position is where a page run stands: at the event with this order or the
// first one after it.
type position struct {
	At, Ingested int64
	Seq          uint64
}

func (e *logEvent) position() position { return position{e.at, e.ingested, e.seq} }

// compare is the documented order of events: by time, by ingestion, by the
// request that put them.
func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.At, q.At), cmp.Compare(p.Ingested, q.Ingested), cmp.Compare(p.Seq, q.Seq))
}

// arn is the group's ARN as identifiers have it, without the ":*" at its end.
func (g *logGroup) arn() string {
	return "arn:" + regionPartition(g.region) + ":logs:" + g.region + ":" + g.account + ":log-group:" + g.name
}

// AddLogGroup adds an empty log group; region "" is Options.Region.
func (s *Server) AddLogGroup(name, region, account string) {
	if region == "" {
		region = s.options.Region
	}
	g := &logGroup{name: name, region: region, account: account, created: s.options.Clock().UnixMilli(), streams: map[string]*logStream{}, class: "STANDARD"}
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	s.logs.groups = append(s.logs.groups, g)
	slices.SortFunc(s.logs.groups, func(a, b *logGroup) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.account, b.account), strings.Compare(a.region, b.region))
	})
}

// SetLogGroupClass makes every log group of this name one of another class: only
// events of "STANDARD" can be read.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
func (s *Server) SetLogGroupClass(name, class string) {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	for _, g := range s.logs.groups {
		if g.name == name {
			g.class = class
		}
	}
}

// RemoveLogGroup deletes every log group of this name.
func (s *Server) RemoveLogGroup(name string) {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	s.logs.groups = slices.DeleteFunc(s.logs.groups, func(g *logGroup) bool { return g.name == name })
}

// LinkAccounts lets the monitoring account see the source account's log groups
// by their ARNs.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
func (s *Server) LinkAccounts(monitoring, source string) {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	s.logs.links[[2]string{monitoring, source}] = true
}

// PutLogEvents stores events in a stream, which is made when it does not
// exist. group is the name of a group, or its ARN where several accounts or
// regions have one of this name.
func (s *Server) PutLogEvents(group, stream string, events ...LogEvent) error {
	now := s.options.Clock()
	l := s.logs
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.groups, func(g *logGroup) bool { return g.name == group || g.arn() == group })
	if i < 0 {
		return fmt.Errorf("put log events: no log group %s", group)
	}
	g := l.groups[i]
	st := g.streams[stream]
	if st == nil {
		st = &logStream{name: stream, created: now.UnixMilli()}
		g.streams[stream] = st
	}
	for _, e := range events {
		l.put++
		stored := e.stored(now, l.put)
		stored.stream = st
		st.note(stored)
		if n := len(g.events); n > 0 && g.events[n-1].position().compare(stored.position()) > 0 {
			g.unordered = true
		}
		g.events = append(g.events, stored)
	}
	return nil
}

// ordered are the group's events in the order of their positions. They are
// sorted when they are read, not at each put.
func (g *logGroup) ordered() []logEvent {
	if g.unordered {
		slices.SortFunc(g.events, func(a, b logEvent) int { return a.position().compare(b.position()) })
		g.unordered = false
	}
	return g.events
}

func (e LogEvent) stored(now time.Time, seq uint64) logEvent {
	if e.Ingested.IsZero() {
		e.Ingested = now
	}
	if e.Visible.IsZero() {
		e.Visible = now
	}
	if e.ID == "" {
		e.ID = fmt.Sprintf("3%015d%020d%020d", e.Time.UnixMilli(), uint64(e.Time.UnixNano())*0x9e3779b97f4a7c15, seq)
	}
	return logEvent{at: e.Time.UnixMilli(), ingested: e.Ingested.UnixMilli(), visible: e.Visible.UnixMilli(), seq: seq, id: e.ID, message: e.Message}
}

func (st *logStream) note(e logEvent) {
	if st.first == 0 || e.at < st.first {
		st.first = e.at
	}
	st.last, st.ingest = max(st.last, e.at), max(st.ingest, e.ingested)
}

// find returns the group that a request names, by its name in the caller's
// account or by an identifier: a name, or an ARN that may be a linked
// account's.
func (s *logsService) find(c *call, name, identifier string) (*logGroup, error) {
	if (name == "") == (identifier == "") {
		return nil, invalidParameter("Exactly one of logGroupName and logGroupIdentifier must be specified.")
	}
	account := c.caller.account
	if strings.HasPrefix(identifier, "arn:") {
		account = arnAccount(identifier)
		name = arnField(identifier, 5)
		if name = strings.TrimPrefix(name, "log-group:"); strings.Contains(name, "*") {
			return nil, invalidParameter("Invalid logGroupIdentifier: " + identifier)
		}
	} else if identifier != "" {
		name = identifier
	}
	missing := logsError("ResourceNotFoundException", "The specified log group does not exist.")
	if account != c.caller.account && !s.links[[2]string{c.caller.account, account}] {
		return nil, missing
	}
	for _, g := range s.groups {
		if g.name == name && g.account == account && g.region == c.scope.region {
			return g, nil
		}
	}
	return nil, missing
}
