package interflow

import (
	"bytes"
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
	env        *Envelope
	columns    []column
	columnRoom int // what the keys and numbers of all columns may need, in bytes
	line       line

	object      Object
	fallback    int64 // event time of a record that has none, ns
	writeMillis int64
	replaced    int
}

// column is a field of the line, as the header names it.
type column struct {
	key     fixed // the encoded key under aws_vpcflow
	known   bool  // its type is: an integer or text
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
// as in Parquet files, are those with `-`. One that comes again gets `_2` (`_3`,
// …) after it; standard fields are made of the first.
func (m *VPCFlow) SetFormat(names []string) {
	m.columns, m.columnRoom = m.columns[:0], 0
	unique := namer{taken: make(map[string]bool), wanted: make(map[string]bool), next: make(map[string]int)}
	keys := make([]string, len(names))
	for k, name := range names {
		keys[k] = strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "-", "_")
		unique.wanted[keys[k]] = true
	}
	for _, key := range keys {
		name := strings.ReplaceAll(key, "_", "-")
		integer, known := flowFields[name]
		c := column{known: known, integer: integer}
		if !unique.taken[key] {
			c.role = flowRoles[name]
		}
		c.key = fixKey(unique.name(key))
		m.columns = append(m.columns, c)
		m.columnRoom += m.columns[len(m.columns)-1].key.room() + maxHeader
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
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		if _, ok := flowFields[strings.ReplaceAll(string(word), "_", "-")]; ok {
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
	has    uint16 // a bit for each role
}

func (l *line) set(r role)     { l.has |= 1 << r }
func (l *line) unset(r role)   { l.has &^= 1 << r }
func (l *line) is(r role) bool { return l.has>>r&1 != 0 }

// finish completes an event after its fields under aws_vpcflow.
func (m *VPCFlow) finish(out []byte, ev event, ordinal uint64) []byte {
	out, standard := m.standard(out)
	m.object.recordID(ev.id(out), ordinal)
	return ev.end(out, 1+standard, m.time(), m.writeMillis)
}

// field appends one field under aws_vpcflow from its text, which is not empty.
func (m *VPCFlow) field(dst []byte, c *column, value []byte) []byte {
	dst = append(dst, c.key.text...)
	if c.integer {
		if n, ok := decimal(value); ok {
			m.line.set(c.role)
			m.line.number[c.role] = n
			return appendUint(dst, n)
		}
		m.line.unset(c.role) // only a number makes a standard field
	}
	if !utf8.Valid(value) {
		value = bytes.ToValidUTF8(value, []byte("\uFFFD"))
		m.replaced++
	}
	if c.role != noRole && !c.integer {
		m.line.set(c.role)
		m.line.text[c.role] = value
	}
	return appendStr(dst, value)
}
