package interflow

import (
	"bytes"
	"math"
	"strings"
)

// GuardDuty maps findings of GuardDuty
// (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-format.html):
// the whole finding stands under aws_guardduty, the first letter of every key
// in upper case, and the standard fields beside it. So does one whose keys are
// in upper case already, as the API GetFindings gives it.
//
// A GuardDuty holds buffers and belongs to one goroutine.
type GuardDuty struct {
	mapper
	hashed []byte
	fields int // standard fields appended
}

// NewGuardDuty returns a mapper for a connector's records.
func NewGuardDuty(s Settings) *GuardDuty {
	return &GuardDuty{mapper: newMapper(GuardDutyProfile, s)}
}

// FindingEvent is the detail-type of the EventBridge events that hold a
// finding
// (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html).
const FindingEvent = "GuardDuty Finding"

// MapLog appends the event of a finding, bare or in its EventBridge event, to
// dst. ok is false, and dst as it was, when the message is no JSON object or
// its event holds no finding.
func (m *GuardDuty) MapLog(dst []byte, g *LogGroup, e *LogEvent) (out []byte, ok bool) {
	start := len(dst)
	finding := trimmed(e.Message)
	if finding.member("detail-type").text() == FindingEvent {
		finding = finding.member("detail")
	}
	if len(finding) == 0 || finding[0] != '{' || finding.named("id") == nil && finding.named("type") == nil {
		return dst, false
	}
	ev := m.begin(dst)
	m.b = bytes.Clone(finding)
	capitalise(m.b, bodyDepth)
	m.dst = appendStr(m.dst, "aws_guardduty")
	if m.value(0, bodyDepth) < 0 {
		return m.dst[:start], false
	}
	m.fields = 1
	m.standard(finding)
	id, updated := finding.named("id").text(), finding.named("updatedAt").text()
	if id != "" {
		// AWS sends a finding again, with its id, whenever it has changed.
		m.hashed = hashID(ev.id(m.dst), m.hashed, idOfFinding, id, updated)
	} else {
		m.hashed = logID(ev.id(m.dst), m.hashed, g, e)
	}
	nanos, timed := parseTime([]byte(updated))
	if !timed {
		nanos = e.Timestamp * 1e6
	}
	return ev.end(m.dst, m.fields, nanos, m.writeMillis), true
}

// standard appends the standard fields.
func (m *GuardDuty) standard(finding rawJSON) {
	m.field("aws_guardduty_id", finding.named("id").text())
	severity, graded := finding.named("severity").number()
	kind := finding.named("type").text()
	m.event(kind, severity, graded)
	if graded {
		m.dst = appendInt(appendStr(m.dst, "severity"), int64(math.Round(min(max(severity*10, 0), 100))))
		m.fields++
	}
	m.field("srcip_username", finding.named("resource", "accessKeyDetails", "userName").text())
	m.hosts(finding.named("resource", "instanceDetails", "networkInterfaces"))
	m.flow(findingFlow(finding.named("service", "action")))
}

// event appends event.threat.name and event.severity_str.
func (m *GuardDuty) event(kind string, severity float64, graded bool) {
	count := 0
	if kind != "" {
		count++
	}
	if graded {
		count++
	}
	if count == 0 {
		return
	}
	m.dst = append(appendStr(m.dst, "event"), mpFixMap|byte(count))
	m.fields++
	if kind != "" {
		m.dst = append(appendStr(m.dst, "threat"), mpFixMap|1)
		m.dst = appendStr(appendStr(m.dst, "name"), kind)
	}
	if graded {
		m.dst = appendStr(appendStr(m.dst, "severity_str"), severityBand(severity))
	}
}

// severityBand is AWS's name for a severity
// (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html).
func severityBand(severity float64) string {
	switch {
	case severity < 4:
		return "low"
	case severity < 7:
		return "medium"
	case severity < 9:
		return "high"
	}
	return "critical"
}

// field appends a standard field; none for an empty text.
func (m *GuardDuty) field(name, text string) {
	if text != "" {
		m.dst = appendStr(appendStr(m.dst, name), text)
		m.fields++
	}
}

// hosts appends host_list: every private address of the instance's interfaces,
// once.
func (m *GuardDuty) hosts(interfaces rawJSON) {
	var list []string
	add := func(address string) {
		for _, known := range list {
			if known == address {
				return
			}
		}
		if address != "" {
			list = append(list, address)
		}
	}
	interfaces.each(func(i rawJSON) {
		add(i.named("privateIpAddress").text())
		i.named("privateIpAddresses").each(func(a rawJSON) { add(a.named("privateIpAddress").text()) })
	})
	if len(list) == 0 {
		return
	}
	var at int
	m.dst, at = openContainer(appendStr(m.dst, "host_list"), mpArray16)
	for _, address := range list {
		m.dst = appendStr(m.dst, address)
	}
	m.dst = closeContainer(m.dst, at, len(list))
	m.fields++
}

// flow appends the fields of who talked to whom.
func (m *GuardDuty) flow(f flow) {
	m.field("srcip", f.source.address)
	m.field("dstip", f.target.address)
	m.port("srcport", f.source.port)
	m.port("dstport", f.target.port)
	m.field("proto_name", strings.ToLower(f.protocol))
}

func (m *GuardDuty) port(name string, port rawJSON) {
	if n, ok := decimal(port); ok && n <= math.MaxUint16 {
		m.dst = appendUint(appendStr(m.dst, name), n)
		m.fields++
	}
}
