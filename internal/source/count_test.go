package source

import (
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// count counts what is in the lab's range, as seen from where its ledger is.
func (l *lab) count() (total Tally) {
	l.t.Helper()
	marks := l.ledger.Marks("")
	if err := l.poller.Count(l.t.Context(), l.now, marks, func(t Tally) { total = t }); err != nil {
		l.t.Fatal(err)
	}
	return total
}

func TestCount(t *testing.T) {
	var keys []string
	for _, r := range []string{"us-east-1", "eu-west-1"} {
		for at := noon.Add(-72 * time.Hour); at.Before(noon); at = at.Add(2 * time.Minute) {
			keys = append(keys, trailKey(account, r, at, 0))
		}
	}
	l := newLab(t, config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/*", keys...)
	l.o.Since, l.o.Until = noon.Add(-48*time.Hour), noon.Add(-8*time.Hour)
	l.restart()
	const inRange = 2 * 40 * 30
	if got := l.count(); got != (Tally{Objects: inRange, Bytes: inRange}) {
		t.Errorf("%+v, want %d objects of a byte", got, inRange)
	}
	if lists := l.bucket.lists; lists > 8 {
		t.Errorf("%d requests", lists)
	}

	// Half way: what was delivered is told by the marks and, where objects share
	// the mark's time or were delivered out of order, by the poll.
	delivered := 0
	for _, k := range keys {
		parsed, _ := l.layout.Parse(k)
		at := parsed.Time()
		if at.Before(l.o.Since) || !at.Before(noon.Add(-30*time.Hour)) && at.Minute() != 0 || !at.Before(l.o.Until) {
			continue
		}
		l.ledger.known[k+"\x001"] = true
		l.ledger.marks[parsed.Family()] = noon.Add(-30*time.Hour - 10*time.Minute)
		delivered++
	}
	got := l.count()
	if got.Objects != inRange {
		t.Errorf("%d objects, want %d", got.Objects, inRange)
	}
	found, stats := l.poll()
	if int(got.Earlier)+stats.Known != delivered || len(found) != inRange-delivered {
		t.Errorf("%d by the marks and %d by the poll, want %d; found %d, want %d", got.Earlier, stats.Known, delivered, len(found), inRange-delivered)
	}
}

// TestCountUnsorted: folders whose names do not sort are counted one by one.
func TestCountUnsorted(t *testing.T) {
	var keys []string
	for at := noon.Add(-72 * time.Hour); at.Before(noon); at = at.Add(time.Hour) {
		keys = append(keys, at.Format("waf/2006/1/2/")+at.Format("aws-waf-logs-x-1-2006-01-02-15-04-05-")+"uuid")
	}
	l := newLab(t, config.SubTypeWAF, "waf///YYYY/////m/////d//", keys...)
	day := noon.Truncate(24 * time.Hour)
	l.o.Since, l.o.Until = day.Add(-48*time.Hour), day.Add(-24*time.Hour)
	l.restart()
	if got := l.count(); got.Objects != 24 {
		t.Errorf("%+v, want the 24 objects of a day", got)
	}
}
