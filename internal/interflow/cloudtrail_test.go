package interflow_test

import (
	"regexp"
	"strings"
	"testing"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/jsonscan"
)

const (
	testDepth   = 3
	writeMillis = 1_795_000_000_123
	fallback    = 1_690_000_000_000_000_000
)

func newCloudTrail() *interflow.CloudTrail {
	m := interflow.NewCloudTrail(interflow.Settings{TenantName: "acme", TenantID: "t-1", FlattenDepth: testDepth})
	m.Begin(interflow.NewObject("bucket", "key", `"etag"`), fallback)
	m.SetNow(writeMillis)
	return m
}

// mapOne maps one record and returns its decoded body.
func mapOne(t testing.TB, record string) map[string]any {
	t.Helper()
	out, end := newCloudTrail().Map(nil, []byte(record), 0, 7)
	if end != len(record) {
		t.Fatalf("Map ended at %d of %d", end, len(record))
	}
	_, _, body := decodeEvent(t, out)
	return body
}

// TestCloudTrailCut maps a record of which the window holds only a part: at
// every cut it must ask for more, and never take the part for the whole.
func TestCloudTrailCut(t *testing.T) {
	record := `{"eventVersion":"1.08","n":-12.5e3,"a":[1,{"b":null}],"requestParameters":{"x":{"y":{"z":{"deep":[true,false]}}}, "u":"\u00e9\ud83d\ude00"},"eventID":"e"}`
	m := newCloudTrail()
	for cut := range len(record) {
		if out, end := m.Map([]byte("kept"), []byte(record[:cut]), 0, 0); end != jsonscan.Short || string(out) != "kept" {
			t.Fatalf("cut at %d: end %d, output %q", cut, end, out)
		}
	}
}

func TestCloudTrailCollisions(t *testing.T) {
	tests := map[string]struct {
		record string
		want   map[string]any
	}{
		"joined and plain": {
			`{"a":{"b":"1"},"a_b":"2","eventID":"e","userIdentity":{"type":"Root"}}`,
			map[string]any{"a_b": "1", "a_b_2": "2", "srcip_username": "Root"},
		},
		"three": {
			`{"a":{"b_c":"1","b":{"c":"2"}},"a_b":{"c":"3"}}`,
			map[string]any{"a_b_c": "1", "a_b_c_2": "2", "a_b_c_3": "3"},
		},
		"envelope": {
			`{"timestamp":5,"msg_class":"mine","msg":{"class":"theirs"},"stellar_uuid":"x","eventID":"e"}`,
			map[string]any{"timestamp_2": int64(5), "msg_class": "cloudtrail", "msg_class_2": "mine", "msg_class_3": "theirs", "stellar_uuid_2": "x"},
		},
		"standard": {
			`{"srcip":"other","sourceIPAddress":"192.0.2.1","srcip_host":"host"}`,
			map[string]any{"srcip": "192.0.2.1", "srcip_2": "other", "srcip_host": nil, "srcip_host_2": "host"},
		},
		"standard, of another type": {
			`{"login_type":5,"login_result":[1],"tenantid":"t","tenant_name":"n","srcip_username":7}`,
			map[string]any{
				"login_type": nil, "login_type_2": int64(5), "login_result": nil, "tenantid": "t-1", "tenantid_2": "t",
				"tenant_name": "acme", "tenant_name_2": "n", "srcip_username": nil, "srcip_username_2": int64(7),
			},
		},
		"a later name that is made": {
			`{"a_b":"1","a":{"b":"2"},"a_b_2":"3"}`,
			map[string]any{"a_b": "1", "a_b_3": "2", "a_b_2": "3"},
		},
		"text": {
			`{"requestParameters":{"str":"mine"},"eventTime":"2023-07-10T11:45:00Z"}`,
			map[string]any{"requestParameters_str": `{"str":"mine"}`, "requestParameters_str_2": "mine", "timestamp": int64(1688989500000)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := mapOne(t, test.record)
			for k, want := range test.want {
				if body[k] != want {
					t.Errorf("%s: got %v, want %v", k, body[k], want)
				}
			}
		})
	}
}

func TestCloudTrailID(t *testing.T) {
	const record = `{"eventID":"0b3d6a7e-3b5f-4d4c-9d6e-0f7d2c1a9b11","recipientAccountId":"111122223333"}`
	tests := map[string]struct{ record, want string }{
		"event":       {record, "433911858575f42d83e85570bee83a9e"},
		"other order": {`{"recipientAccountId":"111122223333","eventID":"0b3d6a7e-3b5f-4d4c-9d6e-0f7d2c1a9b11"}`, "433911858575f42d83e85570bee83a9e"},
		"aggregated":  {`{"accountId":"111122223333","eventId":"0b3d6a7e-3b5f-4d4c-9d6e-0f7d2c1a9b11"}`, "433911858575f42d83e85570bee83a9e"},
		"no id":       {`{"eventName":"x"}`, "c6b67c47b5f50d95af9d260000000007"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mapOne(t, test.record)["stellar_uuid"]; got != test.want {
				t.Errorf("got %v, want %s: ids are a promise to users' indices", got, test.want)
			}
		})
	}
}

// TestCloudTrailLowerCase has the standard fields, the time and the id of a
// record whose names went through a database.
func TestCloudTrailLowerCase(t *testing.T) {
	record := `{"eventTime":"2025-06-02T09:00:00Z","eventID":"e","recipientAccountId":"111122223333","eventName":"ConsoleLogin","sourceIPAddress":"192.0.2.1",` +
		`"userIdentity":{"type":"AssumedRole","principalId":"p","sessionContext":{"sessionIssuer":{"userName":"role"}}},"responseElements":{"ConsoleLogin":"Success"}}`
	lower := regexp.MustCompile(`"[A-Za-z]+":`).ReplaceAllStringFunc(record, strings.ToLower)
	want, got := mapOne(t, record), mapOne(t, lower)
	for _, name := range []string{"timestamp", "stellar_uuid", "srcip", "srcip_username", "srcip_usersid", "login_type", "login_result"} {
		if got[name] == nil || got[name] != want[name] {
			t.Errorf("%s: got %v, want %v", name, got[name], want[name])
		}
	}
	if got["responseelements_consolelogin"] != "Success" || got["useridentity_sessioncontext_sessionissuer_username"] != "role" {
		t.Errorf("native names changed: %v", got)
	}
}

func TestCloudTrailOmitsWhatIsAbsent(t *testing.T) {
	body := mapOne(t, `{"errorMessage":"","errorCode":null,"userAgent":"-","requestParameters":null,"userIdentity":{"accessKeyId":"","arn":"-"},"responseElements":{}}`)
	for _, name := range []string{"errorMessage", "errorCode", "userAgent", "requestParameters", "requestParameters_str", "userIdentity_accessKeyId", "userIdentity_arn", "srcip", "srcip_usersid"} {
		if v, ok := body[name]; ok {
			t.Errorf("%s: got %v, want none", name, v)
		}
	}
	for _, value := range []string{`""`, `"-"`, "null"} {
		if v, ok := mapOne(t, `{"responseElements":`+value+`}`)["responseElements_str"]; ok {
			t.Errorf("responseElements %s: got %v, want none", value, v)
		}
	}
	if body["responseElements_str"] != "{}" {
		t.Errorf("responseElements_str: got %v", body["responseElements_str"])
	}
}

func TestCloudTrailCompactsText(t *testing.T) {
	body := mapOne(t, "{ \"requestParameters\" : { \"a b\" : [ 1 , \"x  y\" ] ,\n\t\"c\":{\"d\":{\"e\":{\"f\": 1}}} } }")
	if want := `{"a b":[1,"x  y"],"c":{"d":{"e":{"f":1}}}}`; body["requestParameters_str"] != want {
		t.Errorf("got %v, want %s", body["requestParameters_str"], want)
	}
}

func TestCloudTrailDeep(t *testing.T) {
	deep := strings.Repeat(`{"k":`, 5000) + "1" + strings.Repeat("}", 5000)
	list := strings.Repeat("[", 5000) + "1" + strings.Repeat("]", 5000)
	body := mapOne(t, `{"x":`+deep+`,"l":`+list+`,"requestParameters":`+deep+`}`)
	if body["requestParameters_str"] != deep {
		t.Error("requestParameters_str is not the whole")
	}
	name := "x" + strings.Repeat("_k", 57)
	if _, ok := body[name]; !ok {
		t.Errorf("no field %s", name)
	}
}
