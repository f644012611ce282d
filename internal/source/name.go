package source

import (
	"strings"
	"time"

	"in_stellar_aws/internal/config"
)

// Kind is what an object holds, as its name says.
type Kind string

// The kinds AWS services write into names. KindOther is every other name.
const (
	KindOther                     Kind = ""
	KindCloudTrail                Kind = "CloudTrail"
	KindCloudTrailInsight         Kind = "CloudTrail-Insight"
	KindCloudTrailNetworkActivity Kind = "CloudTrail-NetworkActivity"
	KindCloudTrailAggregated      Kind = "CloudTrail-Aggregated"
	KindCloudTrailDigest          Kind = "CloudTrail-Digest" // not a log
	KindVPCFlow                   Kind = "vpcflowlogs"
	KindWAF                       Kind = "waflogs"
)

// subTypes says which connectors collect a kind; "" is none.
var subTypes = map[Kind]config.SubType{
	KindCloudTrail:                config.SubTypeCloudTrail,
	KindCloudTrailInsight:         config.SubTypeCloudTrail,
	KindCloudTrailNetworkActivity: config.SubTypeCloudTrail,
	KindCloudTrailAggregated:      config.SubTypeCloudTrail,
	KindCloudTrailDigest:          "",
	KindVPCFlow:                   config.SubTypeVPCFlow,
	KindWAF:                       config.SubTypeWAF,
}

// stampLayout is the time in a name to the minute; digests add seconds.
const stampLayout = "20060102T1504"

// fileName is a file name taken apart.
type fileName struct {
	kind Kind
	stem string // up to the time
	rest string // from the time on; "" in a name without time order
	at   time.Time
}

// parseName takes apart the documented names:
//
//	<account>_<kind>_<region>_<time>_<random>.json.gz       CloudTrail
//	<account>_vpcflowlogs_<region>_<fl-id>_<time>_<hash>.log.gz
//	<account>_waflogs_<region>_<web acl>_<time>_<hash>.log.gz
//
// with the time as YYYYMMDDTHHmmZ. The pages listed at standardPatterns give
// the forms; CloudTrail's also shows a name without the "_" behind the time.
// Names of web ACLs and trails may hold "_", so the time is looked for from the
// end. Any other name is KindOther without time order.
func parseName(name string) fileName {
	account, after, ok := strings.Cut(name, "_")
	if !ok || account == "" {
		return fileName{}
	}
	kind, _, ok := strings.Cut(after, "_")
	if _, known := subTypes[Kind(kind)]; !ok || !known {
		return fileName{}
	}
	first := len(account) + len(kind) + 2 // the time is no part of these two
	for i := len(name) - len("YYYYMMDDTHHmmZ"); i >= first; i-- {
		if name[i-1] != '_' || name[i+8] != 'T' {
			continue
		}
		if at, ok := parseStamp(name[i:]); ok {
			return fileName{kind: Kind(kind), stem: name[:i], rest: name[i:], at: at}
		}
	}
	return fileName{kind: Kind(kind)}
}

// parseStamp reads YYYYMMDDTHHmm[SS]Z at the beginning of s.
func parseStamp(s string) (time.Time, bool) {
	digits := strings.IndexByte(s, 'Z')
	if digits != len(stampLayout) && digits != len(stampLayout)+2 {
		return time.Time{}, false
	}
	at, err := time.Parse((stampLayout + "05")[:digits], s[:digits])
	return at, err == nil
}

// stampAt is a text that sorts before every stamp of t's minute and later ones,
// and after all earlier ones.
func stampAt(t time.Time) string { return t.UTC().Format(stampLayout) }

// stampOf is the minute of a name's part from its stamp on.
func stampOf(rest string) time.Time {
	at, _ := time.Parse(stampLayout, rest[:min(len(rest), len(stampLayout))])
	return at
}

// afterStamps sorts after every stamp: these begin with a digit.
const afterStamps = ":"
