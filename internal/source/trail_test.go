package source

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// TestLag has 100 objects a second come with names that sort by chance within
// their stamp. A poll a second finds each by the first poll that it is there for,
// over the end of a stamp, too, with a request for every page of the stamps that
// grow, one for each family and three: neither is a thing of the machine's speed.
func TestLag(t *testing.T) {
	flow := func(folder string) func(int, time.Time, uint32) string {
		return func(f int, at time.Time, n uint32) string { return flowKey(folder, fmt.Sprint("fl-", f), at, int(n)) }
	}
	trail := func(f int, at time.Time, n uint32) string {
		return trailKey(fmt.Sprintf("%012d", f+1), region, at, int(n))
	}
	tests := map[string]struct {
		sub      config.SubType
		prefix   string
		families int
		stamp    time.Duration
		key      func(family int, at time.Time, n uint32) string
	}{
		"one account":               {config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/" + region, 1, time.Minute, trail},
		"one account, five minutes": {config.SubTypeCloudTrail, "AWSLogs/000000000001/CloudTrail/" + region, 1, 5 * time.Minute, trail},
		"10 accounts":               {config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/" + region, 10, 5 * time.Minute, trail},
		"5 flow logs":               {config.SubTypeVPCFlow, "AWSLogs/" + account + "/vpcflowlogs/" + region, 5, time.Minute, flow("2006/01/02/")},
		"5 flow logs by hour":       {config.SubTypeVPCFlow, "AWSLogs/" + account + "/vpcflowlogs/*", 5, 5 * time.Minute, flow("2006/01/02/15/")},
		"a web ACL, folders of 5 min.": {config.SubTypeWAF, "AWSLogs/1/WAFLogs/eu/acl", 1, 5 * time.Minute, func(_ int, at time.Time, n uint32) string {
			return "AWSLogs/1/WAFLogs/eu/acl" + at.Format("/2006/01/02/15/04/1_waflogs_eu_acl_20060102T1504Z_") + fmt.Sprintf("%08x.log.gz", n)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			l := newLab(t, tt.sub, tt.prefix)
			inOf := make(map[time.Time]int) // keys, by stamp
			put := func(n int) (keys []string) {
				at := l.now.Truncate(tt.stamp)
				inOf[at] += n
				for i := range n {
					keys = append(keys, tt.key(i%tt.families, at, random.Uint32()))
				}
				l.bucket.put(keys...)
				return keys
			}
			// The stamp before the hour, shortly before its end.
			l.now = noon.Add(-8 * time.Second)
			put(int(100 * (tt.stamp - 8*time.Second) / time.Second))
			for range 3 { // learns where to cut
				l.poll()
				l.now = l.now.Add(time.Second)
			}
			worst, lists := 0, 0
			const polls = 16
			for range polls {
				fresh := put(100)
				found, stats := l.poll()
				slices.Sort(found)
				slices.Sort(fresh)
				if !slices.Equal(found, fresh) {
					t.Fatalf("at %s found %d of %d new keys", l.now.Format(time.TimeOnly), len(found), len(fresh))
				}
				growing := 0
				for at, n := range inOf {
					if end := at.Add(tt.stamp); !l.now.After(end.Add(settling)) {
						growing += n
					}
				}
				roots := 0
				if tt.prefix[len("AWSLogs/")] == '*' {
					roots = 1 // the search for accounts
				}
				if budget := growing/maxOverlap + tt.families + 3 + roots; stats.Lists > budget {
					t.Errorf("at %s %d requests, %d for late keys, want at most %d with %d keys in stamps that grow",
						l.now.Format(time.TimeOnly), stats.Lists, stats.SweepLists, budget, growing)
				}
				worst, lists = max(worst, stats.Lists), lists+stats.Lists
				l.now = l.now.Add(time.Second)
			}
			t.Logf("%.1f requests a poll, %d at most", float64(lists)/polls, worst)
		})
	}
}
