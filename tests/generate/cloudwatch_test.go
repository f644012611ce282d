package generate

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDataMessage(t *testing.T) {
	g := New(10, Options{})
	for name, next := range map[string]func([]byte) []byte{
		"audit": g.AppendAudit, "control plane": g.AppendControlPlane, "container": g.AppendContainer, "trail": g.AppendCloudTrail, "finding": g.AppendFindingEvent, "waf": g.AppendWAF,
	} {
		events := g.LogEvents(200, next)
		ids := map[string]bool{}
		for i, e := range events {
			if !regexp.MustCompile(`^[0-9]{56}$`).MatchString(e.ID) {
				t.Fatalf("%s: id %s", name, e.ID)
			}
			ids[e.ID] = true
			if e.IngestionTime <= e.Timestamp || i > 0 && e.Timestamp < events[i-1].Timestamp || !utf8.ValidString(e.Message) || e.Message == "" {
				t.Fatalf("%s: event %d: %+v", name, i, e)
			}
		}
		if len(ids) != len(events) {
			t.Errorf("%s: %d ids for %d events", name, len(ids), len(events))
		}
		var message struct {
			MessageType, Owner, LogGroup, LogStream string
			SubscriptionFilters                     []string
			LogEvents                               []LogEvent
		}
		raw := g.DataMessage(Subscription{Group: "/aws/eks/prod/cluster", Stream: g.AuditStreamName()}, events)
		if err := json.Unmarshal(raw, &message); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if message.MessageType != "DATA_MESSAGE" || message.LogGroup != "/aws/eks/prod/cluster" || message.Owner != "111122223333" || len(message.SubscriptionFilters) != 1 {
			t.Errorf("%s: %+v", name, message)
		}
		for i, e := range message.LogEvents {
			if want := events[i]; e.ID != want.ID || e.Timestamp != want.Timestamp || e.Message != want.Message {
				t.Fatalf("%s: event %d is %+v, want %+v", name, i, e, want)
			}
		}
	}
}

func TestAppendStringRoundTrips(t *testing.T) {
	for _, s := range []string{"", `"\`, "a\nb\tc\r\x00\x1b\x7f", "größe 東京 👩‍🚀", `{"a":"\u0041"}`} {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil || got != s {
			t.Errorf("%q became %q (%v)", s, got, err)
		}
	}
}

func TestControlMessage(t *testing.T) {
	m := decode(t, New(10, Options{}).ControlMessage(time.UnixMilli(1680683189085)))
	if m["messageType"] != "CONTROL_MESSAGE" || m["owner"] != "CloudwatchLogs" || len(m["logEvents"].([]any)) != 1 {
		t.Errorf("%v", m)
	}
}

func TestEveryFindingKindIsAFinding(t *testing.T) {
	g := New(11, Options{})
	kinds := FindingKinds()
	if len(kinds) < 8 {
		t.Errorf("%d kinds, want 8 at least", len(kinds))
	}
	form := regexp.MustCompile(`^[A-Za-z]+:[A-Za-z0-9]+/[A-Za-z&]+(\.[A-Za-z]+)?(![A-Za-z]+)?$`)
	for _, kind := range kinds {
		b, err := g.AppendFindingKind(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		f := decode(t, b)
		if f["type"] != kind || !form.MatchString(kind) {
			t.Errorf("type %v", f["type"])
		}
		if s := f["severity"].(float64); s < 1 || s > 10 {
			t.Errorf("%s: severity %v", kind, s)
		}
		for _, key := range []string{"createdAt", "updatedAt"} {
			if _, err := time.Parse(time.RFC3339, f[key].(string)); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
}

func TestFindings(t *testing.T) {
	g := New(11, Options{})
	event := decode(t, g.AppendFindingEvent(nil))
	if event["source"] != "aws.guardduty" || event["detail-type"] != "GuardDuty Finding" || event["detail"].(map[string]any)["accountId"] != event["account"] {
		t.Errorf("%v", event)
	}
	o := g.FindingsFile(File{Prefix: "gd", Records: 40})
	if !regexp.MustCompile(`^gd/AWSLogs/111122223333/GuardDuty/us-east-1/2025/06/02/[0-9a-f-]{36}\.jsonl\.gz$`).MatchString(o.Key) {
		t.Errorf("key %s", o.Key)
	}
	if lines := bytes.Count(rawOf(t, o), []byte("\n")); lines != o.Records {
		t.Errorf("%d lines, want %d", lines, o.Records)
	}
}

func TestAuditEvents(t *testing.T) {
	g := New(12, Options{})
	stages := map[string]int{}
	for range 300 {
		e := decode(t, g.AppendAudit(nil))
		if e["kind"] != "Event" || e["apiVersion"] != "audit.k8s.io/v1" || e["user"] == nil || e["auditID"] == nil {
			t.Fatalf("%v", e)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000000Z", e["stageTimestamp"].(string)); err != nil {
			t.Fatal(err)
		}
		stages[e["stage"].(string)]++
	}
	if len(stages) != 3 {
		t.Errorf("stages %v", stages)
	}
}

func TestStreamNames(t *testing.T) {
	g := New(12, Options{})
	for name, form := range map[string]string{
		g.AuditStreamName():                           `^kube-apiserver-audit-[0-9a-f]{32}$`,
		g.ContainerStreamName():                       `^ecs/order-service/[0-9a-f]{32}$`,
		g.FlowStreamName("111122223333", "us-east-1"): `^eni-[0-9a-f]{17}-all$`,
		g.WAFStreamName("us-east-1"):                  `^us-east-1_edge-acl_prod_0$`,
	} {
		if !regexp.MustCompile(form).MatchString(name) {
			t.Errorf("%s does not match %s", name, form)
		}
	}
	if a, b := g.eventID(1432826855000, 0), g.eventID(1432826855000, 1); a == b || !strings.HasPrefix(a, "3195") {
		t.Errorf("event ids %s and %s", a, b)
	}
}
