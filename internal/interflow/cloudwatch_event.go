package interflow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"in_stellar_aws/internal/jsonscan"
)

// LogGroup is where events of CloudWatch Logs come from.
type LogGroup struct {
	ARN     string // without ":*" at its end
	Name    string
	Region  string
	Account string
}

// LogEvent is an event of CloudWatch Logs, as FilterLogEvents gives it
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilteredLogEvent.html).
type LogEvent struct {
	ID        string // unique in its log group
	Stream    string
	Timestamp int64 // ms
	Ingested  int64 // ms
	Message   []byte
}

// The hash inputs of CloudWatch Logs, see idOfEvent.
const (
	idOfLog     = "log-event\x00"
	idOfFinding = "guardduty-finding\x00"
)

// hashID writes the id that is made of kind and parts, which hold no zero
// bytes, and returns the scratch space.
func hashID(dst, scratch []byte, kind string, parts ...string) []byte {
	scratch = append(scratch[:0], kind...)
	for i, part := range parts {
		if i > 0 {
			scratch = append(scratch, 0)
		}
		scratch = append(scratch, part...)
	}
	sum := sha256.Sum256(scratch)
	hex.Encode(dst, sum[:idLen/2])
	return scratch
}

// logID writes the id of an event's record.
func logID(dst, scratch []byte, g *LogGroup, e *LogEvent) []byte {
	return hashID(dst, scratch, idOfLog, g.ARN, e.Stream, e.ID)
}

// MapLog appends the event of a WAF record that came through CloudWatch Logs
// to dst. ok is false, and dst as it was, when the message is no JSON object.
func (m *WAF) MapLog(dst []byte, g *LogGroup, e *LogEvent) (out []byte, ok bool) {
	m.Begin(Object{}, e.Timestamp*1e6)
	start := len(dst)
	out, end := m.Map(dst, e.Message, jsonscan.Space(e.Message, 0), 0)
	if end < 0 {
		return out, false
	}
	// Map made an id of an object and an ordinal, which the event has not.
	m.scratch = logID(event{m.env, start}.id(out), m.scratch, g, e)
	return out, true
}

var errNoFlow = errors.New("a field is not of its type")

// fits tells a flow record from a log of as many words: every number and
// address is one, or "-". A log group has no header to go by.
func (m *VPCFlow) fits(line []byte) bool {
	k := 0
	for word := range bytes.SplitSeq(line, []byte(" ")) {
		if k == len(m.columns) {
			return false
		}
		c := &m.columns[k]
		if k++; string(word) == "-" {
			continue
		}
		if c.integer {
			if _, ok := decimal(word); !ok {
				return false
			}
		}
		if (c.role == roleSrcAddr || c.role == roleDstAddr) && !isIP(word) {
			return false
		}
	}
	return k == len(m.columns)
}

// MapLog appends the event of a flow record that came through CloudWatch Logs
// to dst. An error says why the message is no line of the format; dst is as it
// was then.
func (m *VPCFlow) MapLog(dst []byte, g *LogGroup, e *LogEvent) ([]byte, error) {
	m.Begin(Object{}, e.Timestamp*1e6)
	start := len(dst)
	line := bytes.TrimSpace(e.Message)
	if !m.fits(line) {
		return dst, errNoFlow
	}
	out, err := m.Map(dst, line, 0)
	if err != nil {
		return out, err
	}
	var scratch [256]byte
	logID(event{m.env, start}.id(out), scratch[:0], g, e)
	return out, nil
}
