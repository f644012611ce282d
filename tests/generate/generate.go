// Package generate makes realistic AWS log data for the demo, the tests and
// the benchmarks: CloudTrail trails and digests, VPC and Transit Gateway flow
// logs, AWS WAF logs, GuardDuty findings, EKS and ECS logs and the CloudWatch
// Logs envelope around them.
//
// Everything comes from a seed: the same calls on a generator with the same
// seed and options give the same bytes, on every machine. Records are appended
// to a slice the caller owns, so that a benchmark measures its subject and not
// the generator.
//
// The accounts, people, hosts and keys that occur are drawn once per account
// and region and then reused, because that is what real logs look like and
// what decides how well they compress.
package generate

import (
	"math/bits"
	"time"
)

// Defaults of Options.
const (
	defaultOrgID = "o-a1b2c3d4e5"
	defaultTrail = "management-events_org-trail" // "_" and "-" both occur in real trail names
	defaultACL   = "edge-acl_prod"
	// DefaultBucket is the bucket that digests and ARNs name unless Options say otherwise.
	DefaultBucket = "example-central-logs"
	// DefaultSpan is how long the events of a generator, or of a file, spread.
	DefaultSpan = 5 * time.Minute
)

// DefaultStart is where the events begin unless Options say otherwise. It is
// fixed, not "now", so that the output does not depend on the day of the run.
var DefaultStart = time.Date(2025, time.June, 2, 9, 0, 0, 0, time.UTC)

// Options say whose logs are made, and of when. The zero value is useful.
type Options struct {
	Accounts []string      // 12 digits each; default: three accounts
	Regions  []string      // default: us-east-1, eu-west-1, ap-southeast-2
	Start    time.Time     // of the first event, second precision; default DefaultStart
	Span     time.Duration // how long records outside files spread; default DefaultSpan
	Bucket   string        // default DefaultBucket
	OrgID    string        // organisation id, for organisation and Control Tower keys
	Trail    string        // trail name, for digests
	WebACL   string        // web ACL name, for WAF
}

func (o Options) withDefaults() Options {
	if len(o.Accounts) == 0 {
		o.Accounts = []string{"111122223333", "444455556666", "012345678901"}
	}
	if len(o.Regions) == 0 {
		o.Regions = []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
	}
	if o.Start.IsZero() {
		o.Start = DefaultStart
	}
	if o.Span < time.Second {
		o.Span = DefaultSpan
	}
	o.Bucket = orDefault(o.Bucket, DefaultBucket)
	o.OrgID = orDefault(o.OrgID, defaultOrgID)
	o.Trail = orDefault(o.Trail, defaultTrail)
	o.WebACL = orDefault(o.WebACL, defaultACL)
	return o
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// Generator makes records and objects. It is not safe for concurrent use;
// Fork gives each goroutine its own.
type Generator struct {
	seed uint64
	opt  Options
	rnd  *random
	lib  *library

	accounts map[string]*account
	sites    map[siteKey]*site
	scope    scope
	rec      record
	zip      compressor

	kind        int           // of the last CloudTrail record, an index of lib.trail
	insight     [uuidLen]byte // sharedEventID of the last Insight that started
	insightOpen bool          // its End has not been made yet
}

// scope bounds the records being made: a file is of one account, region and time.
type scope struct {
	account, region string // "" draws one of the options per record
	from, to        int64  // epoch seconds, to exclusive
}

// New gives a generator. The same seed and options give the same bytes.
func New(seed uint64, opt Options) *Generator {
	g := &Generator{seed: seed, opt: opt.withDefaults(), lib: templates()}
	g.rnd = newRandom(seed, "records")
	g.accounts = make(map[string]*account)
	g.sites = make(map[siteKey]*site)
	from := g.opt.Start.Unix()
	g.scope = scope{from: from, to: from + int64(g.opt.Span/time.Second)}
	return g
}

// Fork gives a generator over the same accounts, people and hosts whose output
// depends only on the seed, the options and n, not on what g made before.
func (g *Generator) Fork(n uint64) *Generator {
	f := New(g.seed, g.opt)
	f.rnd = newRandom(g.seed^bits.RotateLeft64(n+1, 32), "fork")
	return f
}

// within runs do with records bound to one account, region and time window.
func (g *Generator) within(s scope, do func()) {
	outer := g.scope
	g.scope = s
	defer func() { g.scope = outer }()
	do()
}
