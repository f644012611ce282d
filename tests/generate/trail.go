package generate

import "slices"

// AppendCloudTrail appends one record as a trail holds them: a management or a
// data event, 1.6 KB on average.
func (g *Generator) AppendCloudTrail(b []byte) []byte {
	g.begin()
	// A burst is mostly of one kind of call.
	if !g.rec.continues || g.rnd.percent(100-burst) {
		g.kind = g.lib.trail.draw(g)
	}
	return g.lib.trail.all[g.kind].text.append(g, b)
}

// AppendInsight appends an Insight event. Start and End take turns and share a
// sharedEventID.
func (g *Generator) AppendInsight(b []byte) []byte {
	g.begin()
	g.insightOpen = !g.insightOpen
	if g.insightOpen {
		return g.lib.insights.all[0].text.append(g, b)
	}
	return g.lib.insights.all[1].text.append(g, b)
}

// AppendNetworkActivity appends a network activity event of a VPC endpoint.
func (g *Generator) AppendNetworkActivity(b []byte) []byte {
	g.begin()
	return g.lib.network.append(g, b)
}

// AppendAggregated appends an aggregated event, which has neither eventTime
// nor eventName.
func (g *Generator) AppendAggregated(b []byte) []byte {
	g.begin()
	return g.lib.aggregated.append(g, b)
}

// AppendCloudTrailKind appends a record of one of CloudTrailKinds.
func (g *Generator) AppendCloudTrailKind(b []byte, kind string) ([]byte, error) {
	g.begin()
	for _, c := range g.lib.cloudTrail() {
		if slices.Contains(c.names(), kind) {
			return c.named(g, b, kind)
		}
	}
	return g.lib.trail.named(g, b, kind)
}

// CloudTrailKinds names every kind of CloudTrail record, such as "kms.Decrypt",
// "signin.ConsoleLogin failed" or "insight.Start".
func CloudTrailKinds() []string {
	var kinds []string
	for _, c := range templates().cloudTrail() {
		kinds = append(kinds, c.names()...)
	}
	return slices.Compact(kinds) // one event's identities follow each other
}

func (l *library) cloudTrail() []*choices {
	return []*choices{&l.trail, &l.network, &l.insights, &l.aggregated}
}

// TrailClass is what a CloudTrail log file holds; it is also a part of its key.
type TrailClass string

// The classes of CloudTrail objects.
const (
	Trail           TrailClass = "CloudTrail" // management and data events
	Insight         TrailClass = "CloudTrail-Insight"
	NetworkActivity TrailClass = "CloudTrail-NetworkActivity"
	Aggregated      TrailClass = "CloudTrail-Aggregated"
)

// TrailFile says which CloudTrail log file is wanted. The zero value is a file
// of 100 management and data events in a single account's trail.
type TrailFile struct {
	File
	Layout TrailLayout
	Class  TrailClass // default Trail
}

// CloudTrailFile makes a log file as CloudTrail stores it: gzip of one line
// {"Records":[…]}, in no order of time.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
func (g *Generator) CloudTrailFile(f TrailFile) Object {
	f.File = g.complete(f.File)
	f.Class = TrailClass(orDefault(string(f.Class), string(Trail)))
	body := append(make([]byte, 0, 1600*f.Records+16), `{"Records":[`...)
	var oldest, newest int64
	g.within(f.scope(), func() {
		for i := range f.Records {
			if i > 0 {
				body = append(body, ',')
			}
			body = g.trailRecord(f.Class)(body)
			if i == 0 || g.rec.at < oldest {
				oldest = g.rec.at
			}
			newest = max(newest, g.rec.at)
		}
	})
	body = append(body, `]}`...)
	o := g.object(f.File, g.trailKey(f), body, true)
	o.Oldest, o.Newest = unixTime(oldest), unixTime(newest)
	return o
}

// trailRecord gives the maker of a class's records.
func (g *Generator) trailRecord(c TrailClass) func([]byte) []byte {
	switch c {
	case Insight:
		return g.AppendInsight
	case NetworkActivity:
		return g.AppendNetworkActivity
	case Aggregated:
		return g.AppendAggregated
	default:
		return g.AppendCloudTrail
	}
}
