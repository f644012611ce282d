package source

import (
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

func TestCompile(t *testing.T) {
	const ct, flow, waf = config.SubTypeCloudTrail, config.SubTypeVPCFlow, config.SubTypeWAF
	tests := []struct {
		sub          config.SubType
		prefix, want string // the segments, or what the error says after "!"
	}{
		{ct, "AWSLogs/111122223333/CloudTrail/us-east-1", "AWSLogs/111122223333/CloudTrail/us-east-1"},
		{ct, "my/own/AWSLogs/o-a1b2/*/CloudTrail/*", "my/own/AWSLogs/o-a1b2/*/CloudTrail/*"},
		{ct, "AWSLogs/111122223333", "AWSLogs/111122223333/CloudTrail/*"},
		{ct, "AWSLogs", "AWSLogs/*/CloudTrail/*"},
		{ct, "o-a1b2/AWSLogs/o-a1b2/*", "o-a1b2/AWSLogs/o-a1b2/*/CloudTrail/*"},
		{ct, "AWSLogs/ou-a1b2-c3d4e5f6", "AWSLogs/ou-a1b2-c3d4e5f6/*/CloudTrail/*"},
		{ct, "AWSLogs/ou-a1b2-c3d4e5f6/111122223333", "AWSLogs/ou-a1b2-c3d4e5f6/111122223333/CloudTrail/*"},
		{ct, "o-a1b2/AWSLogs/o-a1b2", "o-a1b2/AWSLogs/o-a1b2/*/CloudTrail/*"},
		{ct, "o-a1b2/AWSLogs/*/CloudTrail/*", "o-a1b2/AWSLogs/*/CloudTrail/*"}, // Control Tower before landing zone 3.0
		{ct, "AWSLogs/1/CloudTrail-Insight/eu-west-1", "AWSLogs/1/CloudTrail-Insight/eu-west-1"},
		{ct, "AWSLogs/AWSLogs/1/CloudTrail", "AWSLogs/AWSLogs/1/CloudTrail/*"},
		{ct, "AWSLogs/1/CloudTrail/us-east-1/2026", `!goes on below "us-east-1"`},
		{ct, "AWSLogs/a/b/c/CloudTrail", "!want AWSLogs/ACCOUNT/CloudTrail"},
		{ct, "AWSLogs/CloudTrail/us-east-1", "!want AWSLogs/ACCOUNT/CloudTrail"},
		{flow, "AWSLogs/1/vpcflowlogs/us-east-1", "AWSLogs/1/vpcflowlogs/us-east-1"},
		{flow, "AWSLogs/aws-account-id=1", "AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/*"},
		{flow, "AWSLogs/aws-account-id=1/service=vpcflowlogs/*", "AWSLogs/aws-account-id=1/service=vpcflowlogs/*"},
		{waf, "AWSLogs/1/WAFLogs", "AWSLogs/1/WAFLogs/*/*"},
		{waf, "AWSLogs/1/WAFLogs/cloudfront/acl", "AWSLogs/1/WAFLogs/cloudfront/acl"},
		{waf, "a/b=///YYYY//", "a"},
		{waf, "a//b", "!"},
		{waf, "a///YYYY/////dd//", "!leave out the month"},
		{waf, "//mm//", "!leave out the year"},
		{waf, "//YYYY////m////d//", "!needs a separator"},
		{waf, "//YYYY//-//m//0//d//", "!needs a separator"}, // 110…: the 11th month or the first
		{waf, "//YYYY///*", `!"*" below`},
		{"guardduty", "a", "!unknown sub type"},
	}
	for _, tt := range tests {
		l, err := Compile(tt.sub, tt.prefix)
		if want, isError := strings.CutPrefix(tt.want, "!"); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Compile(%q) = %v, want an error with %q", tt.prefix, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("Compile(%q): %v", tt.prefix, err)
			continue
		}
		if got := strings.Join(l.segments, "/"); got != tt.want {
			t.Errorf("Compile(%q) has segments %q, want %q", tt.prefix, got, tt.want)
		}
	}
}

func TestParseKey(t *testing.T) {
	const ct, flow, waf = config.SubTypeCloudTrail, config.SubTypeVPCFlow, config.SubTypeWAF
	at := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h, m, 0, 0, time.UTC) }
	dayEnd := at(23, 0, 0).Add(-time.Second)
	tests := []struct {
		sub         config.SubType
		prefix, key string // the key follows the prefix, without its slash
		kind        Kind
		family      string // follows the prefix too; "!" is a key that is not ours
		time        time.Time
	}{
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/1_CloudTrail_eu_20261122T1205Z_abcDEF.json.gz", KindCloudTrail, "1_CloudTrail_eu_", at(22, 12, 5)},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/1_CloudTrail_eu_20261122T1205ZabcDEF.json.gz", KindCloudTrail, "1_CloudTrail_eu_", at(22, 12, 5)},
		{ct, "AWSLogs/1/CloudTrail-Insight/eu", "2026/11/22/1_CloudTrail-Insight_eu_20261122T1205Z_a.json.gz", KindCloudTrailInsight, "1_CloudTrail-Insight_eu_", at(22, 12, 5)},
		{ct, "AWSLogs/1/CloudTrail-NetworkActivity/eu", "2026/11/22/1_CloudTrail-NetworkActivity_eu_20261122T1205Z_a.json.gz", KindCloudTrailNetworkActivity, "1_CloudTrail-NetworkActivity_eu_", at(22, 12, 5)},
		{ct, "AWSLogs/1/CloudTrail-Aggregated/eu", "2026/11/22/1_CloudTrail-Aggregated_eu_20261122T1205Z_a.json.gz", KindCloudTrailAggregated, "1_CloudTrail-Aggregated_eu_", at(22, 12, 5)},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/1_CloudTrail-Digest_eu_my_trail_eu_20261122T120501Z.json.gz", KindCloudTrailDigest, "!", time.Time{}},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/1_vpcflowlogs_eu_fl-1_20261122T1205Z_a.log.gz", KindVPCFlow, "!", time.Time{}},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/copied.json.gz", KindOther, "", dayEnd},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/1_CloudTrail_eu_20261322T1205Z_a.json.gz", KindCloudTrail, "", dayEnd},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/deeper/1_CloudTrail_eu_20261122T1205Z_a.json.gz", KindOther, "!", time.Time{}},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/02/30/x.json.gz", KindOther, "!", time.Time{}},
		{ct, "AWSLogs/1/CloudTrail/eu", "2026/11/22/", KindOther, "!", time.Time{}},
		{ct, "AWSLogs/1/CloudTrail/eu", "readme", KindOther, "!", time.Time{}},
		{flow, "AWSLogs/1/vpcflowlogs/eu", "2026/11/22/12/1_vpcflowlogs_eu_fl-0a_20261122T1205Z_a.log.parquet", KindVPCFlow, "1_vpcflowlogs_eu_fl-0a_", at(22, 12, 5)},
		{flow, "AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/aws-region=eu", "year=2026/month=11/day=22/hour=12/1_vpcflowlogs_eu_fl-0a_20261122T1205Z_a.log.gz", KindVPCFlow, "1_vpcflowlogs_eu_fl-0a_", at(22, 12, 5)},
		{waf, "AWSLogs/1/WAFLogs/eu/my_2_acl", "2026/11/22/12/05/1_waflogs_eu_my_2_acl_20261122T1205Z_a.log.gz", KindWAF, "1_waflogs_eu_my_2_acl_", at(22, 12, 5)},
		{waf, "fire", "2026/11/22/12/aws-waf-logs-x-1-2026-11-22-12-05-00-7d3c", KindOther, "", at(22, 13, 0).Add(-time.Second)},
		{waf, "fire", "undated", KindOther, "!", time.Time{}},
		{waf, "mine", "1_waflogs_eu_acl_20261122T1205Z_a.log", KindWAF, "1_waflogs_eu_acl_", at(22, 12, 5)},
	}
	for _, tt := range tests {
		l, err := Compile(tt.sub, tt.prefix)
		if err != nil {
			t.Fatal(err)
		}
		k, ok := l.Parse(tt.prefix + "/" + tt.key)
		if tt.family == "!" {
			if ok {
				t.Errorf("%s was taken for ours: %+v", tt.key, k)
			}
			continue
		}
		if !ok {
			t.Errorf("%s was not taken for ours", tt.key)
			continue
		}
		if k.Kind != tt.kind || k.Family() != tt.prefix+"/"+tt.family || !k.Time().Equal(tt.time) || k.Ordered != (tt.family != "") {
			t.Errorf("%s: kind %q, family %q, time %v, ordered %v", tt.key, k.Kind, k.Family(), k.Time(), k.Ordered)
		}
	}
	l, err := Compile(ct, "AWSLogs/*/CloudTrail/us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", "AWSLogs", "AWSLogs/1/Config/x", "AWSLogs//CloudTrail/us-east-1/2026/11/22/a", "AWSLogs/1/CloudTrail/us-east-1", "other/1/CloudTrail/us-east-1/2026/11/22/a"} {
		if _, ok := l.Parse(key); ok {
			t.Errorf("%q was taken for ours", key)
		}
	}
}

func TestPattern(t *testing.T) {
	tests := []struct {
		prefix string
		text   string // at 2026-02-03 04:05
		sorted bool
		end    string
	}{
		{"x/year=///YYYY///month=///mm///day=///dd//", "year=2026/month=02/day=03/", true, "2026-02-04 00:00:00"},
		{"x/CustomPrefix///YYYY//", "2026/", true, "2027-01-01 00:00:00"},
		{"x///YYYY////mm//", "202602/", true, "2026-03-01 00:00:00"},
		{"x///YYYY///-m//m//", "2026/-m2/", false, "2026-03-01 00:00:00"},
		{"x///YYYY/////m/////d/////H/////M//", "2026/2/3/4/5/", false, "2026-02-03 04:06:00"},
		{"x///dd/////mm/////YYYY/////HH//", "03/02/2026/04/", false, "2026-02-03 05:00:00"},
		{"x///YYYY/////mm/////dd/////YYYY//", "2026/02/03/2026/", false, "2026-02-04 00:00:00"},
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, tt := range tests {
		l, err := Compile(config.SubTypeWAF, tt.prefix)
		if err != nil {
			t.Errorf("%s: %v", tt.prefix, err)
			continue
		}
		p := l.patterns[0]
		if got := p.format(at); got != tt.text {
			t.Errorf("%s: format = %q, want %q", tt.prefix, got, tt.text)
		}
		if p.sorted() != tt.sorted {
			t.Errorf("%s: sorted = %v", tt.prefix, p.sorted())
		}
		n, start, end, ok := p.match(tt.text + "name")
		if !ok || n != len(tt.text) || start.After(at) || end.Format(time.DateTime) != tt.end {
			t.Errorf("%s: match = %d, %v, %v, %v", tt.prefix, n, start, end, ok)
		}
	}
}

var seedPrefixes = []string{
	"0//YYYY//0//m//0//M//0//d//0//H//0//m//", // found by fuzzing
	"AWSLogs/111122223333/CloudTrail/us-east-1", "o-a/AWSLogs/o-a/*/CloudTrail/*", "AWSLogs", "*",
	"AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/aws-region=eu-west-1",
	"AWSLogs/1/WAFLogs/eu/acl", "CustomPrefix/year=///YYYY///month=///mm///day=///dd//", "w///YYYY/////m/////d/////H/////M//", "",
}

var seedKeys = []string{
	"2026/11/22/1_CloudTrail_eu_20261122T1205Z_abcDEF.json.gz", "2026/11/22/12/05/1_waflogs_eu_my_acl_20261122T1205Z_a.log.gz",
	"year=2026/month=11/day=22/hour=12/1_vpcflowlogs_eu_fl-0a_20261122T1205Z_a.log.gz", "2026/1/2/3/4/uuid", "x", "/", "_CloudTrail_",
}

// FuzzCompile: a layout knows the folders it writes itself, and never skips a
// folder that holds the key at hand only in part.
func FuzzCompile(f *testing.F) {
	seeds := 0
	for _, prefix := range seedPrefixes {
		for _, key := range seedKeys {
			f.Add(prefix, strings.ReplaceAll(prefix, "*", "1")+"/"+key, int64(1795348800))
			seeds++
		}
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, prefix, key string, unix int64) {
		at := time.Unix(unix%(1<<33), 0).UTC()
		for _, sub := range []config.SubType{config.SubTypeCloudTrail, config.SubTypeVPCFlow, config.SubTypeWAF} {
			l, err := Compile(sub, prefix)
			if err != nil {
				continue
			}
			k, foreign, ok := l.parse(key)
			if !strings.HasPrefix(key, foreign) || foreign != "" && (ok || !strings.HasSuffix(foreign, "/") || behind(foreign) <= key) {
				t.Errorf("%q in %q: foreign folder %q, ok %v", key, prefix, foreign, ok)
			}
			if ok && (!strings.HasPrefix(key, k.folder) || k.Ordered && k.folder+k.file.stem+k.file.rest != key) {
				t.Errorf("%q in %q: %+v", key, prefix, k)
			}
			if ok && k.dated() && !k.start.Before(k.end) {
				t.Errorf("%q in %q: from %v to %v", key, prefix, k.start, k.end)
			}
			for _, p := range l.patterns {
				if at.Year() < 0 || at.Year() > 9999 {
					continue
				}
				text := p.format(at)
				n, start, end, ok := p.match(text)
				if !ok || n != len(text) || start.After(at) || !end.After(at) {
					t.Errorf("%q: %v is written %q and read %v to %v, %v", prefix, at, text, start, end, ok)
				}
				if next := p.format(end); p.sorted() && end.Year() <= 9999 && next <= text {
					t.Errorf("%q: %q does not sort after %q", prefix, next, text)
				}
			}
		}
	})
}
