package interflow

import (
	"slices"
	"strings"

	"in_stellar_aws/internal/jsonscan"
)

// CloudTrail maps CloudTrail records
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
// The native fields stand at the top level under their own names, the members
// of nested objects under names joined with `_`; arrays stay as they are. It
// is one pass over the text: what the standard fields need is noted on the
// way and written at the end.
//
// A CloudTrail holds buffers and belongs to one goroutine.
type CloudTrail struct {
	objectMapper
	levels   int      // levels below request and response parameters that become fields
	reserved []string // names that no native field gets
	extra    [][]byte // first parts of the names that the settings add to the envelope

	name    []byte // the joined name of the field being written
	fields  []int  // where in dst each field's name stands
	suspect bool   // two fields may have got the same name
	narrow  bool   // the leaves are too many for fields of their own
	noted   [noteCount]span
	epoch   span        // in the window: an eventTime that is a number
	whole   [2]rawValue // requestParameters and responseElements
	hashed  []byte
}

// NewCloudTrail returns a mapper for a connector's records.
func NewCloudTrail(s Settings) *CloudTrail {
	m := &CloudTrail{objectMapper: newObjectMapper(CloudTrailProfile, s), levels: s.FlattenDepth}
	m.reserved = append(append(m.reserved, m.env.reserved...), trailNames...)
	slices.Sort(m.reserved)
	m.reserved = slices.Compact(m.reserved)
	for _, key := range []string{s.IndexKey, s.VendorKey} {
		if first, _, _ := strings.Cut(key, "_"); first != "" {
			m.extra = append(m.extra, []byte(first))
		}
	}
	return m
}

// span is a part of dst: the text of a string that was written there.
type span struct{ from, to int }

// rawValue is the text of a whole value in the window.
type rawValue struct {
	from, to int
	compact  bool
}

// bodyDepth is how many containers a field of the body stands in: the event's
// outer array and the body's map.
const bodyDepth = 2

// unbounded is a number of levels that no record has.
const unbounded = 1 << 30

// maxJoined bounds a joined name, in bytes: below a longer one objects stay
// nested, so that hostile names cannot multiply a record's size.
const maxJoined = 256

// maxLevels bounds how deep objects are joined: deeper ones stay nested.
const maxLevels = 58

// maxFields is how many native fields an event may have beside the envelope and
// the standard fields.
const maxFields = MaxKeys - 100

// tooMany is what members returns, beside jsonscan's, where these are not enough.
const tooMany = jsonscan.Invalid - 1

// Map appends the event of the record that begins at b[i], the object's
// record number ordinal (from 0), to dst. It returns the index after the
// record, or jsonscan.Short or jsonscan.Invalid and dst as it was.
func (m *CloudTrail) Map(dst, b []byte, i int, ordinal uint64) (out []byte, end int) {
	start := len(dst)
	ev, end := m.open(dst, b, i)
	if end < 0 {
		return dst, end
	}
	body, replaced := len(m.dst), m.replaced
	if end = m.native(i, false); end == tooMany {
		m.dst, m.replaced = m.dst[:body], replaced
		end = m.native(i, true)
	}
	if end < 0 {
		return m.dst[:start], end
	}
	native := len(m.fields)
	m.standard()
	if m.suspect {
		m.separate(native)
	}
	if m.has(noteEventID) {
		account := m.text(noteAccount)
		if len(account) == 0 {
			account = m.text(noteOwner)
		}
		m.hashed = eventID(ev.id(m.dst), m.hashed, account, m.text(noteEventID))
	} else {
		m.object.recordID(ev.id(m.dst), ordinal)
	}
	return ev.end(m.dst, len(m.fields), m.time(), m.writeMillis), end
}

// native writes the native fields of the record at b[i]. A narrow record has
// the members of userIdentity and timeWindow as fields, which standard ones are
// made of; other objects stay nested, and request and response parameters stand
// in `*_str` only.
func (m *CloudTrail) native(i int, narrow bool) int {
	m.fields, m.name = m.fields[:0], m.name[:0]
	m.suspect, m.narrow = false, narrow
	m.noted, m.epoch = [noteCount]span{}, span{}
	m.whole = [2]rawValue{}
	return m.members(i, root, unbounded, 1)
}

// members writes the members of the object at b[i] as fields.
func (m *CloudTrail) members(i int, in branch, levels, depth int) int {
	joined := len(m.name)
	var met keyFilter
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
		if met.met(name) {
			m.suspect = true
		}
		below, what := m.classify(in, name)
		if in != root {
			m.name = append(m.name, '_')
		}
		m.name = append(m.name, name...)
		if i = m.colon(end); i < 0 {
			return i
		}
		if i = m.field(i, below, what, levels, depth); i < 0 {
			return i
		}
		m.name = m.name[:joined]
		if len(m.fields) > maxFields && !m.narrow {
			return tooMany
		}

		var done bool
		if i, done = m.next(i, '}'); done || i < 0 {
			return i
		}
	}
}

// field writes the value at b[i] under the joined name: a leaf as one field,
// an object as the fields of its members.
func (m *CloudTrail) field(i int, below branch, what note, levels, depth int) int {
	if i >= len(m.b) {
		return jsonscan.Short
	}
	if below != parameters && below != response {
		return m.leafOrMembers(i, below, what, levels-1, depth)
	}
	loose := m.loose
	m.loose = false
	levels = m.levels
	if m.narrow {
		levels = 0
	}
	end := m.leafOrMembers(i, below, what, levels, depth)
	if end >= 0 && !absent(m.b[i:end]) {
		m.keepWhole(below, rawValue{i, end, !m.loose})
	}
	m.loose = m.loose || loose
	return end
}

// keepWhole keeps request or response parameters for their text. Those of a
// record that has them twice get a field of their own, which is renamed.
func (m *CloudTrail) keepWhole(below branch, v rawValue) {
	if k := below - parameters; m.whole[k].to == 0 {
		m.whole[k] = v
	} else {
		m.suspect = true
		m.asText(wholeNames[k], v)
	}
}

// wholeNames are the fields of request and response parameters as text.
var wholeNames = [2]string{"requestParameters_str", "responseElements_str"}

// absent tells the JSON values that make no field.
func absent(value []byte) bool {
	switch string(value) {
	case `null`, `""`, `"-"`:
		return true
	}
	return false
}

func (m *CloudTrail) leafOrMembers(i int, below branch, what note, levels, depth int) int {
	switch c := m.b[i]; c {
	case '{':
		return m.nested(i, below, levels, depth)
	case '"':
		return m.leaf(i, what)
	case 'n':
		return jsonscan.Literal(m.b, i) // null is absent
	case '[':
		m.beginField()
		return m.value(i, bodyDepth)
	default:
		m.beginField()
		end := m.scalar(i)
		if end >= 0 && what == noteEventTime && m.epoch == (span{}) {
			m.epoch = span{i, end}
		}
		return end
	}
}

// nested writes an object: as the fields of its members, or nothing below the
// last level (the whole stands in `*_str`).
func (m *CloudTrail) nested(i int, below branch, levels, depth int) int {
	if levels <= 0 {
		end, compact := jsonscan.Skip(m.b, i)
		m.loose = m.loose || !compact
		return end
	}
	if k := jsonscan.Space(m.b, i+1); k >= len(m.b) {
		return jsonscan.Short
	} else if m.b[k] == '}' || len(m.name) > maxJoined || depth >= maxLevels || m.narrow && below == other {
		m.beginField()
		return m.value(i, bodyDepth)
	}
	return m.members(i, below, levels, depth+1)
}

// beginField begins a field: its name.
func (m *CloudTrail) beginField() {
	m.fields = append(m.fields, len(m.dst))
	m.dst = appendStr(m.dst, m.name)
}

// leaf writes a field that holds a string; an empty one and `-` are absent.
func (m *CloudTrail) leaf(i int, what note) int {
	end, flags := jsonscan.String(m.b, i)
	if end < 0 {
		return end
	}
	body := m.b[i+1 : end-1]
	if len(body) == 0 || len(body) == 1 && body[0] == '-' {
		return end
	}
	m.beginField()
	n := m.body(body, flags)
	if !m.has(what) { // the first of its name has it in the event, too
		m.noted[what] = span{len(m.dst) - n, len(m.dst)}
	}
	return end
}

func (m *CloudTrail) has(what note) bool    { return m.noted[what].to > 0 }
func (m *CloudTrail) text(what note) []byte { return m.dst[m.noted[what].from:m.noted[what].to] }

// time is the event's time in nanoseconds.
func (m *CloudTrail) time() int64 {
	for _, what := range [...]note{noteEventTime, noteWindowStart} {
		if !m.has(what) {
			continue
		}
		if nanos, ok := parseTime(m.text(what)); ok {
			return nanos
		}
		if nanos, ok := parseEpoch(m.text(what)); ok {
			return nanos
		}
	}
	if nanos, ok := parseEpoch(m.b[m.epoch.from:m.epoch.to]); ok {
		return nanos
	}
	return m.fallback
}

// standard writes the standard fields of interflow that CloudTrail has.
func (m *CloudTrail) standard() {
	if m.has(noteSource) {
		if isIP(m.text(noteSource)) {
			m.copyField("srcip", noteSource)
		} else {
			m.copyField("srcip_host", noteSource)
		}
	}
	switch {
	case m.has(noteUserName):
		m.copyField("srcip_username", noteUserName)
	case m.has(noteIssuerName):
		m.copyField("srcip_username", noteIssuerName)
	case m.has(noteUserType) && string(m.text(noteUserType)) == "Root":
		m.addField("srcip_username", "Root")
	}
	switch {
	case m.has(notePrincipal):
		m.copyField("srcip_usersid", notePrincipal)
	case m.has(noteUserARN):
		m.copyField("srcip_usersid", noteUserARN)
	}
	if m.has(noteEventName) && string(m.text(noteEventName)) == "ConsoleLogin" {
		m.addField("login_type", "console")
		if m.has(noteConsoleLogin) {
			m.copyField("login_result", noteConsoleLogin)
		}
	}
	for k, name := range wholeNames {
		m.asText(name, m.whole[k])
	}
}

// asText writes a whole value as compact JSON text.
func (m *CloudTrail) asText(name string, v rawValue) {
	if v.to > 0 {
		m.fields = append(m.fields, len(m.dst))
		m.dst = appendStr(m.dst, name)
		m.raw(v.from, v.to, v.compact)
	}
}

func (m *CloudTrail) addField(name, value string) {
	m.fields = append(m.fields, len(m.dst))
	m.dst = appendStr(appendStr(m.dst, name), value)
}

func (m *CloudTrail) copyField(name string, what note) {
	m.fields = append(m.fields, len(m.dst))
	m.dst = appendStr(m.dst, name)
	m.dst = appendStr(m.dst, m.text(what))
}
