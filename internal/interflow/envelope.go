// Package interflow maps AWS log records to Interflow, Stellar Cyber's
// normalised record, and encodes them as Fluent Bit events in one pass over
// the record's text. There is one file for each log type; what they share is
// the envelope (this file), the ids (id.go) and the JSON-to-msgpack encoder
// (transcode.go). All functions are pure: no input or output, no clock.
package interflow

import (
	"encoding/binary"
	"math"
)

// Profile is what the records of one log type have in common.
type Profile struct {
	Class    string // msg_class
	Source   string // msg_origin.source and .processor.name
	Category string // msg_origin.category
	Index    string // the index family that index_key names
}

// The profiles of what S3 connectors collect.
var (
	CloudTrailProfile = Profile{Class: "cloudtrail", Source: "cloudtrail", Category: "paas", Index: "aella-cloudtrail"}
	VPCFlowProfile    = Profile{Class: "vpcflow", Source: "cloudtrail", Category: "paas", Index: "aella-adr"}
	WAFProfile        = Profile{Class: "aws_waf", Source: "cloudtrail", Category: "waf", Index: "aella-cloudtrail"}
)

// The profiles of what CloudWatch connectors collect.
var (
	CloudWatchProfile        = Profile{Class: "aws_cloudwatch_log", Source: "aws_cloudwatch", Category: "paas", Index: "aella-syslog"}
	CloudWatchWAFProfile     = Profile{Class: "aws_cloudwatch_waf", Source: "aws_cloudwatch", Category: "waf", Index: "aella-syslog"}
	CloudWatchVPCFlowProfile = Profile{Class: "aws_cloudwatch_vpcflow", Source: "aws_cloudwatch", Category: "paas", Index: "aella-adr"}
	GuardDutyProfile         = Profile{Class: "aws_guardduty", Source: "aws_guardduty", Category: "paas", Index: "aella-syslog"}
)

// Vendor is msg_origin.vendor.
const Vendor = "aws"

// Settings is what a connector's configuration adds to every record.
type Settings struct {
	TenantName   string // omitted when empty
	TenantID     string // omitted when empty
	IndexKey     string // key that holds the index family; none when empty
	VendorKey    string // key that holds the vendor; none when empty
	FlattenDepth int    // levels below requestParameters and responseElements that become fields
}

// Envelope is the part of an event that is the same for every record of a
// connector, encoded once: the event's header and the envelope fields, with
// room for what changes.
//
// The event is [[EventTime, {}], {body}]; EventTime is the ext type 0 of
// seconds and nanoseconds
// (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#eventtime-ext-format).
type Envelope struct {
	template []byte
	fields   int // members of the body that the template holds

	bodyAt, timestampAt, writeTimeAt, idAt int // offsets in the template

	reserved []string // the names in the body, which no native field may take
}

// eventTimeAt is where the seconds of the EventTime stand in an event:
// after array(2), array(2) and the ext header of two bytes.
const eventTimeAt = 4

// EventSeconds is the time of an event, in Unix seconds.
func EventSeconds(event []byte) int64 {
	return int64(binary.BigEndian.Uint32(event[eventTimeAt:]))
}

// NewEnvelope encodes the envelope of the profile's records.
func NewEnvelope(p Profile, s Settings) *Envelope {
	e := &Envelope{}
	t := []byte{mpFixArray | 2, mpFixArray | 2, mpFixExt8, 0, 0, 0, 0, 0, 0, 0, 0, 0, mpFixMap}
	t, e.bodyAt = openContainer(t, mpMap16)

	name := func(key string) {
		t = appendStr(t, key)
		e.fields++
		e.reserved = append(e.reserved, key)
	}
	text := func(key, value string) {
		if value != "" {
			name(key)
			t = appendStr(t, value)
		}
	}
	number := func(key string) (at int) {
		name(key)
		t = append(t, mpInt64, 0, 0, 0, 0, 0, 0, 0, 0)
		return len(t) - 8
	}

	e.timestampAt = number("timestamp")
	e.writeTimeAt = number("write_time")
	name("stellar_uuid")
	t = append(t, mpStr8, idLen)
	e.idAt = len(t)
	t = append(t, make([]byte, idLen)...)
	text("msg_class", p.Class)
	name("msg_origin")
	t = append(t, mpFixMap|4)
	for _, kv := range [][2]string{{"vendor", Vendor}, {"source", p.Source}, {"category", p.Category}} {
		t = appendStr(appendStr(t, kv[0]), kv[1])
	}
	t = append(appendStr(t, "processor"), mpFixMap|2)
	t = appendStr(appendStr(t, "name"), p.Source)
	t = appendStr(appendStr(t, "type"), "log_collector")
	text("tenant_name", s.TenantName)
	text("tenantid", s.TenantID)
	if s.IndexKey != "" {
		text(s.IndexKey, p.Index)
	}
	if s.VendorKey != "" {
		text(s.VendorKey, Vendor)
	}
	e.template = t
	return e
}

// event is one event being written: where it begins in the encoder's output.
type event struct {
	env   *Envelope
	start int
}

// begin appends the envelope to dst.
func (e *Envelope) begin(dst []byte) ([]byte, event) {
	return append(dst, e.template...), event{env: e, start: len(dst)}
}

// end fills in what the envelope left open: the number of fields that were
// appended after it, the event's time and the time of writing (both in
// nanoseconds and milliseconds of the Unix epoch respectively). It returns
// dst, which a body of more than 65,535 fields lengthens.
func (v event) end(dst []byte, fields int, nanos, writeMillis int64) []byte {
	b := dst[v.start:]
	sec, nsec := floorDiv(nanos, 1e9)
	if sec < 0 || sec >= math.MaxUint32-1 {
		// The host takes no such time for an event (and the two largest
		// mark groups): it gets the time of writing; the field keeps ours.
		sec, nsec = floorDiv(writeMillis*1e6, 1e9)
	}
	binary.BigEndian.PutUint32(b[eventTimeAt:], uint32(sec))
	binary.BigEndian.PutUint32(b[eventTimeAt+4:], uint32(nsec))
	millis, _ := floorDiv(nanos, 1e6)
	binary.BigEndian.PutUint64(b[v.env.timestampAt:], uint64(millis))
	binary.BigEndian.PutUint64(b[v.env.writeTimeAt:], uint64(writeMillis))
	return closeContainer(dst, v.start+v.env.bodyAt, v.env.fields+fields)
}

// id is where the record's id is to be written.
func (v event) id(dst []byte) []byte {
	at := v.start + v.env.idAt
	return dst[at : at+idLen]
}

func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient--
		remainder += b
	}
	return quotient, remainder
}
