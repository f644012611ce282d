package config

import (
	"strings"
	"testing"
)

func TestRulesAcrossKeys(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/r"
	tests := map[string]struct {
		section values
		want    string // "" for no fault
	}{
		"keys":           {minimalS3.with(values{"access_key": "a", "secret_key": "s"}), ""},
		"keys and role":  {minimalS3.with(values{"access_key": "a", "secret_key": "s", "role_arn": role}), ""},
		"role alone":     {minimalS3.with(values{"role_arn": role, "auth_method": "iam_role"}), ""},
		"key alone":      {minimalS3.with(values{"secret_key": "s"}), "secret_key: needs access_key"},
		"key file alone": {minimalS3.with(values{"access_key_file": "s"}), "access_key_file: needs secret_key_file"},
		"token alone":    {minimalS3.with(values{"session_token": "s"}), "session_token: needs access_key"},
		"id alone":       {minimalS3.with(values{"external_id": "id"}), "external_id: needs role_arn"},
		"session alone":  {minimalS3.with(values{"role_session_name": "id"}), "role_session_name: needs role_arn"},
		"keys and files": {
			minimalS3.with(values{"access_key": "a", "secret_key": "s", "access_key_file": "f", "secret_key_file": "g"}),
			"access_key_file: cannot be set together with access_key: want the keys themselves or files that hold them\n" +
				"secret_key_file: cannot be set together with secret_key: want the keys themselves or files that hold them",
		},
		"default with keys": {
			minimalS3.with(values{"auth_method": "default", "access_key": "a", "secret_key": "s"}),
			`auth_method "default": uses no keys of the section: remove them, or set access_key or iam_role`,
		},
		"access_key with role": {
			minimalS3.with(values{"auth_method": "access_key", "access_key": "a", "secret_key": "s", "role_arn": role}),
			`auth_method "access_key": assumes no role: set iam_role, or remove role_arn`,
		},
		"second role at fault": {
			minimalS3.with(values{"role_arn": role + ", arn:aws:iam::1:role/x"}),
			`role_arn "arn:aws:iam::1:role/x": want role ARNs such as arn:aws:iam::123456789012:role/NAME, comma-separated`,
		},
		"fips at an endpoint": {
			minimalS3.with(values{"use_fips": "on", "use_dualstack": "on", "endpoint_url": "https://x"}),
			"use_fips \"on\": cannot be used together with endpoint_url: name the FIPS endpoint there\n" +
				"use_dualstack \"on\": cannot be used together with endpoint_url: name the dual-stack endpoint there",
		},
		"path style of an access point": {
			minimalS3.with(values{"s3_path_style": "on", "bucket": "arn:aws:s3:us-east-1:123456789012:accesspoint/ap1"}),
			`s3_path_style "on": cannot be used with an access point's ARN`,
		},
		"queue of an access point": {
			minimalS3.with(values{"sqs_queue_url": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "bucket": "ap1-abc-s3alias"}),
			`bucket "ap1-abc-s3alias": want the bucket's own name together with sqs_queue_url: notifications name the bucket, not its access points`,
		},
		"backfill from a queue": {
			minimalS3.with(values{"sqs_queue_url": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "end_at": "1h"}),
			"sqs_queue_url: cannot be set together with end_at: a queue tells of new objects, a backfill reads old ones; give the backfill a section of its own",
		},

		"text of waf":     {minimalS3.with(values{"sub_type": "waf", "prefix": "w", "file_type": "text"}), ""},
		"text of vpcflow": {minimalS3.with(values{"sub_type": "vpcflow", "prefix": "w", "file_type": "text"}), `file_type "text": want gzip: AWS writes nothing else for sub_type vpcflow`},
		"digests of waf":  {minimalS3.with(values{"sub_type": "waf", "prefix": "w", "verify_digests": "on"}), `verify_digests "on": want off: there are no digest files for sub_type waf`},
		"digests of a folder of one's own": {
			minimalS3.with(values{"prefix": "my/trail", "verify_digests": "on"}),
			`verify_digests "on": want off, or a prefix with AWSLogs in it: the digest files lie beside the logs there`,
		},
		"keys without digests": {minimalS3.with(values{"digest_keys_file": "k"}), `digest_keys_file "k": needs verify_digests on`},
		"prefix of another sub type, and more": {
			minimalS3.with(values{"sub_type": "vpcflow", "prefix": "/AWSLogs/1/CloudTrail/x*"}),
			"prefix \"/AWSLogs/1/CloudTrail/x*\": begins with \"/\": remove it, keys in S3 do not begin with a slash\n" +
				"prefix \"/AWSLogs/1/CloudTrail/x*\": has \"*\" inside the segment \"x*\": it stands for a whole segment only\n" +
				"prefix \"/AWSLogs/1/CloudTrail/x*\": leads to CloudTrail, which sub_type cloudtrail reads, not vpcflow",
		},
		"keys of S3 in CloudWatch": {
			minimalLogs.with(values{"bucket": "b", "file_type": "gzip"}),
			"bucket \"b\": is a key of connector cloudtrail, this section's is cloudwatch\n" +
				"file_type \"gzip\": is a key of connector cloudtrail, this section's is cloudwatch",
		},
		"streams of two groups":    {minimalLogs.with(values{"log_groups": "a,b", "log_streams": "s"}), `log_streams "s": want exactly one log group, without *, in log_groups`},
		"streams of a prefix":      {minimalLogs.with(values{"log_groups": "a*", "log_streams": "s,t"}), `log_streams "s,t": want exactly one log group, without *, in log_groups`},
		"no region":                {minimalLogs.with(values{"region": ""}), "region: is missing: want the AWS region of the log groups"},
		"format without flow logs": {minimalLogs.with(values{"vpc_flow_format": "version"}), "vpc_flow_format: needs vpc_flow_logs on"},
		"format of a trail":        {minimalS3.with(values{"vpc_flow_format": "version"}), "vpc_flow_format: needs sub_type vpcflow"},
		"format of flow logs":      {minimalS3.with(values{"sub_type": "vpcflow", "prefix": "firehose/flows", "vpc_flow_format": "version srcaddr"}), ""},
		"empty range":              {minimalS3.with(values{"start_from": "2026-01-02T00:00:00Z", "end_at": "2026-01-02T00:00:00Z"}), `end_at "2026-01-02T00:00:00Z": want a time after start_from, which is 2026-01-02T00:00:00Z`},
		"range from the beginning": {minimalS3.with(values{"start_from": "beginning", "end_at": "2020-01-02T00:00:00Z"}), ""},
		"keys of one name":         {minimalS3.with(values{"index_key": "k", "vendor_key": "k"}), `vendor_key "k": want another name than index_key's`},
		"keys of standard names": {
			minimalS3.with(values{"index_key": "timestamp", "vendor_key": "srcip"}),
			"index_key \"timestamp\": is the name of a standard field: want another\n" +
				"vendor_key \"srcip\": is the name of a standard field: want another",
		},
		"key of CloudWatch's record": {minimalLogs.with(values{"vendor_key": "aws_cloudwatch"}), `vendor_key "aws_cloudwatch": is the name of a standard field: want another`},
		"keys of other names":        {minimalS3.with(values{"index_key": "Timestamp", "vendor_key": "vendor"}), ""},
		"prefix of no sub_type":      {minimalS3.with(values{"sub_type": "trail", "prefix": "AWSLogs/1/CloudTrail/r/"}), "sub_type \"trail\": want cloudtrail, vpcflow or waf\nprefix \"AWSLogs/1/CloudTrail/r/\": ends with \"/\": remove it"},
		"fault hidden by a fault":    {minimalS3.with(values{"start_from": "x", "end_at": "48h", "workers": " 5 "}), "start_from \"x\": want now, beginning, an RFC 3339 time such as 2026-01-31T00:00:00Z, or a duration back such as 24h or 7d"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseAt(test.section, testNow)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestAuthMethodByWhatIsSet(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/r"
	for want, more := range map[AuthMethod]values{
		AuthDefault:   {},
		AuthAccessKey: {"access_key_file": "a", "secret_key_file": "b"},
		AuthIAMRole:   {"access_key": "a", "secret_key": "b", "role_arn": role},
	} {
		c, err := parseAt(minimalS3.with(more), testNow)
		if err != nil || c.Auth.Method != want {
			t.Errorf("%v: method %q, %v", more, c.Auth.Method, err)
		}
	}
}

func TestProxy(t *testing.T) {
	for _, good := range []string{"http://proxy:3128", "https://user:pa%2Fss@10.0.0.1:8080/", "http://[::1]:3128"} {
		if _, err := parseAt(minimalS3.with(values{"proxy_uri": good}), testNow); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"proxy:3128", "http://hunter2@proxy", "http://u:hunter2/x@proxy:80", "socks5://u:hunter2@p:1", "http://u:hunter2@p:99999", "http://u:hunter2@p:80/x?y", "http://u:hunter2%zz@p:80"} {
		_, err := parseAt(minimalS3.with(values{"proxy_uri": bad}), testNow)
		if err == nil || !strings.HasPrefix(err.Error(), `proxy_uri "[redacted]": `) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
