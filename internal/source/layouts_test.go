package source

import (
	"fmt"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// TestLayoutsPoll runs each layout through a start, growth over the end of a
// date folder, late keys and a restart.
func TestLayoutsPoll(t *testing.T) {
	base := "AWSLogs/111122223333/vpcflowlogs/us-east-1"
	hive := "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1"
	waf := "AWSLogs/111122223333/WAFLogs/us-east-1/my_acl"
	uuid := func(n int) string { return fmt.Sprintf("%08x-1111-4222-8333-444455556666", (n+1)*2654435761) }
	wafName := func(at time.Time, n int) string {
		return "111122223333_waflogs_us-east-1_my_acl_" + at.Format("20060102T1504Z") + fmt.Sprintf("_%08x.log.gz", n)
	}
	flowName := func(at time.Time, n int) string {
		return fmt.Sprintf("111122223333_vpcflowlogs_us-east-1_fl-%d_%s_%08x.log.parquet", n%3, at.Format("20060102T1504Z"), n)
	}
	unpadded := func(at time.Time) string {
		return fmt.Sprintf("waf/y=%d/m=%d/d=%d/h=%d/", at.Year(), at.Month(), at.Day(), at.Hour())
	}
	tests := map[string]struct {
		sub    config.SubType
		prefix string
		key    func(at time.Time, n int) string
	}{
		"flow by day":  {config.SubTypeVPCFlow, base, func(at time.Time, n int) string { return flowKey("2006/01/02/", fmt.Sprint("fl-", n%3), at, n) }},
		"flow by hour": {config.SubTypeVPCFlow, base, func(at time.Time, n int) string { return flowKey("2006/01/02/15/", fmt.Sprint("fl-", n%3), at, n) }},
		"flow by day and by hour": {config.SubTypeVPCFlow, base, func(at time.Time, n int) string {
			return flowKey([]string{"2006/01/02/", "2006/01/02/15/"}[n%2], fmt.Sprint("fl-", n%2), at, n)
		}},
		"Hive by day and by hour": {config.SubTypeVPCFlow, hive, func(at time.Time, n int) string {
			return hive + at.Format([]string{"/year=2006/month=01/day=02/", "/year=2006/month=01/day=02/hour=15/"}[n%2]) + flowName(at, n)
		}},
		"Hive by day": {config.SubTypeVPCFlow, hive, func(at time.Time, n int) string {
			return hive + at.Format("/year=2006/month=01/day=02/") + flowName(at, n)
		}},
		"Hive by hour": {config.SubTypeVPCFlow, hive, func(at time.Time, n int) string {
			return hive + at.Format("/year=2006/month=01/day=02/hour=15/") + flowName(at, n)
		}},
		"Hive, regions open": {config.SubTypeVPCFlow, "AWSLogs/*/aws-service=vpcflowlogs/*", func(at time.Time, n int) string {
			return hive + at.Format("/year=2006/month=01/day=02/hour=15/") + flowName(at, n)
		}},
		"WAF by minute":          {config.SubTypeWAF, waf, func(at time.Time, n int) string { return waf + at.Format("/2006/01/02/15/04/") + wafName(at, n) }},
		"WAF, all ACLs":          {config.SubTypeWAF, "AWSLogs/111122223333/WAFLogs/*/*", func(at time.Time, n int) string { return waf + at.Format("/2006/01/02/15/04/") + wafName(at, n) }},
		"custom, no date folder": {config.SubTypeWAF, "waf", func(at time.Time, n int) string { return "waf/" + wafName(at, n) }},
		"Firehose":               {config.SubTypeWAF, "waf", func(at time.Time, n int) string { return "waf/" + at.Format("2006/01/02/15/") + uuid(n) }},
		"UUIDs by day":           {config.SubTypeCloudTrail, trailDir, func(at time.Time, n int) string { return trailDir + at.Format("/2006/01/02/") + uuid(n) + ".json.gz" }},
		"variables, UUIDs deeper": {config.SubTypeWAF, "Custom/year=///YYYY///month=///mm///day=///dd//", func(at time.Time, n int) string {
			return "Custom/" + at.Format("year=2006/month=01/day=02/deeper/") + uuid(n)
		}},
		"variables, names": {config.SubTypeWAF, "Custom/year=///YYYY///month=///mm///day=///dd//", func(at time.Time, n int) string {
			return "Custom/" + at.Format("year=2006/month=01/day=02/") + wafName(at, n)
		}},
		"unpadded, names": {config.SubTypeWAF, "waf/y=///YYYY///m=///m///d=///d///h=///H//", func(at time.Time, n int) string { return unpadded(at) + wafName(at, n) }},
		"unpadded, UUIDs": {config.SubTypeWAF, "waf/y=///YYYY///m=///m///d=///d///h=///H//", func(at time.Time, n int) string { return unpadded(at) + uuid(n) }},
		"day first": {config.SubTypeWAF, "*///dd//-//mm//-//YYYY//", func(at time.Time, n int) string {
			return "x/" + at.Format("02-01-2006/") + uuid(n)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tt.sub, tt.prefix)
			l.now = time.Date(2026, 9, 30, 20, 3, 0, 0, time.UTC) // the months' and days' digits change soon
			l.o.Since = l.now.Add(-30 * time.Hour)
			l.restart()
			n := 0
			put := func(at time.Time) string {
				k := tt.key(at, n)
				n++
				l.bucket.putObject(Object{Key: k, ETag: "1", Size: 1, LastModified: l.now})
				return k
			}
			put(l.now.Add(-60 * time.Hour))
			var want []string
			for at := l.now.Add(-29 * time.Hour); !at.After(l.now); at = at.Add(23 * time.Minute) {
				want = append(want, put(at))
			}
			l.wantPoll(want...)
			for i := range 60 { // over two midnights
				l.now = l.now.Add(47 * time.Minute)
				if i%20 == 19 {
					l.restart()
				}
				want := []string{put(l.now.Add(-time.Minute)), put(l.now.Add(-5 * time.Minute))}
				if i%4 == 0 {
					l.wantPoll(want...)
					continue
				}
				late := put(l.now.Add(-5 * time.Hour))
				got, _ := l.poll()
				l.now = l.now.Add(30 * time.Minute)
				again, _ := l.poll()
				if got = append(got, again...); len(got) != 3 {
					t.Fatalf("round %d: found %v, want %v and %s", i, got, want, late)
				}
			}
		})
	}
}

func TestBackfill(t *testing.T) {
	for name, tt := range map[string]struct {
		sub    config.SubType
		prefix string
		key    func(at time.Time) string
	}{
		"named":    {config.SubTypeCloudTrail, trailDir, func(at time.Time) string { return trailKey(account, region, at, 0) }},
		"Firehose": {config.SubTypeWAF, "waf", func(at time.Time) string { return "waf/" + at.Format("2006/01/02/15/uuid-04") }},
		"unpadded": {config.SubTypeWAF, "waf///YYYY///m=///m//", func(at time.Time) string { return "waf/" + at.Format("2006/m=1/02-15-04") }},
		"undated":  {config.SubTypeWAF, "waf", func(at time.Time) string { return "waf/1_waflogs_r_a_" + at.Format("20060102T1504Z") + "_x.log.gz" }},
		"searched": {config.SubTypeWAF, "waf///YYYY/////m/////d/////H//", func(at time.Time) string {
			return "waf/" + at.Format("2006/1/2/") + fmt.Sprint(at.Hour()) + at.Format("/04")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tt.sub, tt.prefix)
			l.o.Since, l.o.Until = noon.AddDate(0, -2, 0), noon.AddDate(0, -1, 0)
			l.restart()
			var want []string
			for at := noon.AddDate(0, -3, 0); at.Before(noon); at = at.Add(9 * time.Hour) {
				k := tt.key(at)
				l.bucket.putObject(Object{Key: k, ETag: "1", Size: 1, LastModified: at})
				if !at.Before(l.o.Since) && at.Before(l.o.Until) {
					want = append(want, k)
				}
			}
			l.wantPoll(want...)
			l.wantPoll()
			l.restart()
			l.wantPoll()
		})
	}
}

// TestFloor: what the ledger has forgotten is not found a second time.
func TestFloor(t *testing.T) {
	old, young := trailKey(account, region, noon.Add(-3*time.Hour), 0), trailKey(account, region, noon.Add(-time.Hour), 0)
	l := newLab(t, config.SubTypeCloudTrail, trailDir, old, young)
	stem := trailDir + "/" + account + "_CloudTrail_" + region + "_"
	l.ledger.marks[stem] = noon.Add(-90 * time.Minute)
	l.ledger.floors[stem] = noon.Add(-2 * time.Hour)
	for i := range 10 {
		l.now = l.now.Add(10 * time.Minute)
		if got, _ := l.poll(); i == 0 && (len(got) != 1 || got[0] != young) || i > 0 && len(got) > 0 {
			t.Errorf("poll %d found %v", i, got)
		}
	}
}
