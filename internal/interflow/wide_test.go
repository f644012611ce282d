package interflow_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// wide are more members than a 16-bit count holds.
func wide() string {
	var b strings.Builder
	for k := range 65_600 {
		fmt.Fprintf(&b, `"k%d":0,`, k)
	}
	return b.String()
}

// TestWide maps records whose maps and arrays need a 32-bit count: what the
// standard fields are made of lies in front of, inside and after them.
func TestWide(t *testing.T) {
	t.Run("WAF", func(t *testing.T) {
		body := mapWAF(t, newWAF(), []byte(`{"timestamp":1748208718574,"action":"BLOCK","httpRequest":{"clientIp":"192.0.2.1",`+wide()+
			`"host":"example.org","uri":"/é"},`+wide()+`"webaclId":"arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/1"}`))
		for name, want := range map[string]any{"srcip": "192.0.2.1", "action": "block", "url": "example.org/é"} {
			if body[name] != want {
				t.Errorf("%s: got %v, want %v", name, body[name], want)
			}
		}
		native := body["aws_waf"].(map[string]any)
		if len(native) != 65_600+4+4 || native["web_acl_name"] != "web" || len(native["httpRequest"].(map[string]any)) != 65_600+3 {
			t.Errorf("aws_waf has %d members", len(native))
		}
	})
	t.Run("CloudTrail", func(t *testing.T) {
		list := strings.Repeat("0,", 70_000) + "1"
		body := mapOne(t, `{"eventName":"ConsoleLogin","list":[`+list+`],`+wide()+`"a":{"b":1},"a_b":"2","userIdentity":{"type":"Root"},"timestamp":"3"}`)
		if got := len(body["list"].([]any)); got != 70_001 {
			t.Errorf("list: got %d", got)
		}
		for name, want := range map[string]any{"a": map[string]any{"b": int64(1)}, "a_b": "2", "timestamp_2": "3", "k65599": int64(0), "srcip_username": "Root", "eventName": "ConsoleLogin"} {
			if !reflect.DeepEqual(body[name], want) {
				t.Errorf("%s: got %v, want %v", name, body[name], want)
			}
		}
	})
	t.Run("objects of CloudTrail", func(t *testing.T) {
		one := `{` + strings.TrimSuffix(wide(), ",") + `}`
		body := mapOne(t, `{"userIdentity":{"userName":"u","x":{"y":1}},"requestParameters":`+one+`,"responseElements":{"a":1},"eventContext":{"w":`+one+`,"v":"\ud800"},"eventName":"e"}`)
		for name, want := range map[string]any{
			"userIdentity_userName": "u", "srcip_username": "u", "userIdentity_x": map[string]any{"y": int64(1)}, "requestParameters_str": one, "responseElements_str": `{"a":1}`,
			"eventContext": map[string]any{"w": one, "v": "\uFFFD"}, "eventName": "e",
		} {
			if !reflect.DeepEqual(body[name], want) {
				t.Errorf("%s: got %.100v, want %.100v", name, body[name], want)
			}
		}
	})
	t.Run("names", func(t *testing.T) {
		// A name of another length of header, for each of the new ones.
		long := strings.Repeat("n", 30)
		body := mapOne(t, `{"x":{"`+long[2:]+`":"1"},"x_`+long[2:]+`":"2","eventName":"e","userIdentity":{"userName":"u"}}`)
		if body["x_"+long[2:]] != "1" || body["x_"+long[2:]+"_2"] != "2" || body["srcip_username"] != "u" {
			t.Errorf("got %v", body)
		}
	})
}

// TestVPCFlowReplacesText has bytes that are no text in fields that standard
// ones are made of.
func TestVPCFlowReplacesText(t *testing.T) {
	m := newVPCFlow("srcaddr action protocol start end")
	body := mapFlow(t, m, "\xff1 AC\xfeT \xfd 18446744073709551615 9223372036854775808")
	for name, want := range map[string]any{"srcip": "\uFFFD1", "action": "ac\uFFFDt"} {
		if body[name] != want {
			t.Errorf("%s: got %q, want %q", name, body[name], want)
		}
	}
	if _, ok := body["duration"]; ok {
		t.Errorf("a duration of times that are none: %v", body["duration"])
	}
	if n := m.Replaced(); n != 3 {
		t.Errorf("replaced %d fields, want 3", n)
	}
}
