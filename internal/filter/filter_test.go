package filter

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

func parseFilter(t testing.TB, text string) func([]byte) bool {
	t.Helper()
	conditions, err := config.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return New(conditions)
}

func trailEvent(t testing.TB, record string) []byte {
	t.Helper()
	m := interflow.NewCloudTrail(interflow.Settings{FlattenDepth: 3})
	event, end := m.Map(nil, []byte(record), 0, 0)
	if end != len(record) {
		t.Fatalf("Map ended at %d of %d", end, len(record))
	}
	return event
}

func wafEvent(t testing.TB, record string) []byte {
	t.Helper()
	event, end := interflow.NewWAF(interflow.WAFProfile, interflow.Settings{}).Map(nil, []byte(record), 0, 0)
	if end != len(record) {
		t.Fatalf("Map ended at %d of %d", end, len(record))
	}
	return event
}

func TestFilter(t *testing.T) {
	trail := trailEvent(t, `{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","readOnly":true,"userIdentity":{"type":"AWSService"},"n":-300,"big":18446744073709551615,`+
		`"neg":-9000000000,"f":1.5,"one":-1,"a.b":"dotted","list":["x",5,null,{"k":1},[2]],"long":"`+strings.Repeat("y", 70_000)+`","":"empty name"}`)
	waf := wafEvent(t, `{"timestamp":1748208718574,"action":"BLOCK","httpRequest":{"uri":"/healthz","clientIp":"192.0.2.1","a":{"b.c":7,"b":{"d":8}}},"responseCodeSent":null,"labels":[{"name":"l"}]}`)
	tests := []struct {
		event  []byte
		filter string
		want   bool
	}{
		{trail, "eventSource == kms.amazonaws.com", true},
		{trail, "eventSource == kms.amazonaws.com; eventName in Encrypt, Decrypt", true},
		{trail, "eventSource == kms.amazonaws.com; eventName == Encrypt", false},
		{trail, "userIdentity_type == AWSService", true},
		{trail, "userIdentity.type == AWSService", false}, // CloudTrail's names are joined with _
		{trail, "msg_origin.source == cloudtrail", true},
		{trail, "msg_origin.processor.type ends_with collector", true},
		{trail, "msg_origin.processor.typo exists", false},
		{trail, "msg_origin exists", true},
		{trail, "msg_origin == aws", false},
		{trail, "readOnly == true", true},
		{trail, "readOnly == false", false},
		{trail, "n == -300", true},
		{trail, "one < 0", true},
		{trail, "neg <= -9000000000", true},
		{trail, "big == 18446744073709551615", true},
		{trail, "f > 1.4", true},
		{trail, "list == x", true},
		{trail, "list == 5", true},
		{trail, "list == 2", false},
		{trail, "a.b == dotted", true},
		{trail, "a exists", false},
		{trail, "errorCode not_exists", true},
		{trail, "eventName not_exists", false},
		{trail, "long starts_with yyyy; long matches y$", true},
		{trail, "eventNam exists", false},
		{trail, "eventName2 exists", false},
		{trail, "eventName.x exists", false},
		{waf, "aws_waf.httpRequest.uri == /healthz", true},
		{waf, "aws_waf.httpRequest.uri == /other", false},
		{waf, "aws_waf.httpRequest.a.b.c == 7", true},
		{waf, "aws_waf.httpRequest.a.b.d == 8", true}, // not under b.c, which comes first
		{waf, "aws_waf.httpRequest.a.b.e exists", false},
		{waf, "aws_waf.responseCodeSent exists", true},
		{waf, "aws_waf.responseCodeSent == null", false},
		{waf, "aws_waf.labels exists", true},
		{waf, "timestamp >= 1748208718574", true},
		{waf, "action == block", true},
	}
	for _, test := range tests {
		if got := parseFilter(t, test.filter)(test.event); got != test.want {
			t.Errorf("%s: dropped is %t", test.filter, got)
		}
	}
	if New(nil) != nil {
		t.Error("no conditions still make a filter")
	}
}

// TestFilterReadsEveryValue looks up every leaf of generated records, and
// compares with what another decoder makes of the event.
func TestFilterReadsEveryValue(t *testing.T) {
	g := generate.New(11, generate.Options{})
	leaves := 0
	for range 200 {
		event := wafEvent(t, string(g.AppendWAF(nil)))
		var body map[string]any
		dec := msgpack.NewDecoder(bytes.NewReader(event[eventHead:]))
		dec.UseLooseInterfaceDecoding(true)
		if err := dec.Decode(&body); err != nil {
			t.Fatal(err)
		}
		walk("", body, func(path string, want any) {
			leaves++
			got, present := lookup(event, eventHead, path)
			equal := config.Condition{Op: config.OpEqual, Values: []string{"x"}}
			if !present || equal.Match(got, true) != equal.Match(want, true) {
				t.Fatalf("%s: got %v, %t, want %v", path, got, present, want)
			}
			if s, ok := want.(string); ok && got != s {
				t.Fatalf("%s: got %v, want %q", path, got, s)
			}
		})
		if end := skipAt(event, eventHead); end != len(event) {
			t.Fatalf("skipped to %d of %d", end, len(event))
		}
	}
	if leaves < 5000 {
		t.Errorf("only %d values", leaves)
	}
}

func walk(path string, v any, f func(path string, v any)) {
	m, ok := v.(map[string]any)
	if !ok {
		f(path, v)
		return
	}
	for k, member := range m {
		walk(strings.TrimPrefix(path+"."+k, "."), member, f)
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(wafEvent(f, `{"action":"BLOCK","list":[1,{"a":[2]}],"f":1.5}`), "aws_waf.list")
	f.Add([]byte("\x92\x92\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02\x80\xdf\xff\xff\xff\xff\xa1a"), "a")
	f.Add([]byte("\x92\x92\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02\x80\x81\xa1a\xdd\xff\xff\xff\xff"), "a")
	f.Fuzz(func(_ *testing.T, event []byte, path string) {
		New([]config.Condition{{Field: strings.Split(path, "."), Op: config.OpEqual, Values: []string{"x"}}})(event)
		skipAt(event, 0)
	})
}

func BenchmarkFilter(b *testing.B) {
	event := wafEvent(b, string(generate.New(1, generate.Options{}).AppendWAF(nil)))
	drop := parseFilter(b, "aws_waf.httpRequest.uri == /healthz; action == allow")
	b.ReportAllocs()
	for b.Loop() {
		drop(event)
	}
}
