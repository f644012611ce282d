package policy_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/policy"
)

var update = flag.Bool("update", false, "write the expected policies")

// section is the keys of a section.
type section map[string]string

func (s section) Get(key string) string { return s[key] }

// secret must be in no policy.
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

func trail(more section) section {
	return merged(section{"connector": "cloudtrail", "sub_type": "cloudtrail", "bucket": "trail", "prefix": "AWSLogs/111122223333/CloudTrail/us-east-1"}, more)
}

func groups(more section) section {
	return merged(section{"connector": "cloudwatch", "region": "us-east-1", "log_groups": "app"}, more)
}

func merged(a, b section) section {
	all := section{"connector_name": "c", "access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": secret}
	for _, s := range []section{a, b} {
		for k, v := range s {
			all[k] = v
		}
	}
	return all
}

var tests = map[string]section{
	"trail":         trail(nil),
	"trail_region":  trail(section{"region": "eu-west-1"}),
	"organisation":  trail(section{"prefix": "o-abc123/AWSLogs/o-abc123/*/CloudTrail/*"}),
	"digests":       trail(section{"verify_digests": "on"}),
	"role":          trail(section{"role_arn": "arn:aws:iam::444455556666:role/reader", "external_id": "ext-4711"}),
	"role_chain":    trail(section{"role_arn": "arn:aws:iam::111122223333:role/hop,arn:aws:iam::444455556666:role/reader"}),
	"govcloud_role": trail(section{"role_arn": "arn:aws-us-gov:iam::444455556666:role/reader"}),
	"china":         trail(section{"region": "cn-north-1", "prefix": "AWSLogs/111122223333/CloudTrail/cn-north-1"}),
	"queue":         trail(section{"sqs_queue_url": "https://sqs.eu-central-1.amazonaws.com/111122223333/trail-events"}),
	"queue_private": trail(section{"sqs_queue_url": "http://queue.internal:9324/111122223333/trail-events"}),
	"access_point":  trail(section{"bucket": "arn:aws:s3:us-west-2:111122223333:accesspoint/logs"}),
	"alias":         trail(section{"bucket": "logs-abcdefgh1234-s3alias"}),
	"vpcflow":       trail(section{"sub_type": "vpcflow", "prefix": "flow/AWSLogs/*/vpcflowlogs/*"}),
	"waf_variables": trail(section{"sub_type": "waf", "prefix": "waf/year=///YYYY///month=///mm///day=///dd//"}),

	"group":          groups(nil),
	"group_prefixes": groups(section{"log_groups": "/aws/eks/*,aws-waf-logs-*,app"}),
	"group_linked":   groups(section{"log_groups": "arn:aws:logs:us-east-1:444455556666:log-group:/aws/*,own"}),
	"group_gov_role": groups(section{"region": "us-gov-west-1", "role_arn": "arn:aws-us-gov:iam::444455556666:role/reader", "log_groups": "a*,b"}),
	"group_streams":  groups(section{"log_streams": "web-*"}),
}

// TestPolicies compares each configuration's policies with the expected ones.
func TestPolicies(t *testing.T) {
	for name, keys := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse(keys)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(policy.For(c), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(want)) != string(got) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(string(got), secret) || strings.Contains(string(got), "AKIAIOSFODNN7EXAMPLE") || strings.Contains(string(got), "ext-4711") {
				t.Error("it holds a key or the external id")
			}
		})
	}
}

// TestGrammar holds what AWS's grammar asks of every policy.
func TestGrammar(t *testing.T) {
	for name, keys := range tests {
		c, err := config.Parse(keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range policy.For(c) {
			if g.To == "" || g.Document.Version != "2012-10-17" || len(g.Document.Statement) == 0 {
				t.Errorf("%s: %+v", name, g)
			}
			for _, s := range g.Document.Statement {
				if s.Effect != "Allow" || len(s.Action) == 0 || len(s.Resource) == 0 {
					t.Errorf("%s: %s", name, s)
				}
				for _, r := range s.Resource {
					if r != "*" && strings.Count(r, ":") < 5 {
						t.Errorf("%s: no ARN: %s", name, r)
					}
					if r == "*" && s.Condition == nil && s.Action[0] != "cloudtrail:ListPublicKeys" { // which knows no resources
						t.Errorf("%s: everything, without a condition: %s", name, s)
					}
				}
			}
			if !json.Valid([]byte(g.Document.Text())) {
				t.Errorf("%s: no JSON: %s", name, g.Document.Text())
			}
		}
	}
}
