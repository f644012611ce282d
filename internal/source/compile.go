package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"in_stellar_aws/internal/config"
)

// kindFolders are the folders of each sub type below the account, the usual one
// first. Transit Gateway flow logs spell the Hive form without "aws-".
// https://docs.aws.amazon.com/vpc/latest/tgw/flow-logs-s3.html
var kindFolders = map[config.SubType][]string{
	config.SubTypeCloudTrail: {"CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"},
	config.SubTypeVPCFlow:    {"vpcflowlogs", "aws-service=vpcflowlogs", "service=vpcflowlogs"},
	config.SubTypeWAF:        {"WAFLogs"},
}

// Compile makes the layout of a prefix, which has no slash at its end:
//
//	[optional/]AWSLogs/[ORG/]ACCOUNT/{CloudTrail|vpcflowlogs}/REGION
//	ORG/AWSLogs/ORG/*/{CloudTrail|vpcflowlogs}/REGION         Control Tower
//	[optional/]AWSLogs/aws-account-id=ACCOUNT/aws-service=vpcflowlogs/aws-region=REGION
//	[optional/]AWSLogs/ACCOUNT/WAFLogs/REGION/WEB-ACL
//	anything/year=///YYYY///month=///mm//                     date variables
//	anything                                                  with AWS's date folders below
//
// "*" stands for any one segment above the date. A prefix that ends above the
// region (or web ACL) of AWSLogs takes all of them.
func Compile(sub config.SubType, prefix string) (*Layout, error) {
	l, err := compile(sub, prefix)
	if err != nil {
		return nil, fmt.Errorf("compile prefix %q: %w", prefix, err)
	}
	return l, nil
}

func compile(sub config.SubType, prefix string) (*Layout, error) {
	if _, ok := kindFolders[sub]; !ok {
		return nil, fmt.Errorf("unknown sub type %q", sub)
	}
	parts, err := config.SplitPrefix(prefix)
	if err != nil {
		return nil, err
	}
	l := &Layout{sub: sub, patterns: standardPatterns(), custom: true}
	first := slices.IndexFunc(parts, func(p config.PrefixPart) bool { return p.Variable != "" })
	if first >= 0 {
		return l, l.compileVariables(parts, first)
	}
	if prefix != "" {
		l.segments = strings.Split(prefix, "/")
	}
	if slices.Contains(l.segments, "") {
		return nil, errors.New("it has an empty segment")
	}
	// The last one: the user's own folders may have that name too.
	for n := len(l.segments) - 1; n >= 0; n-- {
		if l.segments[n] == "AWSLogs" {
			l.custom = false
			return l, l.complete(n + 1)
		}
	}
	return l, nil
}

// digestFolder is the folder of digest files, beside those of the logs.
const digestFolder = "CloudTrail-Digest"

// CompileDigests makes the layout of the digest files of the logs below a
// prefix, which must lie below AWSLogs. The family of a digest is its chain:
// one for each account, region, trail and home region.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
func CompileDigests(prefix string) (*Layout, error) {
	l, err := Compile(config.SubTypeCloudTrail, prefix)
	if err != nil {
		return nil, err
	}
	n := l.kindSegment()
	if l.custom || n < 0 {
		return nil, fmt.Errorf("compile prefix %q: there is no AWSLogs in it, so the digest files cannot be found", prefix)
	}
	l.segments[n], l.digests = digestFolder, true
	return l, nil
}

// kindSegment is which of the segments is the folder of a kind of logs; -1: none.
func (l *Layout) kindSegment() int {
	for n := len(l.segments) - 1; n >= 0; n-- {
		if slices.Contains(kindFolders[l.sub], l.segments[n]) {
			return n
		}
	}
	return -1
}

// kindFolder is the folder of the layout's kind of logs, below the account.
func (l *Layout) kindFolder() string {
	if n := l.kindSegment(); n >= 0 {
		return l.segments[n]
	}
	return kindFolders[l.sub][0]
}

// isOrganisation tells the id of an organisation, or of a unit of one, from an
// account's.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
func isOrganisation(segment string) bool {
	return strings.HasPrefix(segment, "o-") || strings.HasPrefix(segment, "ou-")
}

// complete checks what follows AWSLogs, at segment n, and adds wildcards for
// what the prefix leaves open.
func (l *Layout) complete(n int) error {
	folders := kindFolders[l.sub]
	below := l.segments[n:]
	kind := slices.IndexFunc(below, func(s string) bool { return slices.Contains(folders, s) })
	if kind < 0 {
		if len(below) == 0 || len(below) == 1 && isOrganisation(below[0]) {
			l.segments = append(l.segments, "*")
		}
		folder := folders[0]
		if last := l.segments[len(l.segments)-1]; l.sub == config.SubTypeVPCFlow && strings.HasPrefix(last, "aws-account-id=") {
			folder = folders[1]
		}
		l.segments = append(l.segments, folder)
		below = l.segments[n:]
		kind = len(below) - 1
	}
	if kind < 1 || kind > 2 {
		return fmt.Errorf("want AWSLogs/ACCOUNT/%s or AWSLogs/ORGANISATION/ACCOUNT/%s", folders[0], folders[0])
	}
	depth := 1 // the region
	if l.sub == config.SubTypeWAF {
		depth = 2 // and the web ACL
	}
	given := len(below) - kind - 1
	if given > depth {
		return fmt.Errorf("it goes on below %q, where the date folders begin", below[kind+depth])
	}
	for range depth - given {
		l.segments = append(l.segments, "*")
	}
	return nil
}

// variables are the units that config's date variables stand for.
var variables = map[string]token{
	"YYYY": num(year),
	"mm":   num(month), "m": {unit: month},
	"dd": num(day), "d": {unit: day},
	"HH": num(hour), "H": {unit: hour},
	"MM": num(minute), "M": {unit: minute},
}

// compileVariables makes a pattern of everything from the segment on that holds
// the first variable.
func (l *Layout) compileVariables(parts []config.PrefixPart, first int) error {
	var p pattern
	if first > 0 { // literal text comes as one part
		begin := parts[0].Literal
		if slash := strings.LastIndexByte(begin, '/'); slash >= 0 {
			l.segments = strings.Split(begin[:slash], "/")
			begin = begin[slash+1:]
		}
		if begin != "" {
			p = append(p, lit(begin))
		}
	}
	if slices.Contains(l.segments, "") {
		return errors.New("it has an empty segment")
	}
	for _, part := range parts[first:] {
		t := variables[part.Variable]
		if part.Variable == "" {
			t = lit(part.Literal)
		}
		p = append(p, t)
		if slices.Contains(strings.Split(t.literal, "/"), "*") {
			return errors.New(`it has "*" below a date variable`)
		}
	}
	p = append(p, lit("/"))
	l.patterns = []pattern{p}
	return p.check()
}
