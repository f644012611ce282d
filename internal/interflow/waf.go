package interflow

import (
	"bytes"
	"math"
	"strconv"

	"in_stellar_aws/internal/jsonscan"
)

// WAF maps the records of AWS WAF
// (https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html):
// the whole original stands under aws_waf, the standard fields beside it.
//
// A WAF holds buffers and belongs to one goroutine.
type WAF struct {
	objectMapper
	noted   [wafNotes]span
	millis  int64    // timestamp, when it is a number
	headers rawValue // httpRequest.headers
	taken   [4]bool  // which of aclFields the original has itself
	url     []byte
	header  headerFinder
}

// NewWAF returns a mapper for a connector's records.
func NewWAF(p Profile, s Settings) *WAF { return &WAF{objectMapper: newObjectMapper(p, s)} }

// What of a record the standard fields are made of.
const (
	wafNothing = iota
	wafTimestamp
	wafACL
	wafAction
	wafClientIP
	wafCountry
	wafScheme
	wafHost
	wafURI
	wafArgs
	wafNotes
)

// The parts of webaclId that stand beside it.
var aclFields = [4]string{"web_acl_name", "web_acl_scope", "region", "account_id"}

// wafDepth is how many containers the original's members stand in: the
// event's outer array, the body and aws_waf.
const wafDepth = 3

// Map appends the event of the record that begins at b[i], the object's
// record number ordinal (from 0), to dst. It returns the index after the
// record, or jsonscan.Short or jsonscan.Invalid and dst as it was.
func (m *WAF) Map(dst, b []byte, i int, ordinal uint64) (out []byte, end int) {
	start := len(dst)
	ev, end := m.open(dst, b, i)
	if end < 0 {
		return dst, end
	}
	m.noted, m.millis, m.headers, m.taken = [wafNotes]span{}, 0, rawValue{}, [4]bool{}

	m.dst = appendStr(m.dst, "aws_waf")
	if end = m.members(i, wafDepth, true); end < 0 {
		return m.dst[:start], end
	}
	fields := 1 + m.standard()
	m.object.recordID(ev.id(m.dst), ordinal)
	return ev.end(m.dst, fields, m.time(), m.writeMillis), end
}

// members encodes the object at b[i], the record (root) or its httpRequest,
// and notes what of it is needed.
func (m *WAF) members(i, depth int, root bool) int {
	var at, count int
	var met keyFilter
	again := false
	m.dst, at = openContainer(m.dst, mpMap16)
	if i = m.space(i + 1); i < len(m.b) && m.b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(m.b) {
			return jsonscan.Short
		}
		if m.b[i] != '"' {
			return jsonscan.Invalid
		}
		end, flags := jsonscan.String(m.b, i)
		if end < 0 {
			return end
		}
		name := m.b[i+1 : end-1]
		if flags != 0 {
			name = m.unquoted(name, flags)
		}
		what := m.request(name)
		if root {
			what = m.record(name)
		}
		request := root && string(name) == "httpRequest"
		headers := !root && string(name) == "headers"
		m.dst = appendStr(m.dst, name)
		if met.met(name) {
			again = true
		}
		if i = m.colon(end); i < 0 {
			return i
		}
		from := i
		switch {
		case i < len(m.b) && m.b[i] == '{' && request:
			i = m.members(i, depth+1, false)
		case what != wafNothing:
			i = m.note(i, what, depth)
		default:
			i = m.value(i, depth)
		}
		if i < 0 {
			return i
		}
		if headers && m.headers.to == 0 {
			m.headers = rawValue{from: from, to: i}
		}
		count++
		var done bool
		if i, done = m.next(i, '}'); i < 0 {
			return i
		}
		if done {
			if root {
				count += m.acl()
			}
			moveNotes(m.noted[:], m.closeKeys(at, count, again))
			m.close(at, count)
			return i
		}
	}
}

// close completes the map that began at at. One of more than 65,535 members
// gets a longer header, which moves the texts noted inside.
func (m *WAF) close(at, count int) {
	before := len(m.dst)
	m.dst = closeContainer(m.dst, at, count)
	shift := len(m.dst) - before
	for k := range m.noted {
		if shift > 0 && m.noted[k].from > at {
			m.noted[k].from += shift
			m.noted[k].to += shift
		}
	}
}

// record tells what a member of the record is.
func (m *WAF) record(name []byte) int {
	switch string(name) {
	case "timestamp":
		return wafTimestamp
	case "webaclId":
		return wafACL
	case "action":
		return wafAction
	}
	for k, field := range aclFields {
		if string(name) == field {
			m.taken[k] = true
		}
	}
	return wafNothing
}

// request tells what a member of httpRequest is.
func (m *WAF) request(name []byte) int {
	switch string(name) {
	case "clientIp":
		return wafClientIP
	case "country":
		return wafCountry
	case "scheme":
		return wafScheme
	case "host":
		return wafHost
	case "uri":
		return wafURI
	case "args":
		return wafArgs
	}
	return wafNothing
}

// note encodes a value and notes it: a string, or the number that timestamp
// is.
func (m *WAF) note(i, what, depth int) int {
	if i >= len(m.b) {
		return jsonscan.Short
	}
	if m.b[i] == '"' {
		end, flags := jsonscan.String(m.b, i)
		if end >= 0 {
			n := m.body(m.b[i+1:end-1], flags)
			if !m.has(what) && (n > 1 || n == 1 && m.dst[len(m.dst)-1] != '-') {
				m.noted[what] = span{len(m.dst) - n, len(m.dst)}
			}
		}
		return end
	}
	end := m.value(i, depth)
	if what == wafTimestamp && end > 0 && m.millis == 0 {
		if n, ok := decimal(m.b[i:end]); ok && n < 1<<53 {
			m.millis = int64(n)
		} else if f, err := strconv.ParseFloat(string(m.b[i:end]), 64); err == nil && f > 0 && f < 1<<53 && f == math.Trunc(f) {
			m.millis = int64(f) // of a log that went through another program
		}
	}
	return end
}

func (m *WAF) has(what int) bool    { return m.noted[what].to > 0 }
func (m *WAF) text(what int) []byte { return m.dst[m.noted[what].from:m.noted[what].to] }

// acl appends the parts of a WAFv2 web ACL's ARN, which is
// arn:PARTITION:wafv2:REGION:ACCOUNT:SCOPE/webacl/NAME/ID, and returns how
// many. The id of a WAF Classic ACL has none.
func (m *WAF) acl() int {
	if !m.has(wafACL) {
		return 0
	}
	arn := m.text(wafACL)
	var head, region, account, scope, kind []byte
	for _, part := range [...]*[]byte{&head, nil, nil, &region, &account} {
		before, after, found := bytes.Cut(arn, []byte(":"))
		if !found {
			return 0
		}
		if arn = after; part != nil {
			*part = before
		}
	}
	scope, arn, _ = bytes.Cut(arn, []byte("/"))
	kind, arn, found := bytes.Cut(arn, []byte("/"))
	if string(head) != "arn" || string(kind) != "webacl" || !found {
		return 0
	}
	name, _, _ := bytes.Cut(arn, []byte("/"))
	n := 0
	for k, value := range [...][]byte{name, scope, region, account} { // as in aclFields
		if len(value) > 0 && !m.taken[k] {
			m.dst = appendStr(appendStr(m.dst, aclFields[k]), value)
			n++
		}
	}
	return n
}

// standard appends the standard fields and returns how many.
func (m *WAF) standard() int {
	n := 0
	if m.has(wafClientIP) {
		m.dst = appendStr(appendStr(m.dst, "srcip"), m.text(wafClientIP))
		n++
	}
	if m.has(wafAction) {
		m.dst = appendLower(appendStr(m.dst, "action"), m.text(wafAction))
		n++
	}
	if m.makeURL() {
		m.dst = appendStr(appendStr(m.dst, "url"), m.url)
		n++
	}
	if m.has(wafCountry) {
		m.dst = append(appendStr(m.dst, "srcip_geo"), mpFixMap|1)
		m.dst = appendStr(appendStr(m.dst, "countryCode"), m.text(wafCountry))
		n++
	}
	return n
}

// makeURL puts the request's URL together from what there is of it: records
// before 2024 have neither scheme nor host.
func (m *WAF) makeURL() bool {
	m.url = m.url[:0]
	if !m.has(wafURI) && !m.has(wafHost) {
		return false
	}
	if host := m.host(); len(host) > 0 {
		if m.has(wafScheme) {
			m.url = append(append(m.url, m.text(wafScheme)...), "://"...)
		}
		m.url = append(m.url, host...)
	}
	m.url = append(m.url, m.text(wafURI)...)
	if m.has(wafArgs) {
		m.url = append(append(m.url, '?'), m.text(wafArgs)...)
	}
	return true
}

// host is the request's host, or the value of its Host header.
func (m *WAF) host() []byte {
	if m.has(wafHost) {
		return m.text(wafHost)
	}
	return m.header.find(m.b[m.headers.from:m.headers.to], "host")
}

// time is the event's time in nanoseconds. AWS writes milliseconds; exports
// and Lake queries, ISO 8601.
func (m *WAF) time() int64 {
	if m.millis > 0 && m.millis < 1<<43 {
		return m.millis * 1e6
	}
	if m.has(wafTimestamp) {
		text := m.text(wafTimestamp)
		if nanos, ok := parseTime(text); ok {
			return nanos
		}
		if millis, err := strconv.ParseInt(string(text), 10, 43); err == nil && millis > 0 {
			return millis * 1e6
		}
	}
	return m.fallback
}
