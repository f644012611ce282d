package generate

import "time"

// TrailLayout is where a trail puts its files.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
type TrailLayout int

// The layouts of CloudTrail keys.
const (
	AccountTrail      TrailLayout = iota // AWSLogs/ACCOUNT/…
	OrganizationTrail                    // AWSLogs/ORG/ACCOUNT/…
	ControlTower                         // ORG/AWSLogs/ORG/ACCOUNT/…, landing zone 3.0 and later
	OldControlTower                      // ORG/AWSLogs/ACCOUNT/…, before 3.0
)

// FlowLayout is how a flow log partitions its files.
//
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
type FlowLayout int

// The layouts of flow log keys.
const (
	DailyFlow      FlowLayout = iota // …/YYYY/MM/DD/
	HourlyFlow                       // …/YYYY/MM/DD/HH/
	HiveFlow                         // aws-account-id=…/…/day=DD/
	HiveHourlyFlow                   // …/day=DD/hour=HH/
	TransitHive                      // Hive, with the service= the Transit Gateway documentation shows
)

const (
	dayPath  = "2006/01/02/"
	hourPath = "2006/01/02/15/"
	stamp    = "20060102T1504Z"
)

// root is the key up to and with the account's folder.
func (g *Generator) root(f File, l TrailLayout) string {
	root := withSlash(f.Prefix)
	switch l {
	case OrganizationTrail:
		root += "AWSLogs/" + g.opt.OrgID + "/"
	case ControlTower:
		root += g.opt.OrgID + "/AWSLogs/" + g.opt.OrgID + "/"
	case OldControlTower:
		root += g.opt.OrgID + "/AWSLogs/"
	default:
		root += "AWSLogs/"
	}
	return root + f.Account + "/"
}

func withSlash(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}

func (g *Generator) trailKey(f TrailFile) string {
	at := f.At.Truncate(deliveryInterval)
	return g.root(f.File, f.Layout) + string(f.Class) + "/" + f.Region + "/" + at.Format(dayPath) +
		f.Account + "_" + string(f.Class) + "_" + f.Region + "_" + at.Format(stamp) + "_" + string(g.rnd.base62(nil, 16)) + ".json.gz"
}

// digestKey names a digest: the trail's name and home region are part of it.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
func (g *Generator) digestKey(f File, l TrailLayout, end time.Time, backfill bool) string {
	name := f.Account + "_CloudTrail-Digest_" + f.Region + "_" + g.opt.Trail + "_" + g.opt.Regions[0] + "_" + end.Format("20060102T150405Z")
	if backfill {
		name += "_backfill"
	}
	return g.root(f, l) + "CloudTrail-Digest/" + f.Region + "/" + end.Format(dayPath) + name + ".json.gz"
}

func (g *Generator) flowKey(f FlowFile) string {
	at := f.At.Truncate(deliveryInterval)
	file := f.Account + "_vpcflowlogs_" + f.Region + "_" + g.flowLogID(f.File) + "_" + at.Format(stamp) + "_" + g.rnd.hexString(8) + ".log.gz"
	service := "aws-service="
	switch f.Layout {
	case TransitHive:
		service = "service="
		fallthrough
	case HiveFlow, HiveHourlyFlow:
		folder := withSlash(f.Prefix) + "AWSLogs/aws-account-id=" + f.Account + "/" + service + "vpcflowlogs/aws-region=" + f.Region + "/" + at.Format("year=2006/month=01/day=02/")
		if f.Layout == HiveHourlyFlow {
			folder += at.Format("hour=15/")
		}
		return folder + file
	case HourlyFlow:
		return g.root(f.File, AccountTrail) + "vpcflowlogs/" + f.Region + "/" + at.Format(hourPath) + file
	default:
		return g.root(f.File, AccountTrail) + "vpcflowlogs/" + f.Region + "/" + at.Format(dayPath) + file
	}
}

// flowLogID is the flow log of an account and region, always the same.
func (g *Generator) flowLogID(f File) string {
	return "fl-" + newRandom(g.seed, "flowlog/"+f.Account+"/"+f.Region).hexString(17)
}

// wafKey names a web ACL's file, or the object a Firehose stream writes, which
// has no extension.
//
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
func (g *Generator) wafKey(f WAFFile) string {
	if f.Firehose {
		id := g.rnd.uuid()
		folder := withSlash(f.Prefix) + f.At.Format(hourPath)
		if f.Folder != nil {
			folder = withSlash(f.Folder(f.At))
		}
		return folder + "aws-waf-logs-" + f.ACL + "-1-" + f.At.Format("2006-01-02-15-04-05") + "-" + string(id[:])
	}
	at, place := f.At.Truncate(deliveryInterval), f.Region
	if f.CloudFront {
		place = "cloudfront"
	}
	file := f.Account + "_waflogs_" + place + "_" + f.ACL + "_" + at.Format(stamp) + "_" + g.rnd.hexString(8) + ".log"
	if !f.Plain {
		file += ".gz"
	}
	return g.root(f.File, AccountTrail) + "WAFLogs/" + place + "/" + f.ACL + "/" + at.Format("2006/01/02/15/04/") + file
}

func (g *Generator) findingKey(f File) string {
	id := g.rnd.uuid()
	return g.root(f, AccountTrail) + "GuardDuty/" + f.Region + "/" + f.At.Format(dayPath) + string(id[:]) + ".jsonl.gz"
}
