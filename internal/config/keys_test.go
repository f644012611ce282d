package config

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestKeyValues has, for each key, values that are taken and values that are
// refused with the text of the fault. The section is completed by minimalS3,
// minimalLogs for the keys of that connector, and what base adds.
func TestKeyValues(t *testing.T) {
	const (
		minutes = "want minutes, or a duration such as 30s or 2h, from 1s to 366d"
		onOff   = "want on or off"
		off0    = "want a duration from 1s to 366d, or 0 for off"
		ages    = "want durations from 1m to 14d, comma-separated, such as 1h,24h,14d, or 0 for none"
		path    = "want a file path"
		keyText = "want a key name of 1 to 128 ASCII characters without spaces"
		role    = "want role ARNs such as arn:aws:iam::123456789012:role/NAME, comma-separated"
		from    = "want now, beginning, an RFC 3339 time such as 2026-01-31T00:00:00Z, or a duration back such as 24h or 7d"
		to      = "want an RFC 3339 time or a duration back such as 24h, after start_from"
		link    = "want http(s)://host[:port][/path]"
		bucket  = "is no bucket name: want 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends"
		group   = "is no log group name: want up to 512 letters, digits and characters of ._-/#"
	)
	tests := map[string]struct {
		base values
		good []string
		bad  map[string]string // value to fault, without the key and the value
	}{
		"connector_name": {
			good: []string{"a", "Acme prod #1", strings.Repeat("x", 128)},
			bad: map[string]string{
				"café":                   "want 1 to 128 ASCII characters without control characters, unique in the process",
				"a\tb":                   "want 1 to 128 ASCII characters without control characters, unique in the process",
				strings.Repeat("x", 129): "want 1 to 128 ASCII characters without control characters, unique in the process",
			},
		},
		"tenant_name": {good: []string{"Ünï"}, bad: map[string]string{"a\x00b": "want text without control characters", "\xff": "want text without control characters"}},
		"tenant_id":   {good: []string{"42"}, bad: map[string]string{"a\nb": "want text without control characters"}},
		"auth_method": {
			good: []string{"default", "DEFAULT"},
			bad: map[string]string{
				"keys":       "want access_key, iam_role or default",
				"access_key": "needs access_key and secret_key, or access_key_file and secret_key_file",
				"iam_role":   "needs role_arn",
			},
		},
		"access_key":      {base: values{"secret_key": "s"}, good: []string{"AKIA", "minio"}, bad: map[string]string{"A KIA": "want an access key id, without spaces"}},
		"secret_key":      {base: values{"access_key": "a"}, good: []string{"wJalr/+="}, bad: map[string]string{"p\u00e4ss": "want a secret access key, without spaces"}},
		"session_token":   {base: values{"access_key": "a", "secret_key": "s"}, good: []string{"x=="}, bad: map[string]string{"a b": "want a session token, without spaces"}},
		"access_key_file": {base: values{"secret_key_file": "s"}, good: []string{"/run/secrets/a b"}, bad: map[string]string{"a\x00": path}},
		"secret_key_file": {base: values{"access_key_file": "a"}, good: []string{"rel/s"}, bad: map[string]string{"a\x07": path}},
		"role_arn": {
			good: []string{
				"arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam::123456789012:role/a/b/r", "arn:aws-us-gov:iam::123456789012:role/r",
				"arn:aws-iso-b:iam::123456789012:role/service-role/r+=@,x", "arn:aws:iam::123456789012:role/r , arn:aws:iam::210987654321:role/s",
			},
			bad: map[string]string{"arn:aws:iam::12345:role/r": role, "arn:aws:iam::123456789012:user/r": role, "role": role, "arn:gcp:iam::123456789012:role/r": role},
		},
		"external_id": {
			base: values{"role_arn": "arn:aws:iam::123456789012:role/r"}, good: []string{"ab", "a/b:c=d", strings.Repeat("e", 1224)},
			bad: map[string]string{"a": "want 2 to 1224 letters, digits and characters of _+=,.@:/-", "a b": "want 2 to 1224 letters, digits and characters of _+=,.@:/-"},
		},
		"role_session_name": {
			base: values{"role_arn": "arn:aws:iam::123456789012:role/r"}, good: []string{"me@here"},
			bad: map[string]string{"a:b": "want 2 to 64 letters, digits and characters of _+=,.@-"},
		},
		"region": {
			good: []string{"us-east-1", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "ap-southeast-7", "eusc-de-east-1"},
			bad: map[string]string{
				"us-east":   "want an AWS region such as us-east-1 (any name only together with endpoint_url)",
				"US-EAST-1": "want an AWS region such as us-east-1 (any name only together with endpoint_url)",
				"us east 1": "want an AWS region such as us-east-1",
			},
		},
		"endpoint_url": {
			base: values{"region": "garage"}, good: []string{"http://localhost:9000", "https://s3.example.com/base", "http://[::1]:80"},
			bad: map[string]string{"s3.example.com": link, "ftp://x": link, "http://x:0": "has no valid port", "http://x#f": link, "http://": link},
		},
		"ca_file":       {good: []string{"/etc/ca.pem"}, bad: map[string]string{"a\x01": path}},
		"use_fips":      {good: []string{"on", "OFF", "true", "False", "yes", "no"}, bad: map[string]string{"1": onOff, "enabled": onOff}},
		"use_dualstack": {good: []string{"on"}, bad: map[string]string{"2": onOff}},
		"s3_path_style": {good: []string{"on"}, bad: map[string]string{"path": onOff}},
		"interval": {
			good: []string{"5", "1", "30s", "5m", "2h", "7d", "1h30m", "366d"},
			bad:  map[string]string{"0": minutes, "-5": minutes, "5 m": minutes, "1.5h": minutes, "367d": minutes, "5w": minutes, "s": minutes, "99999999999999999999s": minutes, "9999999999999": minutes},
		},
		"start_from": {
			good: []string{"now", "beginning", "24h", "7d", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00.5+01:00"},
			bad:  map[string]string{"24": from, "2026-01-31": from, "Tomorrow": from, "0": from},
		},
		"end_at": {
			good: []string{"1h", "2026-11-22T00:00:00Z"},
			bad: map[string]string{
				"beginning": to, "now": to, "soon": to,
				"48h":                  "want a time after start_from, which is 24h0m0s",
				"2026-11-21T12:00:00Z": "want a time after start_from, which is 24h0m0s",
			},
		},
		"db":      {good: []string{"/var/lib/state.db"}, bad: map[string]string{"a\x00": path}},
		"workers": {good: []string{"1", "64"}, bad: map[string]string{"0": "want a whole number from 1 to 64", "65": "want a whole number from 1 to 64", "4.0": "want a whole number from 1 to 64"}},
		"mem_limit": {
			good: []string{"64M", "1000000", "1m", "1.5G", "64MB", "2000k"},
			bad: map[string]string{
				"512K": "want a size of at least 1M, such as 64M or 1G (powers of 1000, as Fluent Bit counts)",
				"64T":  "want a size of at least 1M, such as 64M or 1G (powers of 1000, as Fluent Bit counts)",
			},
		},
		"flatten_depth":   {good: []string{"1", "32"}, bad: map[string]string{"0": "want a whole number from 1 to 32", "33": "want a whole number from 1 to 32"}},
		"index_key":       {good: []string{"_index"}, bad: map[string]string{"a b": keyText, `a"b`: keyText}},
		"vendor_key":      {base: values{"index_key": "i"}, good: []string{"v"}, bad: map[string]string{"é": keyText, "i": "want another name than index_key's"}},
		"test_on_start":   {good: []string{"off", "Warn", "fail"}, bad: map[string]string{"on": "want off, warn or fail"}},
		"status_interval": {good: []string{"0", "0s", "1m"}, bad: map[string]string{"5": off0, "off": off0}},
		"lookback":        {good: []string{"6h", "720h"}, bad: map[string]string{"0": "want a duration from 1s to 366d, such as 6h or 30d", "10": "want a duration from 1s to 366d, such as 6h or 30d"}},
		"log_filter":      {good: []string{"a == b", ";"}, bad: map[string]string{strings.Repeat("a exists;", 11): "has 11 conditions: want at most 10"}},
		"sub_type":        {good: []string{"cloudtrail"}, bad: map[string]string{"flow": "want cloudtrail, vpcflow or waf"}},
		"bucket": {
			good: []string{
				"abc", "my.bucket-1", "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "obj-lambda--ol-s3",
				"arn:aws:s3:us-east-1:123456789012:accesspoint/ap1", "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint/ap1",
				"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/ap1",
			},
			bad: map[string]string{
				"ab": bucket, "-abc": bucket, "My": bucket, "a_b": bucket,
				"a..b":              "is no bucket name: it holds two dots in a row",
				"192.168.0.1":       "is no bucket name: it is written like an IP address",
				"xn--abc":           "is no bucket name: it begins with a reserved prefix",
				"b--usw2-az1--x-s3": "is a directory bucket, which does not list its keys in order: want a general purpose bucket",
				"b--table-s3":       "is a table bucket: want a general purpose bucket",
				"b/logs":            "holds a slash: want the bucket's name alone, its path belongs to prefix",
				"arn:aws:s3:::b":    "is no access point's ARN: want arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, or a bucket's name instead of its ARN",
			},
		},
		"prefix": {
			good: []string{"o/AWSLogs/o-x/*/CloudTrail/*", "x"},
			bad:  map[string]string{"AWSLogs/": `ends with "/": remove it`},
		},
		"file_type": {good: []string{"gzip"}, bad: map[string]string{"text": "want gzip: AWS writes nothing else for sub_type cloudtrail", "zip": "want gzip or text; gzip for cloudtrail and vpcflow"}},
		"sqs_queue_url": {
			good: []string{"https://sqs.us-east-1.amazonaws.com/123456789012/my-queue_1", "http://localhost:4566/000000000000/q"},
			bad:  map[string]string{"https://sqs.us-east-1.amazonaws.com/q": "want http(s)://host/ACCOUNT/QUEUE", "arn:aws:sqs:us-east-1:123456789012:q": "want http(s)://host/ACCOUNT/QUEUE"},
		},
		"reconcile_interval":    {good: []string{"0", "1h"}, bad: map[string]string{"1": off0, "500d": off0}},
		"request_payer":         {good: []string{"on"}, bad: map[string]string{"requester": onOff}},
		"expected_bucket_owner": {good: []string{"012345678901"}, bad: map[string]string{"12345": "want an account id of 12 digits"}},
		"verify_digests":        {base: values{"prefix": "AWSLogs/1/CloudTrail/us-east-1"}, good: []string{"on"}, bad: map[string]string{"y": "want on or off; on for sub_type cloudtrail only"}},
		"digest_keys_file":      {base: values{"verify_digests": "on", "prefix": "AWSLogs/1/CloudTrail/us-east-1"}, good: []string{"/etc/keys.json"}, bad: map[string]string{"a\x01": "want a file path; with verify_digests on"}},
		"log_groups": {
			good: []string{"a", "a,b", "/aws/*", "*", "arn:aws:logs:us-east-1:123456789012:log-group:x", "arn:aws:logs:us-east-1:123456789012:log-group:*"},
			bad: map[string]string{
				"a*b": `has "*" elsewhere than at its end`, "a b": group, "a,,b": "has an empty item: remove a comma", "a,a": "is listed twice",
				"arn:aws:logs:us-east-1:1:log-group:x":             "is no log group's ARN: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME",
				"arn:aws:logs:eu-west-1:123456789012:log-group:x*": "is in region eu-west-1, the connector's is us-east-1",
			},
		},
		"log_streams":     {good: []string{"eni-1-all", "kube-*,x/y[$LATEST]z"}, bad: map[string]string{"a:b": "is no log stream name: want up to 512 characters without colons", "*a": `has "*" elsewhere than at its end`}},
		"sweep_ages":      {good: []string{"0", "1m", "90m, 14d", "14d,1h,24h"}, bad: map[string]string{"15d": ages, "30s": ages, "off": ages, "24": ages, "1h,60m": "is listed twice", "1h,,2h": "has an empty item: remove a comma"}},
		"vpc_flow_logs":   {good: []string{"on"}, bad: map[string]string{"v2": onOff}},
		"vpc_flow_format": {base: values{"sub_type": "vpcflow", "prefix": "firehose/flows"}, good: []string{"version srcaddr", "${tgw-id}"}, bad: map[string]string{"version,srcaddr": "is no field name: want such as account-id or ${account-id}", "start start": "is listed twice"}},
		"parse_json":      {good: []string{"on"}, bad: map[string]string{"t": onOff}},
	}
	for _, k := range Keys() {
		test, ok := tests[k.Name]
		if !ok && k.Name != "connector" && k.Name != "proxy_uri" { // these have tests of their own
			t.Errorf("key %s has no test", k.Name)
		}
		base := minimalS3
		if k.Connector == CloudWatch {
			base = minimalLogs
		}
		base = base.with(test.base)
		for _, v := range test.good {
			if _, err := parseAt(base.with(values{k.Name: v}), testNow); err != nil {
				t.Errorf("%s %q: %v", k.Name, v, err)
			}
		}
		for v, want := range test.bad {
			_, err := parseAt(base.with(values{k.Name: v}), testNow)
			var faults Errors
			if !errors.As(err, &faults) {
				t.Errorf("%s %q is taken", k.Name, v)
				continue
			}
			if !slices.ContainsFunc(faults, func(e *Error) bool { return e.Key == k.Name && e.Reason == want }) {
				t.Errorf("%s %q: got %v, want %s", k.Name, v, err, want)
			}
		}
	}
}

func TestConnectorIsOneOfTwo(t *testing.T) {
	_, err := parseAt(minimalS3.with(values{"connector": "s3", "log_groups": "g"}), testNow)
	if err == nil || err.Error() != `connector "s3": want cloudtrail or cloudwatch` {
		t.Errorf("got %v", err)
	}
}

func TestKeysAreWellFormed(t *testing.T) {
	// Names that the host keeps to itself, so that no plugin ever reads them.
	host := regexp.MustCompile(`^(tag|log_level|log_suppress_interval|routable|alias|mem_buf_limit|listen|host|port|ipv6|threaded|routes|processors|telemetry|rate_.*|tls.*|net\..*|oauth2.*|storage\..*|thread\..*)$`)
	seen := map[string]bool{}
	for _, k := range Keys() {
		if host.MatchString(k.Name) || !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(k.Name) {
			t.Errorf("%s cannot be a plugin's key", k.Name)
		}
		if seen[k.Name] {
			t.Errorf("%s is there twice", k.Name)
		}
		seen[k.Name] = true
		if k.Allowed == "" || k.Description == "" || k.set == nil {
			t.Errorf("%s lacks a text or its setter", k.Name)
		}
	}
}

// Every key of the design's table is a key here, and any other is one of those
// that this project added on purpose: a key that came or went by accident is
// neither.
func TestKeysAreThoseOfTheDesign(t *testing.T) {
	doc, err := os.ReadFile("../../../shared/design/product.md")
	if err != nil {
		t.Skipf("design documents are not here: %v", err)
	}
	table, _, ok := strings.Cut(string(doc), "\n`STELLAR_AWS_TEST=1")
	if _, table, _ = strings.Cut(table, "\n| key |"); !ok || table == "" {
		t.Fatal("no key table in product.md")
	}
	documented := []string{"flatten_depth"} // in the record format's document
	added := []string{
		"digest_keys_file", // verify_digests where ListPublicKeys is not permitted
		"sweep_ages",       // the ages of the sweeps for late events
	}
	name := regexp.MustCompile(`^[a-z0-9_]+$`)
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		if _, after, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cell), "**"), "** "); found {
			cell = after
		}
		for n := range strings.SplitSeq(cell, ",") {
			if n = strings.TrimSpace(n); name.MatchString(n) {
				documented = append(documented, n)
			}
		}
	}
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	for _, name := range documented {
		if !slices.Contains(names, name) {
			t.Errorf("%s is in the design and no key", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(documented, name) && !slices.Contains(added, name) {
			t.Errorf("%s is a key and in neither the design nor the list of those added", name)
		}
	}
}
