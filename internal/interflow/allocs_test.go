package interflow_test

import (
	"testing"

	"in_stellar_aws/internal/interflow"
)

// TestNoAllocations maps records of every log type into buffers that are large
// enough: at hundreds of thousands of records a second, one allocation for
// each would be most of the collector's work.
func TestNoAllocations(t *testing.T) {
	trail, waf, flow := newCloudTrail(), newWAF(), newVPCFlow("")
	dst := make([]byte, 0, 64<<10)
	oldWAF := []byte(`{"timestamp":1576280412771,"webaclId":"arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/1a2b",` +
		`"action":"BLOCK","httpRequest":{"clientIp":"192.0.2.1","country":"DE","headers":[{"name":"HO\u0053T","value":"ex\u0061mple.org"}],"uri":"/","args":"a=b"}}`)
	trailText := []byte(`{"eventTime":"2024-05-01T10:00:00Z","sourceIPAddress":"2001:db8::1","eventName":"ConsoleLogin",` +
		`"userIdentity":{"type":"Root"},"requestParameters":{"a":{"b":[1,null]}},"eventID":"e"}`)
	serviceText := []byte(`{"eventTime":"2024-05-01T10:00:00Z","sourceIPAddress":"cloudtrail.amazonaws.com","eventName":"GetBucketAcl"}`)
	flowText := []byte("2 123456789012 eni-1 2001:db8::1 2001:db8::2 49761 3389 6 20 4096 1418530010 1418530070 OTHER OK")
	records := map[string]func() bool{
		"CloudTrail": func() bool {
			_, end := trail.Map(dst, trailText, 0, 0)
			return end == len(trailText)
		},
		"CloudTrail of a service": func() bool {
			_, end := trail.Map(dst, serviceText, 0, 0)
			return end == len(serviceText)
		},
		"WAF": func() bool {
			_, end := waf.Map(dst, oldWAF, 0, 0)
			return end == len(oldWAF)
		},
		"flow": func() bool {
			_, err := flow.Map(dst, flowText, 0)
			return err == nil
		},
	}
	for name, one := range records {
		t.Run(name, func(t *testing.T) {
			n := testing.AllocsPerRun(100, func() {
				if !one() {
					t.Error("the record was not read to its end")
				}
			})
			if n > 0 {
				t.Errorf("%v allocations for a record", n)
			}
		})
	}
}

// TestCloudTrailSource tells addresses from the names of services
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
func TestCloudTrailSource(t *testing.T) {
	for source, field := range map[string]string{
		"192.0.2.7":                    "srcip",
		"2001:db8:85a3::8a2e:370:7334": "srcip",
		"::ffff:192.0.2.128":           "srcip",
		"cloudtrail.amazonaws.com":     "srcip_host",
		"config.amazonaws.com.cn":      "srcip_host",
		"AWS Internal":                 "srcip_host",
		"AWS Internal/3":               "srcip_host",
		"fe80::1%eth0":                 "srcip_host",
		"-":                            "",
		"":                             "",
	} {
		body := mapOne(t, `{"sourceIPAddress":"`+source+`"}`)
		for _, name := range []string{"srcip", "srcip_host"} {
			got, present := body[name]
			if present != (name == field) || present && got != source {
				t.Errorf("%q: %s is %v, %t", source, name, got, present)
			}
		}
	}
}

// TestSettings writes the tenant, the index family and the vendor under the
// names that the configuration gives.
func TestSettings(t *testing.T) {
	s := interflow.Settings{TenantName: "acme", TenantID: "t-9", IndexKey: "index.name", VendorKey: "@vendor", FlattenDepth: 3}
	trail, waf, flow := interflow.NewCloudTrail(s), interflow.NewWAF(interflow.WAFProfile, s), interflow.NewVPCFlow(interflow.VPCFlowProfile, s)
	record := []byte(`{"@vendor":"other","index.name":5}`)
	fromTrail, _ := trail.Map(nil, record, 0, 0)
	fromWAF, _ := waf.Map(nil, record, 0, 0)
	fromFlow, err := flow.Map(nil, []byte("2 - - - - - - - - - - - - NODATA"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for index, event := range map[string][]byte{"aella-cloudtrail": fromTrail, "aella-adr": fromFlow} {
		checkSettings(t, index, event)
	}
	checkSettings(t, "aella-cloudtrail", fromWAF)
	_, _, body := decodeEvent(t, fromTrail)
	if body["@vendor_2"] != "other" || body["index.name_2"] != int64(5) {
		t.Errorf("the record's own fields of these names: %v", body)
	}

	_, _, body = decodeEvent(t, func() []byte {
		out, _ := interflow.NewCloudTrail(interflow.Settings{}).Map(nil, record, 0, 0)
		return out
	}())
	for _, name := range []string{"tenant_name", "tenantid"} {
		if v, ok := body[name]; ok {
			t.Errorf("%s: got %v, want none: it is not configured", name, v)
		}
	}
	if body["@vendor"] != "other" || body["index.name"] != int64(5) {
		t.Errorf("the record's own fields: %v", body)
	}
}

func checkSettings(t *testing.T, index string, event []byte) {
	t.Helper()
	_, _, body := decodeEvent(t, event)
	for name, want := range map[string]string{"tenant_name": "acme", "tenantid": "t-9", "index.name": index, "@vendor": "aws"} {
		if body[name] != want {
			t.Errorf("%s: got %v, want %s", name, body[name], want)
		}
	}
}
