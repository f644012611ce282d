package interflow

import (
	"in_stellar_aws/internal/jsonscan"
)

// CloudWatch maps events of CloudWatch Logs that are no log of a kind of their
// own: the message as it came, and what CloudWatch Logs knows of it under
// aws_cloudwatch. Audit events of EKS get their standard fields.
//
// A CloudWatch holds buffers and belongs to one goroutine.
type CloudWatch struct {
	mapper
	parseJSON bool
	hashed    []byte
}

// NewCloudWatch returns a mapper for a connector's records. With parseJSON,
// a message that is a JSON object also stands parsed under
// aws_cloudwatch.json.
func NewCloudWatch(s Settings, parseJSON bool) *CloudWatch {
	return &CloudWatch{mapper: newMapper(CloudWatchProfile, s), parseJSON: parseJSON}
}

// MapLog appends the event to dst. object tells that the message is one whole
// JSON object. Every message can be mapped.
func (m *CloudWatch) MapLog(dst []byte, g *LogGroup, e *LogEvent, object bool) []byte {
	ev := m.begin(dst)
	fields := 1
	if len(e.Message) > 0 {
		m.dst = appendStr(m.dst, "message")
		m.dst = appendStr(m.dst, m.validUTF8(e.Message))
		fields++
	}
	m.origin(g, e, object)
	if object {
		message := trimmed(e.Message)
		fields += m.audit(message)
		m.id(ev, g, e, message)
	} else {
		m.hashed = logID(ev.id(m.dst), m.hashed, g, e)
	}
	return ev.end(m.dst, fields, e.Timestamp*1e6, m.writeMillis)
}

// origin appends aws_cloudwatch.
func (m *CloudWatch) origin(g *LogGroup, e *LogEvent, object bool) {
	var at, count int
	m.dst = appendStr(m.dst, "aws_cloudwatch")
	m.dst, at = openContainer(m.dst, mpMap16)
	for _, kv := range [...][2]string{
		{"log_group", g.Name}, {"log_stream", e.Stream}, {"event_id", e.ID}, {"region", g.Region}, {"account_id", g.Account},
	} {
		if kv[1] != "" {
			m.dst = appendStr(appendStr(m.dst, kv[0]), m.validUTF8([]byte(kv[1])))
			count++
		}
	}
	if e.Ingested != 0 {
		m.dst = appendInt(appendStr(m.dst, "ingestion_time"), e.Ingested)
		count++
	}
	if m.parseJSON && object {
		before := len(m.dst)
		m.b = e.Message
		m.dst = appendStr(m.dst, "json")
		if m.value(jsonscan.Space(m.b, 0), bodyDepth+1) < 0 {
			m.dst = m.dst[:before]
		} else {
			count++
		}
	}
	m.dst = closeContainer(m.dst, at, count)
}

// id writes the record's id. CloudTrail's events have one of their own, which
// is the same wherever they are read: a trail may write to a log group too.
func (m *CloudWatch) id(ev event, g *LogGroup, e *LogEvent, message rawJSON) {
	if ofCloudTrail(message) {
		if id := message.either("eventID", "eventId").text(); id != "" {
			account := message.either("recipientAccountId", "accountId").text()
			m.hashed = eventID(ev.id(m.dst), m.hashed, []byte(account), []byte(id))
			return
		}
	}
	m.hashed = logID(ev.id(m.dst), m.hashed, g, e)
}

// ofCloudTrail tells an event of CloudTrail. Those of Insights have no
// eventSource, others no eventCategory
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html).
func ofCloudTrail(message rawJSON) bool {
	return message.member("eventVersion") != nil &&
		(message.member("eventSource") != nil || message.member("insightDetails") != nil)
}

// trimmed is the message without the white space about its object.
func trimmed(message []byte) rawJSON {
	from := jsonscan.Space(message, 0)
	to := valueEnd(message, from)
	if to < 0 {
		return nil
	}
	return rawJSON(message[from:to:to])
}
