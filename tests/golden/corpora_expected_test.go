package golden_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"in_stellar_aws/internal/decode"
)

// The expectations of other programs, in their names, for logs of the corpora:
// what they take out of a log is what this project takes out of it.

// customFlow has flow logs in a format of their own, which the configuration
// of a CloudWatch connector names.
func customFlow(t *testing.T, object []byte) int {
	t.Helper()
	fields := []string{"version", "interface-id", "srcaddr", "dstaddr"}
	texts := messages(t, object)
	got := eventRecords(t, decode.LogOptions{VPCFlow: true, FlowFormat: fields}, texts)
	for k, text := range texts {
		words := strings.Fields(string(text))
		want := map[string]any{"msg_class": "aws_cloudwatch_vpcflow", "srcip": words[2], "dstip": words[3]}
		native, _ := got[k]["aws_vpcflow"].(map[string]any)
		if err := standards(got[k], want); err != nil || len(native) != len(fields) || native["interface_id"] != words[1] {
			t.Errorf("%s: %v, %v", text, native, err)
		}
	}
	return len(got)
}

// flowExpected compares with what OpenTelemetry makes of a line.
func flowExpected(t *testing.T, text []byte) int {
	t.Helper()
	renamed := map[string]string{
		"aws.vpc.flow.log.version": "version", "network.interface.name": "interface_id", "source.address": "srcaddr", "source.port": "srcport",
		"destination.address": "dstaddr", "destination.port": "dstport", "aws.vpc.flow.status": "log_status",
	}
	n := 0
	for _, want := range originals(t, text) {
		file, _, _ := strings.Cut(want["_from"].(string), "_expected")
		buf, _ := decodeObject(t, newFlow(), "key", corpus(t, "vpcflow/otel_contrib/"+file+".log"))
		body := bodies(t, buf)[0]
		native := body["aws_vpcflow"].(map[string]any)
		for name, value := range want["attributes"].(map[string]any) {
			field := renamed[name]
			switch {
			case name == "network.protocol.name":
				if body["proto_name"] != value {
					t.Errorf("%s: got %v, want %v", name, body["proto_name"], value)
				}
				continue
			case field == "":
				field = strings.TrimPrefix(strings.TrimPrefix(name, "aws.vpc.flow."), "aws.")
			}
			if got := native[strings.ReplaceAll(field, ".", "_")]; fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("%s: got %v, want %v", name, got, value)
			}
		}
		n++
	}
	return n
}

// wafExpected compares with what OpenTelemetry makes of the first entry.
func wafExpected(t *testing.T, text []byte) int {
	t.Helper()
	buf, _ := decodeObject(t, newWAF(), "key", corpus(t, "waf/otel_contrib/waf_valid_log_multi.json"))
	body := bodies(t, buf)[0]
	native := body["aws_waf"].(map[string]any)
	request := native["httpRequest"].(map[string]any)
	geo := body["srcip_geo"].(map[string]any)
	got := map[string]any{
		"aws.waf.terminating_rule.type": native["terminatingRuleType"], "aws.waf.terminating_rule.id": native["terminatingRuleId"],
		"aws.waf.action": strings.ToUpper(body["action"].(string)), "aws.waf.source.id": native["httpSourceId"], "aws.waf.source.name": native["httpSourceName"],
		"client.address": body["srcip"], "server.address": request["host"], "url.path": request["uri"], "http.request.method": request["httpMethod"],
		"aws.request_id": request["requestId"], "url.scheme": request["scheme"], "geo.country.iso_code": geo["countryCode"],
		"tls.client.ja3": native["ja3Fingerprint"], "tls.client.ja4": native["ja4Fingerprint"],
		"cloud.region": native["region"], "cloud.account.id": native["account_id"],
	}
	want := originals(t, text)[0]
	attributes := want["attributes"].(map[string]any)
	for name, value := range want["resource"].(map[string]any) {
		attributes[name] = value
	}
	compared := 0
	for name, value := range attributes {
		if _, known := got[name]; known {
			compared++
			if got[name] != value {
				t.Errorf("%s: got %v, want %v", name, got[name], value)
			}
		}
	}
	if compared < len(got) {
		t.Errorf("only %d of %d fields are in the expectation", compared, len(got))
	}
	if millis, ok := body["timestamp"].(json.Number); ok && millis != "1748208718574" {
		t.Errorf("timestamp: got %v", millis)
	}
	return 1
}

func corpus(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corporaDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
