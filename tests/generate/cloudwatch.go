package generate

import (
	"math/big"
	"slices"
	"strconv"
	"time"
)

// LogEvent is an event of CloudWatch Logs as the API gives it. Times are epoch
// milliseconds.
type LogEvent struct {
	ID            string // 56 decimal digits
	Timestamp     int64
	IngestionTime int64
	Message       string
}

// LogEvents makes n events whose messages come from next, one of the
// generator's Append methods, in order of time, within the generator's span
// from its start.
func (g *Generator) LogEvents(n int, next func([]byte) []byte) []LogEvent {
	stamps := make([]int64, n)
	for i := range stamps {
		stamps[i] = g.scope.from*1000 + int64(g.rnd.n(int(max(1, g.scope.to-g.scope.from))*1000))
	}
	slices.Sort(stamps)
	events := make([]LogEvent, n)
	for i, ms := range stamps {
		sec := ms / 1000
		g.within(scope{account: g.scope.account, region: g.scope.region, from: sec, to: sec + 1}, func() {
			events[i] = LogEvent{ID: g.eventID(ms, i), Timestamp: ms, IngestionTime: ms + int64(g.rnd.between(20, 9000)), Message: string(next(nil))}
		})
	}
	return events
}

// eventID gives an id of the kind CloudWatch Logs gives: the time in the top
// bits of a 184-bit integer, then what tells equal times apart.
func (g *Generator) eventID(ms int64, ordinal int) string {
	id := big.NewInt(ms)
	id.Lsh(id, 64).Or(id, new(big.Int).SetUint64(g.rnd.Uint64()))
	id.Lsh(id, 80).Or(id, big.NewInt(int64(ordinal)))
	return id.String()
}

// Subscription is the source of a subscription's messages.
type Subscription struct {
	Owner   string // account; default the first of Options.Accounts
	Group   string
	Stream  string
	Filters []string // default one named "collector"
}

// DataMessage gives what a subscription sends for events: one DATA_MESSAGE
// object, not compressed, without a newline. Firehose appends such objects back
// to back.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
func (g *Generator) DataMessage(s Subscription, events []LogEvent) []byte {
	if s.Filters == nil {
		s.Filters = []string{"collector"}
	}
	b := appendString([]byte(`{"messageType":"DATA_MESSAGE","owner":`), orDefault(s.Owner, g.opt.Accounts[0]))
	b = appendString(append(b, `,"logGroup":`...), s.Group)
	b = appendString(append(b, `,"logStream":`...), s.Stream)
	b = append(b, `,"subscriptionFilters":[`...)
	for i, f := range s.Filters {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, f)
	}
	b = append(b, `],"logEvents":[`...)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"id":"`...), e.ID...), `","timestamp":`...)
		b = appendString(append(strconv.AppendInt(b, e.Timestamp, 10), `,"message":`...), e.Message)
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// ControlMessage gives the message by which CloudWatch Logs checks that a
// destination is there. It holds no log.
func (g *Generator) ControlMessage(at time.Time) []byte {
	b := append([]byte(nil), `{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":`...)
	b = strconv.AppendInt(b, at.UnixMilli(), 10)
	return append(b, `,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}`...)
}

// appendString appends s as a JSON string. s is valid UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// FlowStreamName is the log stream of an interface's flow log.
func (g *Generator) FlowStreamName(account, region string) string {
	return g.site(account, region).hosts[0].eni + "-all"
}

// AuditStreamName is a log stream of EKS audit events.
func (g *Generator) AuditStreamName() string { return "kube-apiserver-audit-" + g.rnd.hexString(32) }

// ContainerStreamName is a log stream of an ECS task.
func (g *Generator) ContainerStreamName() string { return "ecs/order-service/" + g.rnd.hexString(32) }

// WAFStreamName is a log stream of a web ACL in a region.
func (g *Generator) WAFStreamName(region string) string { return region + "_" + g.opt.WebACL + "_0" }
