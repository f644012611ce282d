package interflow

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// VPCFlow maps the lines of VPC and Transit Gateway flow logs
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html,
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html). The order of
// the fields is the header's; every field of a line stands under aws_vpcflow,
// unknown ones too, and the standard fields beside it.
//
// A VPCFlow holds buffers and belongs to one goroutine.
type VPCFlow struct {
	env     *Envelope
	columns []column
	line    line

	object      Object
	fallback    int64 // event time of a record that has none, ns
	writeMillis int64
	replaced    int
}

// column is a field of the line, as the header names it.
type column struct {
	key     []byte // the encoded key under aws_vpcflow
	known   bool   // its type is: an integer or text
	integer bool
	role    role
}

// role is what a field means for the standard fields.
type role int

const (
	noRole role = iota
	roleSrcAddr
	roleDstAddr
	roleSrcPort
	roleDstPort
	roleProtocol
	rolePackets
	roleBytes
	roleStart
	roleEnd
	roleAction
	roleCount
)

var flowRoles = map[string]role{
	"srcaddr": roleSrcAddr, "dstaddr": roleDstAddr, "srcport": roleSrcPort, "dstport": roleDstPort,
	"protocol": roleProtocol, "packets": rolePackets, "bytes": roleBytes, "start": roleStart, "end": roleEnd, "action": roleAction,
}

// flowFields are the fields known of, and whether they are integers: the
// types of the Parquet form of the logs.
var flowFields = map[string]bool{
	// Version 2, the default format, in its order; see DefaultFlowFormat.
	"version": true, "account-id": false, "interface-id": false, "srcaddr": false, "dstaddr": false, "srcport": true, "dstport": true,
	"protocol": true, "packets": true, "bytes": true, "start": true, "end": true, "action": false, "log-status": false,
	// Version 3.
	"vpc-id": false, "subnet-id": false, "instance-id": false, "tcp-flags": true, "type": false, "pkt-srcaddr": false, "pkt-dstaddr": false,
	// Version 4.
	"region": false, "az-id": false, "sublocation-type": false, "sublocation-id": false,
	// Version 5.
	"pkt-src-aws-service": false, "pkt-dst-aws-service": false, "flow-direction": false, "traffic-path": true,
	// Version 7.
	"ecs-cluster-arn": false, "ecs-cluster-name": false, "ecs-container-instance-arn": false, "ecs-container-instance-id": false,
	"ecs-container-id": false, "ecs-second-container-id": false, "ecs-service-name": false, "ecs-task-definition-arn": false,
	"ecs-task-arn": false, "ecs-task-id": false,
	// Versions 8, 9 and 10.
	"reject-reason": false, "resource-id": false, "encryption-status": true,
	// Version 11.
	"instance-tag": false, "instance-tag-2": false, "interface-tag": false, "interface-tag-2": false, "asg-tag": false, "asg-tag-2": false,
	"interface-type": false, "next-hop-interface-id": false, "next-hop-subnet-id": false, "next-hop-az-id": false, "next-hop-vpc-id": false,
	"next-hop-interface-type": false,
	// Transit Gateway.
	"resource-type": false, "tgw-id": false, "tgw-attachment-id": false, "tgw-src-vpc-account-id": false, "tgw-dst-vpc-account-id": false,
	"tgw-src-vpc-id": false, "tgw-dst-vpc-id": false, "tgw-src-subnet-id": false, "tgw-dst-subnet-id": false, "tgw-src-eni": false,
	"tgw-dst-eni": false, "tgw-src-az-id": false, "tgw-dst-az-id": false, "tgw-pair-attachment-id": false,
	"packets-lost-no-route": true, "packets-lost-blackhole": true, "packets-lost-mtu-exceeded": true, "packets-lost-ttl-expired": true,
}

// DefaultFlowFormat is the order of the fields where nothing else says it:
// version 2, which is AWS's default.
var DefaultFlowFormat = []string{
	"version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
	"protocol", "packets", "bytes", "start", "end", "action", "log-status",
}

// NewVPCFlow returns a mapper for lines in the default format, until SetFormat
// says otherwise.
func NewVPCFlow(p Profile, s Settings) *VPCFlow {
	m := &VPCFlow{env: NewEnvelope(p, s)}
	m.SetFormat(DefaultFlowFormat)
	return m
}

// SetFormat sets the names of the fields in the lines' order. Names with `_`,
// as in Parquet files, are those with `-`.
func (m *VPCFlow) SetFormat(names []string) {
	m.columns = m.columns[:0]
	for _, name := range names {
		name = strings.ReplaceAll(name, "_", "-")
		integer, known := flowFields[name]
		m.columns = append(m.columns, column{
			key:     appendStr(nil, strings.ReplaceAll(name, "-", "_")),
			known:   known,
			integer: integer,
			role:    flowRoles[name],
		})
	}
}

// IsFlowHeader tells a line of field names from a record: all of its words
// could be names, and at least half of them are known.
func IsFlowHeader(text []byte) bool {
	if len(text) == 0 || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	known, words := 0, 0
	for word := range bytes.FieldsSeq(text) {
		words++
		for _, c := range word {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
		if _, ok := flowFields[string(word)]; ok {
			known++
		}
	}
	return known > 0 && 2*known >= words
}

// Begin sets what the following records come from: the object's identity and
// the time (ns) that a record without a time of its own gets.
func (m *VPCFlow) Begin(o Object, fallback int64) { m.object, m.fallback = o, fallback }

// SetNow sets the time of writing in milliseconds.
func (m *VPCFlow) SetNow(millis int64) { m.writeMillis = millis }

// Replaced returns how many bytes that were not UTF-8 became U+FFFD since the
// last call.
func (m *VPCFlow) Replaced() int {
	n := m.replaced
	m.replaced = 0
	return n
}

// line is what is known of the line at hand.
type line struct {
	text   [roleCount][]byte
	number [roleCount]uint64
	has    [roleCount]bool
}

// Errors of a line.
var errFewFields = errors.New("fewer fields than the header")

// Map appends the event of a line, without its line end, to dst; ordinal is
// the record's number in its object, from 0. After an error dst is as it was.
func (m *VPCFlow) Map(dst, text []byte, ordinal uint64) ([]byte, error) {
	start := len(dst)
	out, ev := m.env.begin(dst)
	out = append(out, flowKey...)
	var at int
	out, at = openContainer(out, mpMap16)
	m.line.has = [roleCount]bool{}

	fields, rest := 0, text
	for i := range m.columns {
		value, after, more := cutField(rest)
		if len(value) == 0 && !more {
			return out[:start], fmt.Errorf("%w: %d of %d", errFewFields, i, len(m.columns))
		}
		rest = after
		if len(value) == 1 && value[0] == '-' || len(value) == 0 {
			continue
		}
		out = m.field(out, &m.columns[i], value)
		fields++
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return out[:start], fmt.Errorf("more fields than the header: over %d", len(m.columns))
	}
	return m.finish(closeContainer(out, at, fields), ev, ordinal), nil
}

// finish completes an event after its fields under aws_vpcflow.
func (m *VPCFlow) finish(out []byte, ev event, ordinal uint64) []byte {
	out, standard := m.standard(out)
	m.object.recordID(ev.id(out), ordinal)
	return ev.end(out, 1+standard, m.time(), m.writeMillis)
}

// cutField cuts the first word off a line. more tells that a space came after
// it.
func cutField(text []byte) (word, rest []byte, more bool) {
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, nil, false
}

// field appends one field of the line under aws_vpcflow.
func (m *VPCFlow) field(dst []byte, c *column, value []byte) []byte {
	dst = append(dst, c.key...)
	if c.integer {
		n, ok := decimal(value)
		m.line.has[c.role] = ok // only a number makes a standard field
		if ok {
			m.line.number[c.role] = n
			return appendUint(dst, n)
		}
	}
	if !utf8.Valid(value) {
		value = bytes.ToValidUTF8(value, []byte("\uFFFD"))
		m.replaced++
	}
	if c.role != noRole && !c.integer {
		m.line.text[c.role] = value
		m.line.has[c.role] = true
	}
	return appendStr(dst, value)
}

// decimal reads a number of decimal digits only.
func decimal(s []byte) (n uint64, ok bool) {
	if len(s) == 0 || len(s) > 19 {
		return 0, false
	}
	for _, c := range s {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// The encoded names of the standard fields.
var (
	flowKey       = appendStr(nil, "aws_vpcflow")
	srcIPKey      = appendStr(nil, "srcip")
	dstIPKey      = appendStr(nil, "dstip")
	srcPortKey    = appendStr(nil, "srcport")
	dstPortKey    = appendStr(nil, "dstport")
	protoKey      = appendStr(nil, "proto")
	outBytesKey   = appendStr(nil, "outbytes_total")
	inBytesKey    = append(appendStr(nil, "inbytes_total"), 0) // a flow record is one-way
	allBytesKey   = appendStr(nil, "totalbytes")
	outPacketsKey = appendStr(nil, "outpkts_delta")
	inPacketsKey  = append(appendStr(nil, "inpkts_delta"), 0)
	allPacketsKey = appendStr(nil, "totalpackets")
	durationKey   = appendStr(nil, "duration")
	actionKey     = appendStr(nil, "action")
	allowed       = append(appendStr(nil, "action"), appendStr(nil, "allow")...)
	blocked       = append(appendStr(nil, "action"), appendStr(nil, "block")...)
)

// standard appends the standard fields and returns how many.
func (m *VPCFlow) standard(dst []byte) ([]byte, int) {
	l, n := &m.line, 0
	text := func(r role, key []byte) {
		if l.has[r] {
			dst = appendStr(append(dst, key...), l.text[r])
			n++
		}
	}
	number := func(r role, key []byte) {
		if l.has[r] {
			dst = appendUint(append(dst, key...), l.number[r])
			n++
		}
	}
	text(roleSrcAddr, srcIPKey)
	text(roleDstAddr, dstIPKey)
	number(roleSrcPort, srcPortKey)
	number(roleDstPort, dstPortKey)
	if l.has[roleProtocol] {
		number(roleProtocol, protoKey)
		if p := l.number[roleProtocol]; p < uint64(len(protocolNames)) && protocolNames[p] != nil {
			dst = append(dst, protocolNames[p]...)
			n++
		}
	}
	if l.has[roleBytes] {
		number(roleBytes, outBytesKey)
		dst = append(dst, inBytesKey...)
		number(roleBytes, allBytesKey)
		n++
	}
	if l.has[rolePackets] {
		number(rolePackets, outPacketsKey)
		dst = append(dst, inPacketsKey...)
		number(rolePackets, allPacketsKey)
		n++
	}
	if l.has[roleStart] && l.has[roleEnd] && max(l.number[roleStart], l.number[roleEnd]) < maxSeconds {
		dst = appendInt(append(dst, durationKey...), int64(l.number[roleEnd]-l.number[roleStart])*1000)
		n++
	}
	if l.has[roleAction] {
		switch string(l.text[roleAction]) {
		case "ACCEPT":
			dst = append(dst, allowed...)
		case "REJECT":
			dst = append(dst, blocked...)
		default:
			dst = appendLower(append(dst, actionKey...), l.text[roleAction])
		}
		n++
	}
	return dst, n
}

// maxSeconds is the first time, in seconds, of which 64 bits cannot hold the
// nanoseconds.
const maxSeconds = math.MaxInt64 / 1_000_000_000

// time is the event's time in nanoseconds: the start of the flow, else its end.
func (m *VPCFlow) time() int64 {
	for _, r := range [...]role{roleStart, roleEnd} {
		if m.line.has[r] && m.line.number[r] < maxSeconds {
			return int64(m.line.number[r]) * 1e9
		}
	}
	return m.fallback
}
