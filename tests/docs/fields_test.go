package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

// field is a field that the plugin makes, beside those of the original.
type field struct {
	name, kind string
	classes    []string // empty: all
	meaning    string
}

const (
	trailClass   = "cloudtrail"
	flowClass    = "vpcflow"
	wafClass     = "aws_waf"
	logClass     = "aws_cloudwatch_log"
	logFlowClass = "aws_cloudwatch_vpcflow"
	logWAFClass  = "aws_cloudwatch_waf"
	findingClass = "aws_guardduty"
)

var (
	flowClasses = []string{flowClass, logFlowClass}
	wafClasses  = []string{wafClass, logWAFClass}
	logClasses  = []string{logClass, logFlowClass, logWAFClass, findingClass}
	withIP      = slices.Concat([]string{trailClass}, flowClasses, wafClasses, []string{logClass, findingClass})
)

// fields are all of them. TestFieldsAreTheCodes compares them with the records.
var fields = []field{
	{"timestamp", "integer", nil, "the event's time, milliseconds of the Unix epoch"},
	{"write_time", "integer", nil, "when the plugin made the record, milliseconds"},
	{"stellar_uuid", "text", nil, "the record's id, 32 hexadecimal digits, the same however often it is read"},
	{"msg_class", "text", nil, "the kind of record"},
	{"msg_origin", "map", nil, "`vendor`, `source`, `category`, `processor.name`, `processor.type`"},
	{"tenant_name", "text", nil, "`tenant_name` of the connector, if set"},
	{"tenantid", "text", nil, "`tenant_id` of the connector, if set"},
	{"srcip", "text", withIP, "the address the event came from"},
	{"srcip_host", "text", []string{trailClass}, "in place of srcip, a service's name, such as ec2.amazonaws.com"},
	{"srcip_username", "text", []string{trailClass, logClass, findingClass}, "who: user, role or Kubernetes user"},
	{"srcip_usersid", "text", []string{trailClass}, "the principal's id, else its ARN"},
	{"srcip_geo", "map", wafClasses, "`countryCode` of the client"},
	{"login_type", "text", []string{trailClass}, "console, for a sign-in"},
	{"login_result", "text", []string{trailClass}, "Success or Failure of a sign-in"},
	{"srcport", "integer", slices.Concat(flowClasses, []string{findingClass}), "source port"},
	{"dstip", "text", slices.Concat(flowClasses, []string{findingClass}), "destination address"},
	{"dstport", "integer", slices.Concat(flowClasses, []string{findingClass}), "destination port"},
	{"proto", "integer", flowClasses, "IANA's protocol number"},
	{"proto_name", "text", slices.Concat(flowClasses, []string{findingClass}), "the protocol's name, such as tcp"},
	{"outbytes_total", "integer", flowClasses, "bytes from source to destination"},
	{"inbytes_total", "integer", flowClasses, "bytes the other way: 0"},
	{"totalbytes", "integer", flowClasses, "both"},
	{"outpkts_delta", "integer", flowClasses, "packets from source to destination"},
	{"inpkts_delta", "integer", flowClasses, "packets the other way: 0"},
	{"totalpackets", "integer", flowClasses, "both"},
	{"duration", "integer", flowClasses, "end less start, milliseconds"},
	{"action", "text", slices.Concat(flowClasses, wafClasses, []string{logClass}), "flows: allow or block; WAF: its action in lower case; EKS audit: the verb"},
	{"url", "text", wafClasses, "scheme, host, path and query of the request, what there is of them"},
	{"event", "map", []string{findingClass}, "`threat.name`, the finding's type; `severity_str`"},
	{"severity", "integer", []string{findingClass}, "the finding's severity, 0 to 100"},
	{"aws_guardduty_id", "text", []string{findingClass}, "the finding's id"},
	{"host_list", "list", []string{findingClass}, "private addresses of the resource"},
	{"message", "text", []string{logClass}, "the message as it came"},
	{"aws_cloudwatch", "map", []string{logClass}, "log group, stream, event id, times, region and account; with `parse_json on`, `json`"},
	{"aws_vpcflow", "map", flowClasses, "the whole line, `-` in names turned into `_`"},
	{"aws_waf", "map", wafClasses, "the whole original, with the parts of the ACL's ARN"},
	{"aws_guardduty", "map", []string{findingClass}, "the whole finding, keys with a first letter in upper case"},
}

// fieldsTable is the reference of the fields.
func fieldsTable() string {
	var b strings.Builder
	b.WriteString(row("field", "type", "`msg_class`", "what it is") + "|---|---|---|---|\n")
	for _, f := range fields {
		classes := "all"
		if f.classes != nil {
			classes = strings.Join(f.classes, ", ")
		}
		b.WriteString(row("`"+f.name+"`", f.kind, classes, f.meaning))
	}
	return b.String()
}

// TestFieldsAreTheCodes makes records of every class, and compares their fields
// with the table, both ways.
func TestFieldsAreTheCodes(t *testing.T) {
	made := map[string]string{} // class and field: type
	goldenFields(t, made)
	logFields(t, made)
	described := map[string]string{}
	for _, f := range fields {
		classes := f.classes
		if classes == nil {
			classes = slices.Concat([]string{trailClass, flowClass, wafClass}, logClasses)
		}
		for _, class := range classes {
			described[class+" "+f.name] = f.kind
		}
	}
	for key, kind := range described {
		if made[key] != kind {
			t.Errorf("%s is %s in the table, and %q in the records", key, kind, made[key])
		}
	}
	for key, kind := range made {
		if described[key] == "" {
			t.Errorf("%s, %s, is not in the table", key, kind)
		}
	}
}

// goldenFields reads the golden records of S3's classes. What comes from the
// original of a CloudTrail record is left out.
func goldenFields(t *testing.T, made map[string]string) {
	t.Helper()
	files, err := filepath.Glob(golden + "/*.expected.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden records %v: %v", files, err)
	}
	for _, file := range files {
		if strings.Contains(file, "/keys_") {
			continue // index_key and vendor_key are named by the user
		}
		var events []struct{ Record map[string]json.RawMessage }
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &events)
		}
		if err != nil {
			t.Fatal(err)
		}
		original, err := os.ReadFile(strings.TrimSuffix(file, ".expected.json") + ".in")
		if err != nil {
			t.Fatal(err)
		}
		original = bytes.ReplaceAll(original, []byte(`\`), nil) // JSON in JSON
		for _, e := range events {
			class := strings.Trim(string(e.Record["msg_class"]), `"`)
			for name, value := range e.Record {
				if class == trailClass && native(original, name) {
					continue
				}
				made[class+" "+name] = kindOf(value)
			}
		}
	}
}

// native tells whether a CloudTrail field is of the original: its name begins
// with a member's.
func native(original []byte, name string) bool {
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '_') {
		if bytes.Contains(original, []byte(`"`+name[:end]+`":`)) {
			return true
		}
	}
	return false
}

// logFields decodes generated events of CloudWatch Logs.
func logFields(t *testing.T, made map[string]string) {
	t.Helper()
	g := generate.New(1, generate.Options{})
	d := decode.NewLogs(decode.LogOptions{
		Settings: interflow.Settings{TenantName: "acme", TenantID: "42"}, VPCFlow: true, ParseJSON: true, Now: time.Now,
	})
	d.Begin()
	flow := func(b []byte) []byte {
		return append(b, "2 111122223333 eni-1 10.0.0.1 10.0.0.2 4000 443 6 10 840 1748854860 1748854920 ACCEPT OK"...)
	}
	for group, next := range map[string]func([]byte) []byte{
		"/ecs/shop": g.AppendContainer, "/aws/eks/prod/cluster": g.AppendAudit, "aws-waf-logs-edge": g.AppendWAF,
		"flows": flow, "/aws/events/guardduty": g.AppendFinding,
	} {
		from := interflow.LogGroup{ARN: "arn:aws:logs:us-east-1:111122223333:log-group:" + group, Name: group, Region: "us-east-1", Account: "111122223333"}
		for i := range 200 {
			e := interflow.LogEvent{Stream: "stream", ID: fmt.Sprintf("%056d", i), Timestamp: 1748854860000, Ingested: 1748854861000, Message: next(nil)}
			record := body(t, d.Append(nil, &from, &e))
			for name, value := range record {
				text, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				made[fmt.Sprint(record["msg_class"])+" "+name] = kindOf(text)
			}
		}
	}
}

// body is the record of an event.
func body(t *testing.T, event []byte) map[string]any {
	t.Helper()
	d := msgpack.NewDecoder(bytes.NewReader(event))
	d.UseLooseInterfaceDecoding(true)
	if _, err := d.DecodeArrayLen(); err != nil {
		t.Fatal(err)
	}
	if err := d.Skip(); err != nil {
		t.Fatal(err)
	}
	record, err := d.DecodeMap()
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// kindOf is the kind of a JSON value.
func kindOf(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "text"
	case '{':
		return "map"
	case '[':
		return "list"
	case 't', 'f':
		return "boolean"
	}
	if bytes.ContainsAny(value, ".eE") {
		return "number"
	}
	return "integer"
}
