package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// values is a section as the host would give it.
type values map[string]string

func (v values) Get(key string) string { return v[key] }

// with is v with more keys; an empty value takes a key away.
func (v values) with(more values) values {
	all := values{}
	for _, m := range []values{v, more} {
		for k, s := range m {
			all[k] = s
		}
	}
	return all
}

var (
	testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	minimalS3 = values{
		"connector": "cloudtrail", "connector_name": "trail", "sub_type": "cloudtrail",
		"bucket": "my-bucket", "prefix": "AWSLogs/123456789012/CloudTrail/us-east-1",
	}
	minimalLogs = values{
		"connector": "cloudwatch", "connector_name": "logs", "region": "us-east-1", "log_groups": "/aws/eks/a/cluster",
	}
)

func TestParseDefaults(t *testing.T) {
	want := Default()
	want.Connector, want.Name = CloudTrail, "trail"
	want.Auth.Method = AuthDefault
	want.S3.SubType = SubTypeCloudTrail
	want.S3.Bucket, want.S3.Prefix = "my-bucket", "AWSLogs/123456789012/CloudTrail/us-east-1"
	got, err := parseAt(minimalS3, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// The table's Default texts must mean what Default says.
func TestDefaultsOfTableAreDefault(t *testing.T) {
	set := minimalS3
	for _, k := range Keys() {
		if k.Default != "" && k.Connector != CloudWatch && !strings.ContainsAny(k.Default, " <") {
			set = set.with(values{k.Name: k.Default})
		}
	}
	if len(set) < len(minimalS3)+10 {
		t.Fatalf("only %d keys set", len(set))
	}
	got, err := parseAt(set, testNow)
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseAt(minimalS3, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestParseEveryKey(t *testing.T) {
	s3, err := parseAt(minimalS3.with(values{
		"tenant_name": "Ténant", "tenant_id": "t-1",
		"access_key": "AKIAEXAMPLE", "secret_key": "shh", "session_token": "tok",
		"role_arn":    "arn:aws:iam::123456789012:role/a,b, arn:aws-us-gov:iam::210987654321:role/path/c",
		"external_id": "ext:1", "role_session_name": "me@here", "auth_method": "IAM_Role",
		"region": "us-gov-west-1", "proxy_uri": "http://u:p@proxy:3128", "ca_file": "/ca.pem",
		"use_fips": "Yes", "use_dualstack": "on",
		"interval": "30s", "start_from": "beginning", "db": "/var/lib/x.db", "workers": "64",
		"mem_limit": "1.5G", "sub_type": "WAF", "file_type": "text", "lookback": "30d",
		"prefix":                "CustomPrefix/year=///YYYY///month=///mm///day=///dd//",
		"sqs_queue_url":         "https://sqs.us-east-1.amazonaws.com/123456789012/q.fifo",
		"reconcile_interval":    "0",
		"request_payer":         "on",
		"bucket":                "mine",
		"verify_digests":        "off",
		"test_on_start":         "fail",
		"status_interval":       "1m",
		"log_filter":            "a.b == c",
		"index_key":             "idx",
		"vendor_key":            "vendor",
		"flatten_depth":         "32",
		"expected_bucket_owner": "123456789012",
	}), testNow)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	check("tenant", [2]string{s3.TenantName, s3.TenantID}, [2]string{"Ténant", "t-1"})
	check("auth", s3.Auth, Auth{
		Method: AuthIAMRole, AccessKey: "AKIAEXAMPLE", SecretKey: "shh", SessionToken: "tok",
		RoleARNs:   []string{"arn:aws:iam::123456789012:role/a,b", "arn:aws-us-gov:iam::210987654321:role/path/c"},
		ExternalID: "ext:1", RoleSessionName: "me@here",
	})
	check("network", s3.Network, Network{ProxyURI: "http://u:p@proxy:3128", CAFile: "/ca.pem", UseFIPS: true, UseDualStack: true})
	check("times", [2]any{s3.Interval, s3.StartFrom}, [2]any{30 * time.Second, StartBeginning()})
	check("limits", [3]any{s3.Workers, s3.MemLimit, s3.DB}, [3]any{64, int64(1_500_000_000), "/var/lib/x.db"})
	check("s3", s3.S3, S3{
		SubType: SubTypeWAF, Bucket: "mine",
		Prefix: "CustomPrefix/year=///YYYY///month=///mm///day=///dd//", FileType: FileText, Lookback: 720 * time.Hour,
		SQSQueueURL: "https://sqs.us-east-1.amazonaws.com/123456789012/q.fifo", RequestPayer: true, ExpectedBucketOwner: "123456789012",
	})
	check("health", s3.Health, Health{TestOnStart: TestFail, StatusInterval: time.Minute})
	check("record", [3]any{s3.IndexKey, s3.VendorKey, s3.FlattenDepth}, [3]any{"idx", "vendor", 32})
	check("filter", len(s3.LogFilter), 1)

	logs, err := parseAt(minimalLogs.with(values{
		"log_groups": "arn:aws:logs:us-east-1:123456789012:log-group:/a/b:*", "log_streams": "one, two*",
		"vpc_flow_logs": "on", "vpc_flow_format": "${version} account-id", "lookback": "90s", "sweep_ages": "14d, 90m", "parse_json": "on",
		"access_key_file": "/run/secrets/a", "secret_key_file": "/run/secrets/s", "end_at": "2h",
	}), testNow)
	if err != nil {
		t.Fatal(err)
	}
	check("logs", logs.Logs, Logs{
		Groups: []string{"arn:aws:logs:us-east-1:123456789012:log-group:/a/b"}, Streams: []string{"one", "two*"},
		VPCFlow: true, Lookback: 90 * time.Second, SweepAges: []time.Duration{90 * time.Minute, 14 * 24 * time.Hour}, ParseJSON: true,
	})
	check("format", logs.VPCFlowFormat, []string{"version", "account-id"})
	check("end", logs.EndAt, StartBack(2*time.Hour))
	check("lookback of s3", logs.S3.Lookback, 6*time.Hour)
	check("method", logs.Auth.Method, AuthAccessKey)
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := parseAt(values{
		"connector": "cloudtrail", "sub_type": "vpc", "bucket": "My_Bucket", "workers": "65", "log_groups": "g",
		"access_key": "AKIAEXAMPLE", "use_fips": "maybe", "log_filter": "a ~ b; c <; d == e",
	}, testNow)
	var faults Errors
	if !errors.As(err, &faults) {
		t.Fatalf("error is %T", err)
	}
	want := `connector_name: is missing: want 1 to 128 ASCII characters without control characters, unique in the process
workers "65": want a whole number from 1 to 64
access_key: needs secret_key
use_fips "maybe": want on or off
sub_type "vpc": want cloudtrail, vpcflow or waf
bucket "My_Bucket": is no bucket name: want 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends
prefix: is missing: want a path without a slash at either end, * for a whole segment, date variables such as //YYYY// for waf
log_groups "g": is a key of connector cloudwatch, this section's is cloudtrail
log_filter "a ~ b": want one of == != <= >= < > contains starts_with ends_with matches in exists not_exists after the field
log_filter "c <": < needs a value: write "" for the empty text`
	if err.Error() != want {
		t.Errorf("got:\n%s\nwant:\n%s", err, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Key != "connector_name" {
		t.Errorf("first fault is %v", one)
	}
}

func TestParseNothing(t *testing.T) {
	_, err := Parse(values{})
	for _, key := range []string{"connector", "connector_name"} {
		if err == nil || !strings.Contains(err.Error(), key+": is missing") {
			t.Errorf("%s is not missed: %v", key, err)
		}
	}
}
