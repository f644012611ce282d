package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxKeyLength is the longest key S3 knows, in bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const maxKeyLength = 1024

// logKinds are the folders into which AWS services deliver, below AWSLogs, and
// the sub type that reads them; "" is a folder that holds no logs of ours.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
var logKinds = []struct {
	segment string
	sub     SubType
}{
	{"CloudTrail", SubTypeCloudTrail},
	{"CloudTrail-Insight", SubTypeCloudTrail},
	{"CloudTrail-NetworkActivity", SubTypeCloudTrail},
	{"CloudTrail-Aggregated", SubTypeCloudTrail},
	{"CloudTrail-Digest", ""},
	{"Config", ""},
	{"vpcflowlogs", SubTypeVPCFlow},
	{"aws-service=vpcflowlogs", SubTypeVPCFlow},
	{"service=vpcflowlogs", SubTypeVPCFlow}, // Transit Gateway's spelling
	{"WAFLogs", SubTypeWAF},
}

// CheckPrefix checks what the prefix's text alone can tell: its slashes, "*"
// and date variables, and that it does not lead to the logs of another sub
// type, unless sub is "": which one it is, is not known then. Whether its
// segments make a known layout is not its question. The error lists every fault
// found.
func CheckPrefix(sub SubType, prefix string) error {
	switch {
	case prefix == "":
		return errors.New("is empty: want the path of the logs in the bucket, such as AWSLogs/123456789012/CloudTrail/us-east-1")
	case len(prefix) > maxKeyLength:
		return fmt.Errorf("has %d bytes: want at most %d", len(prefix), maxKeyLength)
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, unicode.IsControl):
		return errors.New("holds a control character or invalid UTF-8")
	}
	parts, err := SplitPrefix(prefix)
	if err != nil {
		return err
	}
	return errors.Join(
		checkEnds(parts),
		checkWildcards(parts),
		checkVariables(sub, parts),
		checkKind(sub, parts),
	)
}

// checkEnds refuses a slash at either end. A date variable's own slashes, which
// are not in the parts, do not count.
func checkEnds(parts []PrefixPart) error {
	var errs []error
	if strings.HasPrefix(parts[0].Literal, "/") {
		errs = append(errs, errors.New(`begins with "/": remove it, keys in S3 do not begin with a slash`))
	}
	if strings.HasSuffix(parts[len(parts)-1].Literal, "/") {
		errs = append(errs, errors.New(`ends with "/": remove it`))
	}
	return errors.Join(errs...)
}

// segments are the prefix's path segments, a date variable standing as "{NAME}".
func segments(parts []PrefixPart) []string {
	var b strings.Builder
	for _, p := range parts {
		if p.Variable != "" {
			b.WriteString("{" + p.Variable + "}")
			continue
		}
		b.WriteString(p.Literal)
	}
	return strings.Split(b.String(), "/")
}

func checkWildcards(parts []PrefixPart) error {
	for _, s := range segments(parts) {
		if s != "*" && strings.Contains(s, "*") {
			return fmt.Errorf(`has "*" inside the segment %q: it stands for a whole segment only`, clip(s))
		}
	}
	return nil
}

// checkVariables refuses date variables where AWS writes its own date layout,
// and the easily made slip of sharing slashes between two variables, as in
// //YYYY///mm///dd//, which would look for a folder named "mm".
func checkVariables(sub SubType, parts []PrefixPart) error {
	seen := false
	for _, p := range parts {
		if p.Variable != "" {
			seen = true
			continue
		}
		for s := range strings.SplitSeq(p.Literal, "/") {
			if seen && knownVariable(s) {
				return fmt.Errorf("has the segment %q, a date variable without its slashes: write //%s// with a separator of its own, as in //YYYY/////mm/////dd//", s, s)
			}
		}
	}
	if seen && sub != "" && sub != SubTypeWAF {
		return fmt.Errorf("has date variables: they are for sub_type %s, the date folders of %s are known", SubTypeWAF, sub)
	}
	return nil
}

// checkKind compares the first folder that names a kind of logs with the sub
// type. Segments before AWSLogs are the user's own and may have any name.
func checkKind(sub SubType, parts []PrefixPart) error {
	if sub == "" {
		return nil
	}
	all := segments(parts)
	below, inLogs := all, false
	for i, s := range all {
		if s == "AWSLogs" {
			below, inLogs = all[i+1:], true
		}
	}
	for _, s := range below {
		for _, k := range logKinds {
			switch {
			case s == k.segment && k.sub == sub:
				return nil
			case s == k.segment && k.sub == "":
				return fmt.Errorf("leads to %s, which holds no log records", s)
			case s == k.segment:
				return fmt.Errorf("leads to %s, which sub_type %s reads, not %s", s, k.sub, sub)
			case inLogs && strings.EqualFold(s, k.segment):
				return fmt.Errorf("has %q where AWS writes %q: keys are case-sensitive", s, k.segment)
			}
		}
	}
	return nil
}
