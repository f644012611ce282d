package generate

import (
	"bytes"
	"strings"
)

// Oddity is a CloudTrail record as no template makes it: each has been met in
// real data, or is allowed by JSON and will be.
type Oddity struct {
	Name  string
	Why   string // what a reader gets wrong
	JSON  []byte
	Valid bool // accepted by encoding/json's Valid; otherwise broken on purpose
}

// longString is the length in bytes of the longest string in Odd.
const longString = 1 << 20

// Odd gives the odd records, valid ones first. All that can have one have an
// eventID of their own.
func (g *Generator) Odd() []Oddity {
	var all []Oddity
	add := func(name, why, request string) {
		all = append(all, Oddity{name, why, g.odd(request, ""), true})
	}
	for _, p := range oddParameters {
		add(p.name, p.why, p.request)
	}
	for i, value := range []string{`{"k":"v"}`, `[{"key":"k","value":"v"}]`, `"text"`, `7`, `7.5`, `true`, `null`, `""`, `{}`, `[]`} {
		add("mixed types "+string(rune('a'+i)), "one path holds every JSON type", `{"tags":`+value+`,"maxResults":`+[]string{"100", `"100"`}[i%2]+`}`)
	}
	for _, p := range []string{`"text"`, `["a",1,null]`, `42`, `true`, `{}`, `[]`, `""`} {
		add("requestParameters is "+p, "not an object", p)
	}
	add("deep 100", "nesting beyond what an encoder or the host takes", nested(100))
	add("deep 5000", "nesting that overflows a recursive reader", nested(5000))
	add("long string", "a string that does not fit a window", `{"data":"`+string(g.rnd.base62(nil, longString))+`"}`)
	add("long escapes", "a long string that changes its length when unescaped", `{"data":"`+strings.Repeat(`\u00e9\n`, longString/64)+`"}`)
	add("long key", "a key longer than any buffer for keys", `{"`+strings.Repeat("k", 70_000)+`":1}`)
	add("wide object", "more keys than a 16-bit map header counts", `{"first":0`+wide(70_000)+`}`)
	for _, t := range oddTails {
		all = append(all, Oddity{t.name, t.why, g.odd("null", t.request), true})
	}
	all = append(all, g.oddWhole()...)
	return append(all, g.oddBroken()...)
}

// odd makes a small record with those request parameters, and more top level
// elements, which start with a comma.
func (g *Generator) odd(request, tail string) []byte {
	g.begin()
	b := oddHead.append(g, nil)
	b = append(append(b, request...), `,"responseElements":null,"requestID":"`...)
	b = append(append(append(b, g.rec.request[:]...), `","eventID":"`...), g.rec.event[:]...)
	b = append(append(append(b, `","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"`...), g.rec.id...), `","eventCategory":"Management"`...)
	return append(append(b, tail...), '}')
}

// nested gives n objects and arrays in turns inside each other.
func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString([]string{`{"d":`, `[`}[i%2])
	}
	b.WriteString(`"bottom"`)
	for i := n - 1; i >= 0; i-- {
		b.WriteString([]string{`}`, `]`}[i%2])
	}
	return b.String()
}

// wide gives n pairs, each after a comma.
func wide(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"k`)
		for d := 10_000; d > 0; d /= 10 {
			b.WriteByte(byte('0' + i/d%10))
		}
		b.WriteString(`":0`)
	}
	return b.String()
}

// oddWhole gives records that are odd as a whole.
func (g *Generator) oddWhole() []Oddity {
	g.begin()
	id := `"eventID":"` + string(g.rec.event[:]) + `"`
	reversed := `{"eventCategory":"Management","recipientAccountId":"` + g.rec.id + `",` + id + `,"responseElements":{"z":1,"a":2},"requestParameters":null,"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com","eventTime":"2025-06-02T09:00:00Z","userIdentity":{"userName":"u","type":"IAMUser"},"eventVersion":"1.11"}`
	g.begin()
	id = `"eventid":"` + string(g.rec.event[:]) + `"`
	lower := `{"eventversion":"1.08","useridentity":{"type":"IAMUser","username":"u","accountid":"` + g.rec.id + `"},"eventtime":"2025-06-02T09:00:00Z","eventsource":"ec2.amazonaws.com","eventname":"RunInstances","requestparameters":null,` + id + `}`
	pretty := bytes.ReplaceAll(bytes.ReplaceAll(g.odd(`{"a":[1,2],"b":{}}`, ""), []byte(`,"`), []byte(",\r\n\t \"")), []byte(`":`), []byte("\" :  "))
	anonymous := bytes.Replace(g.odd("null", ""), []byte(`"userIdentity":{`), []byte(`"otherIdentity":{`), 1)
	nobody := bytes.Replace(g.odd("null", ""), []byte(`"userIdentity":{`), []byte(`"userIdentity":null,"was":{`), 1)
	escaped := bytes.Replace(g.odd("null", ""), []byte(`"eventName"`), []byte(`"event\u004eame"`), 1)
	return []Oddity{
		{"reversed key order", "what decides the record's kind comes last", []byte(reversed), true},
		{"lower case", "as SQL engines export records", []byte(lower), true},
		{"pretty printed", "white space of every kind between tokens", pretty, true},
		{"userIdentity absent", "no principal at all", anonymous, true},
		{"userIdentity null", "null for an object", nobody, true},
		{"escaped key", "a known key in another spelling", escaped, true},
		{"empty object", "a record of nothing", []byte(`{}`), true},
		{"record is a string", "an element that is no object", []byte(`"record"`), true},
		{"record is a number", "an element that is no object", []byte(`17`), true},
		{"record is null", "an element that is no object", []byte(`null`), true},
		{"record is an array", "an element that is no object", []byte(`[{"eventName":"inner"}]`), true},
	}
}

// oddBroken gives records that are no JSON. The damage is inside the record:
// its braces still balance, so that a reader can find the next one, but for
// those named "cut".
func (g *Generator) oddBroken() []Oddity {
	var all []Oddity
	for _, b := range []struct{ name, request string }{
		{"trailing comma", `{"a":1,}`}, {"missing colon", `{"a" 1}`}, {"missing comma", `{"a":1 "b":2}`}, {"bare word", `{"a":NaN}`}, {"bare key", `{a:1}`},
		{"single quotes", `{'a':'b'}`}, {"leading zero", `{"a":012}`}, {"plus sign", `{"a":+1}`}, {"bare point", `{"a":1.}`}, {"bad escape", `{"a":"\x41"}`},
		{"bad unicode escape", `{"a":"\u12G4"}`}, {"raw newline", "{\"a\":\"line\nbreak\"}"}, {"raw NUL", "{\"a\":\"\x00\"}"}, {"half literal", `{"a":tru}`}, {"comment", `{"a":1/*c*/}`},
	} {
		all = append(all, Oddity{b.name, "not JSON, though it looks like it", g.odd(b.request, ""), false})
	}
	whole := g.odd(`{"a":"b"}`, "")
	for _, cut := range []struct {
		name string
		at   int
	}{{"cut in a string", bytes.Index(whole, []byte("amazonaws"))}, {"cut after a key", bytes.Index(whole, []byte(`:null`))}, {"cut at the end", len(whole) - 1}, {"cut to nothing", 0}} {
		all = append(all, Oddity{cut.name, "the file ends in the record", bytes.Clone(whole[:cut.at]), false})
	}
	return all
}
