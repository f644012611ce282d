package interflow_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestRepeatedKeys has objects with a name twice, everywhere that a record may
// have one: no value is lost, no map has a key twice (decodeEvent looks), and
// standard fields are made of the value that kept its name.
func TestRepeatedKeys(t *testing.T) {
	wide := func(n int) (text string, want map[string]any) {
		var b strings.Builder
		want = map[string]any{"k0_2": "again"}
		for k := range n {
			fmt.Fprintf(&b, `"k%d":%d,`, k, k)
			want[fmt.Sprintf("k%d", k)] = int64(k)
		}
		return `{` + b.String() + `"k0":"again"}`, want
	}
	wideText, wideWant := wide(300)
	tests := map[string]struct {
		object string
		want   map[string]any
	}{
		"twice":        {`{"a":1,"b":2,"a":3}`, map[string]any{"a": int64(1), "b": int64(2), "a_2": int64(3)}},
		"three times":  {`{"a":1,"a":1,"a":null}`, map[string]any{"a": int64(1), "a_2": int64(1), "a_3": nil}},
		"escaped":      {`{"ab":1,"\u0061b":2}`, map[string]any{"ab": int64(1), "ab_2": int64(2)}},
		"no name":      {`{"":1,"":2}`, map[string]any{"": int64(1), "_2": int64(2)}},
		"taken":        {`{"a":1,"a":2,"a_2":3,"a":4}`, map[string]any{"a": int64(1), "a_3": int64(2), "a_2": int64(3), "a_4": int64(4)}},
		"in a list":    {`{"l":[{"a":1,"a":2},{"a":3}]}`, map[string]any{"l": []any{map[string]any{"a": int64(1), "a_2": int64(2)}, map[string]any{"a": int64(3)}}}},
		"objects":      {`{"o":{"a":1},"o":{"a":2,"a":3},"z":4}`, map[string]any{"o": map[string]any{"a": int64(1)}, "o_2": map[string]any{"a": int64(2), "a_2": int64(3)}, "z": int64(4)}},
		"long":         {`{"` + strings.Repeat("x", 300) + `":1,"` + strings.Repeat("x", 300) + `":2}`, map[string]any{strings.Repeat("x", 300): int64(1), strings.Repeat("x", 300) + "_2": int64(2)}},
		"grown header": {`{"` + strings.Repeat("x", 31) + `":1,"` + strings.Repeat("x", 31) + `":2,"y":3}`, map[string]any{strings.Repeat("x", 31): int64(1), strings.Repeat("x", 31) + "_2": int64(2), "y": int64(3)}},
		"wide":         {wideText, wideWant},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			same := func(what string, got any) {
				t.Helper()
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("%s: got %.300v, want %.300v", what, got, test.want)
				}
			}
			same("CloudTrail", mapOne(t, `{"list":[`+test.object+`],"eventID":"e"}`)["list"].([]any)[0])
			native, _ := mapWAF(t, newWAF(), []byte(`{"timestamp":1,"x":`+test.object+`,"httpRequest":{}}`))["aws_waf"].(map[string]any)
			same("WAF", native["x"])
			body, _ := mapCloudWatch(t, test.object, true, true)
			same("CloudWatch", body["aws_cloudwatch"].(map[string]any)["json"])
		})
	}
}

func TestRepeatedKeysOfFields(t *testing.T) {
	body := mapOne(t, `{"eventID":"1","eventTime":"2025-06-02T09:00:00Z","eventName":"First","eventName":"Second","sourceIPAddress":"192.0.2.1",
		"sourceIPAddress":"192.0.2.2","userIdentity":{"type":"IAMUser","userName":"a","userName":"b"},"userIdentity":{"userName":"c"},
		"requestParameters":{"a":1,"a":2},"requestParameters":{"b":{"c":{"d":{"e":5}}}},"errorCode":null,"errorCode":"E","eventTime":"2001-01-01T00:00:00Z"}`)
	for name, want := range map[string]any{
		"eventName": "First", "eventName_2": "Second", "sourceIPAddress": "192.0.2.1", "sourceIPAddress_2": "192.0.2.2", "srcip": "192.0.2.1",
		"userIdentity_userName": "a", "userIdentity_userName_2": "b", "userIdentity_userName_3": "c", "srcip_username": "a",
		"requestParameters_a": int64(1), "requestParameters_a_2": int64(2), "requestParameters_str": `{"a":1,"a":2}`,
		"requestParameters_str_2": `{"b":{"c":{"d":{"e":5}}}}`, "errorCode": "E", "timestamp": int64(1748854800000), "eventTime_2": "2001-01-01T00:00:00Z",
	} {
		if body[name] != want {
			t.Errorf("CloudTrail: %s: got %v, want %v", name, body[name], want)
		}
	}

	body = mapWAF(t, newWAF(), []byte(`{"timestamp":1748854800000,"timestamp":2,"action":"BLOCK","action":"ALLOW","httpRequest":{"uri":"/a","clientIp":"192.0.2.1",
		"clientIp":"192.0.2.2","host":"h","uri":"/b","headers":[]},"httpRequest":{"country":"DE"},"webaclId":"arn:aws:wafv2:eu-west-1:1:regional/webacl/acl/1"}`))
	native, _ := body["aws_waf"].(map[string]any)
	request, _ := native["httpRequest"].(map[string]any)
	again, _ := native["httpRequest_2"].(map[string]any)
	for name, pair := range map[string][2]any{
		"timestamp": {body["timestamp"], int64(1748854800000)}, "second timestamp": {native["timestamp_2"], int64(2)},
		"action": {body["action"], "block"}, "second action": {native["action_2"], "ALLOW"}, "srcip": {body["srcip"], "192.0.2.1"},
		"second client": {request["clientIp_2"], "192.0.2.2"}, "url": {body["url"], "h/a"}, "second uri": {request["uri_2"], "/b"},
		"second request": {again["country"], "DE"}, "ACL": {native["web_acl_name"], "acl"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("WAF: %s: got %v, want %v", name, pair[0], pair[1])
		}
	}

	body = mapFinding(t, []byte(`{"id":"f","type":"T","title":"a","title":"b","Title":"c","severity":5,"updatedAt":"2025-06-02T09:00:00Z"}`))
	native, _ = body["aws_guardduty"].(map[string]any)
	if native["title"] != "a" || native["title_2"] != "b" || native["Title"] != "c" {
		t.Errorf("GuardDuty: %v", native)
	}
}
