package interflow_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/reference"
)

var logGroup = interflow.LogGroup{ARN: "arn:aws:logs:eu-west-1:111122223333:log-group:app", Name: "app", Region: "eu-west-1", Account: "111122223333"}

func logEvent(message string) *interflow.LogEvent {
	return &interflow.LogEvent{ID: "31950000000000000000000000000000000000000000000000000007", Stream: "web/1", Timestamp: 1748854860123, Ingested: 1748854862000, Message: []byte(message)}
}

// mapCloudWatch maps a message and returns the record, its id taken out.
func mapCloudWatch(t testing.TB, message string, object, parse bool) (body map[string]any, id string) {
	t.Helper()
	m := interflow.NewCloudWatch(interflow.Settings{}, parse)
	m.SetNow(writeMillis)
	_, _, body = decodeEvent(t, m.MapLog(nil, &logGroup, logEvent(message), object))
	id, _ = body["stellar_uuid"].(string)
	return body, id
}

func TestCloudWatch(t *testing.T) {
	origin := func(more map[string]any) map[string]any {
		o := map[string]any{"log_group": "app", "log_stream": "web/1", "event_id": logEvent("").ID, "region": "eu-west-1", "account_id": "111122223333", "ingestion_time": int64(1748854862000)}
		maps.Copy(o, more)
		return o
	}
	audit := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"list","user":{"username":"system:anonymous"},"sourceIPs":["203.0.113.9","10.0.0.1"]}`
	tests := map[string]struct {
		message       string
		object, parse bool
		want          map[string]any
	}{
		"text":       {"level=info größe", false, true, map[string]any{"message": "level=info größe", "aws_cloudwatch": origin(nil)}},
		"empty":      {"", false, false, map[string]any{"aws_cloudwatch": origin(nil)}},
		"not parsed": {`{"a":1}`, true, false, map[string]any{"message": `{"a":1}`, "aws_cloudwatch": origin(nil)}},
		"parsed":     {` {"a":[1,"x"]} `, true, true, map[string]any{"message": ` {"a":[1,"x"]} `, "aws_cloudwatch": origin(map[string]any{"json": map[string]any{"a": []any{int64(1), "x"}}})}},
		"audit":      {audit, true, false, map[string]any{"message": audit, "aws_cloudwatch": origin(nil), "srcip": "203.0.113.9", "srcip_username": "system:anonymous", "action": "list"}},
		"bad UTF-8":  {"a\xffb", false, false, map[string]any{"message": "a\ufffdb", "aws_cloudwatch": origin(nil)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body, id := mapCloudWatch(t, test.message, test.object, test.parse)
			if id != "474e112574d334278c453308f4765739" {
				t.Errorf("id %s", id)
			}
			test.want["timestamp"], test.want["write_time"] = int64(1748854860123), int64(writeMillis)
			test.want["msg_class"] = "aws_cloudwatch_log"
			test.want["msg_origin"] = map[string]any{"vendor": "aws", "source": "aws_cloudwatch", "category": "paas", "processor": map[string]any{"name": "aws_cloudwatch", "type": "log_collector"}}
			delete(body, "stellar_uuid")
			if !reflect.DeepEqual(body, test.want) {
				t.Errorf("got  %v\nwant %v", body, test.want)
			}
		})
	}
}

// TestCloudTrailThroughCloudWatch has the id of the same event from S3.
func TestCloudTrailThroughCloudWatch(t *testing.T) {
	g := generate.New(7, generate.Options{})
	m := interflow.NewCloudTrail(interflow.Settings{FlattenDepth: 3})
	m.Begin(interflow.NewObject("bucket", "key", "etag"), 0)
	for k := range 400 {
		text := [...]func([]byte) []byte{g.AppendCloudTrail, g.AppendInsight, g.AppendNetworkActivity, g.AppendAggregated}[k%4](nil)
		out, end := m.Map(nil, text, 0, 0)
		if end < 0 {
			t.Fatalf("%s", text)
		}
		_, _, body := decodeEvent(t, out)
		if _, id := mapCloudWatch(t, string(text), true, false); id != body["stellar_uuid"] {
			t.Fatalf("id %s, from S3 %s: %s", id, body["stellar_uuid"], text)
		}
	}
}

// TestLogIDs differ in each part of what identifies an event.
func TestLogIDs(t *testing.T) {
	m := interflow.NewCloudWatch(interflow.Settings{}, false)
	seen := map[any]string{}
	change := map[string]func(*interflow.LogGroup, *interflow.LogEvent){
		"nothing": func(*interflow.LogGroup, *interflow.LogEvent) {},
		"group":   func(g *interflow.LogGroup, _ *interflow.LogEvent) { g.ARN += "2" },
		"stream":  func(_ *interflow.LogGroup, e *interflow.LogEvent) { e.Stream = "web/2" },
		"event":   func(_ *interflow.LogGroup, e *interflow.LogEvent) { e.ID = "8" },
	}
	for name, f := range change {
		g, e := logGroup, *logEvent("x")
		f(&g, &e)
		_, _, body := decodeEvent(t, m.MapLog(nil, &g, &e, false))
		if other, taken := seen[body["stellar_uuid"]]; taken {
			t.Errorf("the same id for %s and %s", name, other)
		}
		seen[body["stellar_uuid"]] = name
	}
}

func TestWAFAndFlowThroughCloudWatch(t *testing.T) {
	g := generate.New(8, generate.Options{})
	waf := interflow.NewWAF(interflow.CloudWatchWAFProfile, interflow.Settings{})
	flow := interflow.NewVPCFlow(interflow.CloudWatchVPCFlowProfile, interflow.Settings{})
	ids := map[any]bool{}
	for k := range 50 {
		text := g.AppendWAF(nil)
		e := logEvent(string(text))
		e.ID = strings.Repeat("1", k+1)
		out, ok := waf.MapLog(nil, &logGroup, e)
		if !ok {
			t.Fatalf("%s", text)
		}
		_, _, body := decodeEvent(t, out)
		ids[body["stellar_uuid"]] = true
		if err := checkWAF(body, text); err != nil {
			t.Fatal(err)
		}
		if body["msg_class"] != "aws_cloudwatch_waf" {
			t.Fatal(body["msg_class"])
		}
	}
	e := logEvent("2 111122223333 eni-1 10.0.0.1 10.0.0.2 4000 443 6 10 840 1748854860 1748854920 ACCEPT OK\n")
	out, err := flow.MapLog(nil, &logGroup, e)
	if err != nil {
		t.Fatal(err)
	}
	_, _, body := decodeEvent(t, out)
	ids[body["stellar_uuid"]] = true
	if body["msg_class"] != "aws_cloudwatch_vpcflow" || body["srcip"] != "10.0.0.1" || body["action"] != "allow" || body["timestamp"] != int64(1748854860000) {
		t.Errorf("%v", body)
	}
	if len(ids) != 51 {
		t.Errorf("%d ids for 51 events", len(ids))
	}
	if out, err := flow.MapLog([]byte("kept"), &logGroup, logEvent("2 111122223333")); err == nil || string(out) != "kept" {
		t.Errorf("a short line: %q, error %v", out, err)
	}
}

// TestAuditEvents compares the standard fields with the reference.
func TestAuditEvents(t *testing.T) {
	g := generate.New(9, generate.Options{})
	for range 100 {
		text := g.AppendAudit(nil)
		var want struct {
			Verb      string
			SourceIPs []string `json:"sourceIPs"`
			User      struct{ Username string }
		}
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		body, _ := mapCloudWatch(t, string(text), true, true)
		if body["srcip"] != want.SourceIPs[0] || body["srcip_username"] != want.User.Username || body["action"] != want.Verb {
			t.Fatalf("%v", body)
		}
		original, err := reference.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := reference.Same(body["aws_cloudwatch"].(map[string]any)["json"], original, 4); err != nil {
			t.Fatal(err)
		}
	}
}
