package interflow_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/reference"
)

func mapFinding(t testing.TB, text []byte) map[string]any {
	t.Helper()
	m := interflow.NewGuardDuty(interflow.Settings{})
	m.SetNow(writeMillis)
	out, ok := m.MapLog(nil, &logGroup, logEvent(string(text)))
	if !ok {
		t.Fatalf("not a finding: %s", text)
	}
	_, _, body := decodeEvent(t, out)
	return body
}

// capitalised puts the first letter of every key in upper case.
func capitalised(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[strings.ToUpper(k[:1])+k[1:]] = capitalised(e)
		}
		return m
	case []any:
		for i := range v {
			v[i] = capitalised(v[i])
		}
	}
	return v
}

func TestFindingsKeepEveryLeaf(t *testing.T) {
	g := generate.New(5, generate.Options{})
	for _, kind := range generate.FindingKinds() {
		text, err := g.AppendFindingKind(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		body := mapFinding(t, text)
		want, err := reference.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := reference.Same(body["aws_guardduty"], capitalised(want), 3); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		finding := body["aws_guardduty"].(map[string]any)
		updated, err := time.Parse(time.RFC3339, finding["UpdatedAt"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if body["timestamp"] != updated.UnixMilli() || body["aws_guardduty_id"] != finding["Id"] || body["msg_class"] != "aws_guardduty" {
			t.Errorf("%s: %v", kind, body)
		}
		if name := body["event"].(map[string]any)["threat"].(map[string]any)["name"]; name != kind {
			t.Errorf("threat %v, want %s", name, kind)
		}
	}
}

// TestFindingArrivesTheSame bare and in its EventBridge event, whatever log
// event holds it.
func TestFindingArrivesTheSame(t *testing.T) {
	bare := generate.New(5, generate.Options{}).AppendFinding(nil)
	event := []byte(`{"version":"0","id":"c8c4","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"1","time":"2025-06-02T09:00:00Z","region":"r","resources":[],"detail":` + string(bare) + "}\n")
	m := interflow.NewGuardDuty(interflow.Settings{})
	m.SetNow(writeMillis)
	first, ok := m.MapLog(nil, &logGroup, logEvent(string(bare)))
	other := logEvent(string(event))
	other.ID, other.Stream = "9", "elsewhere"
	second, alsoOK := m.MapLog(nil, &interflow.LogGroup{}, other)
	if !ok || !alsoOK || !bytes.Equal(first, second) {
		t.Errorf("bare and in its event differ")
	}
}

// TestFindingOfTheAPI has its keys in upper case, and makes the same record.
func TestFindingOfTheAPI(t *testing.T) {
	g := generate.New(5, generate.Options{})
	for _, kind := range generate.FindingKinds() {
		bare, err := g.AppendFindingKind(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		var finding any
		in := json.NewDecoder(bytes.NewReader(bare))
		in.UseNumber()
		if err := in.Decode(&finding); err != nil {
			t.Fatal(err)
		}
		capitals, err := json.Marshal(capitalised(finding))
		if err != nil {
			t.Fatal(err)
		}
		if want, got := mapFinding(t, bare), mapFinding(t, capitals); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", kind, got, want)
		}
	}
}

func TestFindingStandardFields(t *testing.T) {
	finding := func(action, more string) string {
		return `{"id":"f1","type":"T","severity":5.25,"updatedAt":"2025-06-02T09:00:00.000Z",` + more + `"service":{"action":` + action + `},"resource":{}}`
	}
	remote := `"remoteIpDetails":{"ipAddressV4":"203.0.113.9"},"remotePortDetails":{"port":4444}`
	local := `"localIpDetails":{"ipAddressV4":"10.0.0.5"},"localPortDetails":{"port":22}`
	tests := map[string]struct {
		text string
		want map[string]any // nil: absent
	}{
		"inbound": {finding(`{"networkConnectionAction":{"connectionDirection":"INBOUND",`+remote+`,`+local+`,"protocol":"TCP"}}`, ""),
			map[string]any{"srcip": "203.0.113.9", "srcport": int64(4444), "dstip": "10.0.0.5", "dstport": int64(22), "proto_name": "tcp", "severity": int64(53)}},
		"outbound": {finding(`{"networkConnectionAction":{"connectionDirection":"OUTBOUND",`+remote+`,`+local+`}}`, ""),
			map[string]any{"srcip": "10.0.0.5", "srcport": int64(22), "dstip": "203.0.113.9", "dstport": int64(4444), "proto_name": nil}},
		"port probe": {finding(`{"portProbeAction":{"portProbeDetails":[{`+local+`,"remoteIpDetails":{"ipAddressV4":"203.0.113.9"}}]}}`, ""),
			map[string]any{"srcip": "203.0.113.9", "srcport": nil, "dstip": "10.0.0.5", "dstport": int64(22)}},
		"API call": {finding(`{"awsApiCallAction":{"remoteIpDetails":{"ipAddressV4":"","ipAddressV6":"2001:db8::1"}}}`, ""),
			map[string]any{"srcip": "2001:db8::1", "dstip": nil}},
		"DNS":               {finding(`{"dnsRequestAction":{"protocol":"UDP"}}`, ""), map[string]any{"proto_name": "udp", "srcip": nil}},
		"RDS":               {finding(`{"rdsLoginAttemptAction":{"remoteIpDetails":{"ipAddressV4":"203.0.113.9"}}}`, ""), map[string]any{"srcip": "203.0.113.9"}},
		"Kubernetes, audit": {finding(`{"kubernetesApiCallAction":{"remoteIpDetails":{},"sourceIPs":["203.0.113.8"]}}`, ""), map[string]any{"srcip": "203.0.113.8"}},
		"Kubernetes":        {finding(`{"kubernetesApiCallAction":{"sourceIps":["203.0.113.7"]}}`, ""), map[string]any{"srcip": "203.0.113.7"}},
		"no action":         {`{"id":"f","severity":9,"resource":{}}`, map[string]any{"srcip": nil, "severity": int64(90), "timestamp": int64(1748854860123)}},
		"hosts": {`{"id":"f","resource":{"accessKeyDetails":{"userName":"u"},"instanceDetails":{"networkInterfaces":[{"privateIpAddress":"10.0.0.5","privateIpAddresses":[{"privateIpAddress":"10.0.0.5"},{"privateIpAddress":"10.0.0.6"}]}]}}}`,
			map[string]any{"host_list": []any{"10.0.0.5", "10.0.0.6"}, "srcip_username": "u", "severity": nil, "event": nil}},
		"keys that would collide": {`{"id":"f","x":{"a":1,"A":2,"é":3}}`,
			map[string]any{"aws_guardduty": map[string]any{"Id": "f", "X": map[string]any{"a": int64(1), "A": int64(2), "é": int64(3)}}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := mapFinding(t, []byte(test.text))
			for key, want := range test.want {
				got, present := body[key]
				if want == nil {
					if present {
						t.Errorf("%s: got %v, want none", key, got)
					}
				} else if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %v (%T), want %v", key, got, got, want)
				}
			}
		})
	}
}

func TestFindingIDs(t *testing.T) {
	id := func(text string) any { return mapFinding(t, []byte(text))["stellar_uuid"] }
	first := id(`{"id":"f1","updatedAt":"2025-06-02T09:00:00.000Z","severity":5}`)
	if first != "04c3727a4ae1fa08bd5539da7aae7bc8" {
		t.Errorf("id %v", first)
	}
	if id(`{"updatedAt":"2025-06-02T09:00:00.000Z","id":"f1","severity":5,"service":{"count":2}}`) != first {
		t.Error("another id for the same state of a finding")
	}
	if id(`{"id":"f1","updatedAt":"2025-06-02T10:00:00.000Z","severity":5}`) == first {
		t.Error("the same id after an update")
	}
}

func TestSeverityBands(t *testing.T) {
	for severity, want := range map[string]string{"1": "low", "3.9": "low", "4": "medium", "6.9": "medium", "7": "high", "8.9": "high", "9": "critical", "10": "critical"} {
		body := mapFinding(t, []byte(`{"id":"f","severity":`+severity+`}`))
		if got := body["event"].(map[string]any)["severity_str"]; got != want {
			t.Errorf("%s: %v, want %s", severity, got, want)
		}
	}
}

func TestNoFinding(t *testing.T) {
	m := interflow.NewGuardDuty(interflow.Settings{})
	for _, text := range []string{"", "[]", `{"a"`, `{"detail-type":"GuardDuty Finding"}`, `{"detail-type":"GuardDuty Finding","detail":"x"}`} {
		if out, ok := m.MapLog([]byte("kept"), &logGroup, logEvent(text)); ok || string(out) != "kept" {
			t.Errorf("%s: %q, %v", text, out, ok)
		}
	}
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	body := mapFinding(t, []byte(`{"id":"f","x":`+deep+`}`)) // decodeEvent checks the depth
	if len(body) == 0 {
		t.Error("no record")
	}
}
