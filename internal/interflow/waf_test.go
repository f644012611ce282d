package interflow_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/reference"
)

func newWAF() *interflow.WAF {
	m := interflow.NewWAF(interflow.WAFProfile, interflow.Settings{TenantName: "acme"})
	m.Begin(interflow.NewObject("bucket", "key", "etag"), fallback)
	m.SetNow(writeMillis)
	return m
}

func mapWAF(t testing.TB, m *interflow.WAF, text []byte) map[string]any {
	t.Helper()
	out, end := m.Map(nil, text, 0, 0)
	if end != len(text) {
		t.Fatalf("Map ended at %d of %d", end, len(text))
	}
	_, _, body := decodeEvent(t, out)
	return body
}

// checkWAF compares the whole original, and takes the ACL's parts out of it.
func checkWAF(body map[string]any, text []byte) error {
	want, err := reference.Parse(text)
	if err != nil {
		return err
	}
	native, ok := body["aws_waf"].(map[string]any)
	if !ok {
		return errors.New("no aws_waf")
	}
	for _, name := range []string{"web_acl_name", "web_acl_scope", "region", "account_id"} {
		if _, own := want.(map[string]any)[name]; !own {
			delete(native, name)
		}
	}
	return reference.Same(native, want, 3)
}

func TestWAF(t *testing.T) {
	const acl = `"webaclId":"arn:aws:wafv2:us-east-1:123456789101:global/webacl/open-telemetry-waf/e3132a63"`
	tests := map[string]struct {
		record string
		want   map[string]any // nil: no such field
	}{
		"complete": {
			`{"timestamp":1748208718574,` + acl + `,"action":"ALLOW","httpRequest":{"clientIp":"178.84.204.171","country":"NL","uri":"/a","args":"x=1","scheme":"https","host":"example.com"}}`,
			map[string]any{"timestamp": int64(1748208718574), "srcip": "178.84.204.171", "action": "allow", "url": "https://example.com/a?x=1", "msg_class": "aws_waf"},
		},
		"time through a float": {
			`{"timestamp":1748208718574.0,"action":"ALLOW"}`,
			map[string]any{"timestamp": int64(1748208718574), "action": "allow"},
		},
		"time that is none": {
			`{"timestamp":1e300,"action":"ALLOW"}`,
			map[string]any{"timestamp": int64(fallback / 1e6), "action": "allow"},
		},
		"host header, no scheme": {
			`{"timestamp":"2024-03-20T10:30:00.000Z","action":"CAPTCHA","httpRequest":{"clientIp":"-","country":"-","headers":[{"name":"A","value":"b"},{"value":"ex\u0061mple.org","name":"HoSt"}],"uri":"/","args":""}}`,
			map[string]any{"timestamp": int64(1710930600000), "srcip": nil, "srcip_geo": nil, "action": "captcha", "url": "example.org/"},
		},
		"nothing": {
			`{}`,
			map[string]any{"timestamp": int64(fallback / 1_000_000), "srcip": nil, "action": nil, "url": nil},
		},
		"mixed types": {
			`{"timestamp":1.5,"webaclId":7,"action":["BLOCK"],"httpRequest":"gone","headers":[{"name":"host"}]}`,
			map[string]any{"timestamp": int64(fallback / 1_000_000), "srcip": nil, "action": nil, "url": nil},
		},
		"own fields": {
			`{"region":"mine",` + acl + `}`,
			map[string]any{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := mapWAF(t, newWAF(), []byte(test.record))
			for k, want := range test.want {
				if got := body[k]; got != want {
					t.Errorf("%s: got %v, want %v", k, got, want)
				}
			}
			native := body["aws_waf"].(map[string]any)
			if strings.Contains(test.record, "open-telemetry") {
				if native["web_acl_name"] != "open-telemetry-waf" || native["web_acl_scope"] != "global" || native["account_id"] != "123456789101" {
					t.Errorf("parts of the ACL: %v", native)
				}
				if want := map[bool]string{false: "us-east-1", true: "mine"}[name == "own fields"]; native["region"] != want {
					t.Errorf("region: got %v, want %s", native["region"], want)
				}
			}
			if err := checkWAF(body, []byte(test.record)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWAFGenerated(t *testing.T) {
	g, m := generate.New(9, generate.Options{}), newWAF()
	for range 2000 {
		text := g.AppendWAF(nil)
		body := mapWAF(t, m, text)
		if err := checkWAF(body, text); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if _, ok := body["url"].(string); !ok {
			t.Fatalf("no url in %s", text)
		}
	}
}

// FuzzWAF compares every record with what encoding/json reads of it.
func FuzzWAF(f *testing.F) {
	f.Add([]byte(`{"timestamp":1748208718574,"webaclId":"arn:aws:wafv2:us-east-1:1:global/webacl/a/b","action":"BLOCK","httpRequest":{"clientIp":"192.0.2.1","country":"NL","uri":"/a","args":"x=1","headers":[{"name":"Host","value":"a.example"}]}}`))
	f.Add([]byte(`{"timestamp":1.5,"webaclId":7,"action":["BLOCK"],"httpRequest":"gone","labels":[{"name":"a"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 || text[0] != '{' {
			return
		}
		out, end := newWAF().Map(nil, text, 0, 0)
		if end < 0 {
			if json.Valid(text) {
				t.Fatalf("Map returned %d for what encoding/json reads", end)
			}
			return
		}
		if !json.Valid(text[:end]) {
			t.Fatalf("Map read %q, which is not JSON", text[:end])
		}
		v, err := reference.Parse(text[:end])
		if err != nil {
			t.Fatal(err)
		}
		if reference.Repeats(text[:end]) || reference.Collides(v.(map[string]any)) {
			return // two values for one name: which is which is not comparable here
		}
		_, _, body := decodeEvent(t, out)
		if err := checkWAF(body, text[:end]); err != nil {
			t.Fatalf("%v\n%.500s", err, text)
		}
	})
}
