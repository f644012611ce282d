package decode_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/eventcheck"
	"in_stellar_aws/tests/generate"
)

// logRecord decodes the one event in buf.
func logRecord(t testing.TB, buf []byte) map[string]any {
	t.Helper()
	if n, err := eventcheck.Check(buf); err != nil || n != 1 {
		t.Fatalf("%d events: %v", n, err)
	}
	const head = 13 // the event's time and metadata
	body, err := msgpack.NewDecoder(bytes.NewReader(buf[head:])).DecodeMap()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestLogClasses(t *testing.T) {
	g := generate.New(3, generate.Options{})
	const flowLine = "2 111122223333 eni-1 10.0.0.1 10.0.0.2 4000 443 6 10 840 1748854860 1748854920 ACCEPT OK"
	tests := map[string]struct {
		group, message string
		flow           bool
		want           string
	}{
		"text":                   {"app", "hello", false, "aws_cloudwatch_log"},
		"JSON":                   {"app", `{"a":1}`, false, "aws_cloudwatch_log"},
		"JSON and more":          {"aws-waf-logs-x", `{"a":1} {"b":2}`, false, "aws_cloudwatch_log"},
		"cut JSON":               {"app", `{"webaclId":"x","httpRequest":{`, false, "aws_cloudwatch_log"},
		"empty":                  {"app", "", true, "aws_cloudwatch_log"},
		"WAF by shape":           {"app", string(g.AppendWAF(nil)), false, "aws_cloudwatch_waf"},
		"WAF by group":           {"aws-waf-logs-x", `{"action":"BLOCK"}`, false, "aws_cloudwatch_waf"},
		"text in a WAF group":    {"aws-waf-logs-x", "hello", false, "aws_cloudwatch_log"},
		"finding":                {"app", string(g.AppendFinding(nil)), false, "aws_guardduty"},
		"finding, no resource":   {"app", `{"schemaVersion":"2.0","id":"x","type":"a:b/c","service":{},"severity":8,"updatedAt":"2020-02-14T18:12:22.316Z"}`, false, "aws_guardduty"},
		"like a finding":         {"app", `{"severity":"info","service":"api","updatedAt":"2020-02-14T18:12:22.316Z"}`, false, "aws_cloudwatch_log"},
		"finding in an event":    {"/aws/events/gd", string(g.AppendFindingEvent(nil)), false, "aws_guardduty"},
		"another event":          {"/aws/events/gd", `{"detail-type":"EC2 Instance State-change Notification","detail":{}}`, false, "aws_cloudwatch_log"},
		"event with no finding":  {"/aws/events/gd", `{"detail-type":"GuardDuty Finding","detail":null}`, false, "aws_cloudwatch_log"},
		"event, empty finding":   {"/aws/events/gd", `{"detail-type":"GuardDuty Finding","detail":{}}`, false, "aws_cloudwatch_log"},
		"flow":                   {"flows", flowLine, true, "aws_cloudwatch_vpcflow"},
		"flow, not told":         {"flows", flowLine, false, "aws_cloudwatch_log"},
		"no flow in flow groups": {"flows", "hello", true, "aws_cloudwatch_log"},
		"finding among flows":    {"flows", string(g.AppendFinding(nil)), true, "aws_guardduty"},
		"finding cut by others":  {"app", `{"schemaVersion":"2.0","id":"f","type":"T","severity":8,"updatedAt":"2025-06-02T09:00:00Z","service":{}}`, false, "aws_guardduty"},
		"finding of the API":     {"app", `{"SchemaVersion":"2.0","Id":"f","Type":"T","Severity":8,"UpdatedAt":"2025-06-02T09:00:00Z"}`, false, "aws_guardduty"},
		"finding of another":     {"app", `{"severity":"INFO","service":"s","resource":"r","updatedAt":"2025-06-02T09:00:00Z","id":1,"type":"t"}`, false, "aws_cloudwatch_log"},
		"fourteen words":         {"flows", "a line of fourteen words that is no flow record at all it seems", true, "aws_cloudwatch_log"},
		"fourteen words, one 2":  {"flows", "2 line of fourteen words that is no flow record at all it seems", true, "aws_cloudwatch_log"},
		"flow without data":      {"flows", "2 111122223333 eni-1 - - - - - - - 1748854860 1748854920 - NODATA", true, "aws_cloudwatch_vpcflow"},
		"flow of too few fields": {"flows", "2 111122223333 eni-1 10.0.0.1", true, "aws_cloudwatch_log"},
		"array":                  {"app", `[{"a":1}]`, true, "aws_cloudwatch_log"},
		"bad UTF-8":              {"app", "\xff{", true, "aws_cloudwatch_log"},
		"klog":                   {"/aws/eks/prod/cluster", "I0602 09:01:00.123456       1 controller.go:611] quota admission added evaluator for: jobs.batch", true, "aws_cloudwatch_log"},
		"audit":                  {"/aws/eks/prod/cluster", string(g.AppendAudit(nil)), false, "aws_cloudwatch_log"},
		"CloudTrail":             {"trail", string(g.AppendCloudTrail(nil)), false, "aws_cloudwatch_log"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := decode.NewLogs(decode.LogOptions{VPCFlow: test.flow, Now: func() time.Time { return time.UnixMilli(5) }})
			d.Begin()
			group := interflow.LogGroup{ARN: "arn", Name: test.group}
			buf := d.Append(nil, &group, &interflow.LogEvent{ID: "1", Stream: "s", Timestamp: 1, Message: []byte(test.message)})
			record := logRecord(t, buf)
			if record["msg_class"] != test.want {
				t.Errorf("class %v, want %s", record["msg_class"], test.want)
			}
			if id, _ := record["stellar_uuid"].(string); len(id) != 32 || id == "00000000000000000000000000000000" {
				t.Errorf("id %q", id)
			}
			if written, _ := record["write_time"].(int64); written != 5 {
				t.Errorf("write_time %v", record["write_time"])
			}
		})
	}
}

func TestLogFlowFormat(t *testing.T) {
	d := decode.NewLogs(decode.LogOptions{VPCFlow: true, FlowFormat: []string{"dstaddr", "srcaddr", "vpc-id"}, Now: time.Now})
	d.Begin()
	logRecord(t, d.Append(nil, &interflow.LogGroup{}, &interflow.LogEvent{Message: []byte("2 10.0.0.2 10.0.0.1 vpc-1\n")}))
	if n := d.Misfits(); n != 1 || d.Misfits() != 0 {
		t.Errorf("%d lines do not fit, want 1", n)
	}
	record := logRecord(t, d.Append(nil, &interflow.LogGroup{}, &interflow.LogEvent{Message: []byte("10.0.0.2 10.0.0.1 vpc-1\n")}))
	if record["srcip"] != "10.0.0.1" || record["dstip"] != "10.0.0.2" {
		t.Errorf("%v", record)
	}
}

// FuzzLogs wants one event that the host takes for every message.
func FuzzLogs(f *testing.F) {
	g := generate.New(4, generate.Options{})
	for _, seed := range [][]byte{g.AppendFinding(nil), g.AppendFindingEvent(nil), g.AppendWAF(nil), g.AppendAudit(nil), g.AppendCloudTrail(nil), g.AppendContainer(nil), []byte("2 - - x"), []byte(`{"a"`), nil} {
		f.Add("app", seed)
	}
	f.Fuzz(func(t *testing.T, group string, message []byte) {
		d := decode.NewLogs(decode.LogOptions{VPCFlow: true, ParseJSON: true, Now: time.Now})
		d.Begin()
		buf := d.Append(nil, &interflow.LogGroup{ARN: group, Name: group}, &interflow.LogEvent{ID: "1", Stream: group, Message: message})
		if n, err := eventcheck.Check(buf); n != 1 || err != nil {
			t.Fatalf("%d events: %v", n, err)
		}
	})
}
