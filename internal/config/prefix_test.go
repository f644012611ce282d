package config

import (
	"reflect"
	"strings"
	"testing"
)

// render shows parts with their variables in braces.
func render(parts []PrefixPart) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Variable != "" {
			b.WriteString("{" + p.Variable + "}")
		}
		b.WriteString(p.Literal)
	}
	return b.String()
}

func TestSplitPrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"":                               "",
		"AWSLogs/1/CloudTrail/us-east-1": "AWSLogs/1/CloudTrail/us-east-1",
		"/x/":                            "/x/",
		"CustomPrefix///YYYY//":          "CustomPrefix/{YYYY}",
		"CustomPrefix//YYYY//":           "CustomPrefix{YYYY}",
		"year=//YYYY//":                  "year={YYYY}",
		"year=///YYYY//":                 "year={YYYY}",
		"//YYYY//":                       "{YYYY}",
		"///YYYY//":                      "/{YYYY}",
		"//YYYY///":                      "{YYYY}/",
		"//YYYY///month":                 "{YYYY}/month",
		"//YYYY////mm//":                 "{YYYY}{mm}",
		"//YYYY/////mm/////d//":          "{YYYY}/{mm}/{d}",
		"a///YYYY//-//mm//x":             "a/{YYYY}-{mm}x",
		"p///H/////HH/////M/////MM//":    "p/{H}/{HH}/{M}/{MM}",
		"p///dd/////m//":                 "p/{dd}/{m}",
		"CustomPrefix/year=///YYYY///month=///mm///day=///dd//": "CustomPrefix/year={YYYY}/month={mm}/day={dd}",
	} {
		parts, err := SplitPrefix(prefix)
		if err != nil || render(parts) != want {
			t.Errorf("%s: %s, %v, want %s", prefix, render(parts), err, want)
		}
	}
	parts, err := SplitPrefix("a/b=///YYYY///c")
	want := []PrefixPart{{Literal: "a/b="}, {Variable: "YYYY"}, {Literal: "/c"}}
	if err != nil || !reflect.DeepEqual(parts, want) {
		t.Errorf("parts %+v, %v", parts, err)
	}
}

func TestSplitPrefixFaults(t *testing.T) {
	for prefix, want := range map[string]string{
		"a//b":           `has an empty segment at "//b": remove a slash, or write a date variable as //YYYY//`,
		"a//":            `has an empty segment at "//": remove a slash, or write a date variable as //YYYY//`,
		"a///":           `has an empty segment at "///": remove a slash, or write a date variable as //YYYY//`,
		"a//YYYY/b//c":   `has an empty segment at "//YYYY/b//c": remove a slash, or write a date variable as //YYYY//`,
		"a////YYYY//":    "has an empty segment before //YYYY//: remove a slash",
		"a=////YYYY//":   "has an empty segment before //YYYY//: remove a slash",
		"a///yyyy//":     "has an unknown date variable //yyyy//: want one of //YYYY// //m// //mm// //d// //dd// //H// //HH// //M// //MM//",
		"a///YYYY-mm//b": "has an unknown date variable //YYYY-mm//: want one of //YYYY// //m// //mm// //d// //dd// //H// //HH// //M// //MM//",
	} {
		if parts, err := SplitPrefix(prefix); err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v\nwant %s", prefix, parts, err, want)
		}
	}
}

func TestCheckPrefix(t *testing.T) {
	const control = "holds a control character or invalid UTF-8"
	tests := []struct {
		sub          SubType
		prefix, want string // "" for no fault
	}{
		{SubTypeCloudTrail, "AWSLogs/123456789012/CloudTrail/us-east-1", ""},
		{SubTypeCloudTrail, "a/b/AWSLogs/o-abc/123456789012/CloudTrail-Insight/us-east-1", ""},
		{SubTypeCloudTrail, "o-abc/AWSLogs/o-abc/*/CloudTrail/*", ""},
		{SubTypeCloudTrail, "Config/WAFLogs/AWSLogs/1/CloudTrail/r", ""}, // the user's own names, before AWSLogs
		{SubTypeCloudTrail, "AWSLogs/AWSLogs/1/CloudTrail/r", ""},
		{SubTypeVPCFlow, "AWSLogs/1/vpcflowlogs/us-east-1", ""},
		{SubTypeVPCFlow, "AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/aws-region=us-east-1", ""},
		{SubTypeVPCFlow, "AWSLogs/aws-account-id=1/service=vpcflowlogs/aws-region=us-east-1", ""},
		{SubTypeWAF, "AWSLogs/1/WAFLogs/us-east-1/CloudTrail", ""}, // a web ACL of that name
		{SubTypeWAF, "CustomPrefix/year=///YYYY///month=///mm///day=///dd//", ""},
		{SubTypeWAF, "//YYYY//", ""},
		{SubTypeWAF, "", "is empty: want the path of the logs in the bucket, such as AWSLogs/123456789012/CloudTrail/us-east-1"},
		{SubTypeWAF, strings.Repeat("x", 1025), "has 1025 bytes: want at most 1024"},
		{SubTypeWAF, "a\nb", control},
		{SubTypeWAF, "a\xff", control},
		{SubTypeWAF, "/a/", "begins with \"/\": remove it, keys in S3 do not begin with a slash\nends with \"/\": remove it"},
		{SubTypeWAF, "//YYYY///", `ends with "/": remove it`},
		{SubTypeWAF, "///YYYY//", `begins with "/": remove it, keys in S3 do not begin with a slash`},
		{SubTypeWAF, "a//b", `has an empty segment at "//b": remove a slash, or write a date variable as //YYYY//`},
		{SubTypeWAF, "a/b*/c", `has "*" inside the segment "b*": it stands for a whole segment only`},
		{SubTypeWAF, "a/**", `has "*" inside the segment "**": it stands for a whole segment only`},
		{SubTypeWAF, "*//YYYY//", `has "*" inside the segment "*{YYYY}": it stands for a whole segment only`},
		{SubTypeWAF, "p///YYYY///mm///dd//", `has the segment "mm", a date variable without its slashes: write //mm// with a separator of its own, as in //YYYY/////mm/////dd//`},
		{SubTypeVPCFlow, "p///YYYY//", "has date variables: they are for sub_type waf, the date folders of vpcflow are known"},
		{SubTypeVPCFlow, "AWSLogs/1/CloudTrail/us-east-1", "leads to CloudTrail, which sub_type cloudtrail reads, not vpcflow"},
		{SubTypeCloudTrail, "AWSLogs/1/vpcflowlogs/us-east-1", "leads to vpcflowlogs, which sub_type vpcflow reads, not cloudtrail"},
		{SubTypeCloudTrail, "p/WAFLogs/us-east-1", "leads to WAFLogs, which sub_type waf reads, not cloudtrail"},
		{SubTypeCloudTrail, "AWSLogs/1/CloudTrail-Digest/us-east-1", "leads to CloudTrail-Digest, which holds no log records"},
		{SubTypeCloudTrail, "AWSLogs/1/Config/us-east-1", "leads to Config, which holds no log records"},
		{"", "/AWSLogs/1/vpcflowlogs/us-*/x///YYYY//", "begins with \"/\": remove it, keys in S3 do not begin with a slash\nhas \"*\" inside the segment \"us-*\": it stands for a whole segment only"},
		{SubTypeCloudTrail, "AWSLogs/1/cloudtrail/us-east-1", `has "cloudtrail" where AWS writes "CloudTrail": keys are case-sensitive`},
	}
	for _, test := range tests {
		err := CheckPrefix(test.sub, test.prefix)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", test.sub, test.prefix, got, test.want)
		}
	}
}

func FuzzSplitPrefix(f *testing.F) {
	for _, s := range []string{"a/b", "CustomPrefix/year=///YYYY///month=///mm///day=///dd//", "//YYYY////mm//", "a////b", "/", "///", "=///d//="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := SplitPrefix(s)
		if err != nil {
			return
		}
		rest := s // every part is found in the prefix again, in order
		for i, p := range parts {
			if (p.Literal == "") == (p.Variable == "") {
				t.Fatalf("part %d of %q is %+v", i, s, p)
			}
			if p.Literal != "" && i > 0 && parts[i-1].Literal != "" {
				t.Fatalf("%q: neighbouring literals at %d", s, i)
			}
			_, after, ok := strings.Cut(rest, p.Literal+p.Variable)
			if !ok {
				t.Fatalf("%q: part %d %+v is not in it", s, i, p)
			}
			rest = after
		}
		for _, sub := range []SubType{SubTypeCloudTrail, SubTypeVPCFlow, SubTypeWAF} {
			if CheckPrefix(sub, s) == nil && (s == "" || strings.HasPrefix(render(parts), "/") || strings.HasSuffix(render(parts), "/") || strings.Contains(render(parts), "//")) {
				t.Fatalf("%q is taken", s)
			}
		}
	})
}
