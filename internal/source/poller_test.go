package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

const (
	account  = "111122223333"
	region   = "us-east-1"
	trailDir = "AWSLogs/" + account + "/CloudTrail/" + region
)

func TestPollFindsWhatIsNew(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir,
		trailKey(account, region, noon.Add(-25*time.Hour), 0), // before Since
		trailKey(account, region, noon.Add(-24*time.Hour), 0),
		trailKey(account, region, noon.Add(-time.Minute), 0),
		trailDir+"/2026/11/22/",
		trailDir+"/readme.txt",
		"AWSLogs/"+account+"/CloudTrail-Digest/"+region+"/2026/11/22/"+account+"_CloudTrail-Digest_"+region+"_trail_"+region+"_20261122T115900Z.json.gz",
	)
	l.wantPoll(trailKey(account, region, noon.Add(-24*time.Hour), 0), trailKey(account, region, noon.Add(-time.Minute), 0))
	l.wantPoll()
	for i := range 3 {
		l.now = l.now.Add(5 * time.Minute)
		k := trailKey(account, region, l.now, i)
		l.bucket.put(k)
		l.wantPoll(k)
	}
	// An overwritten object is a new one.
	k := trailKey(account, region, l.now, 2)
	l.bucket.putObject(Object{Key: k, ETag: "2", Size: 2, LastModified: l.now})
	l.wantPoll(k)
	l.wantPoll()
	// Over midnight and over a pause of days, with and without a restart.
	for i, pause := range []time.Duration{13 * time.Hour, 75 * time.Hour, 75 * time.Hour} {
		if i == 2 {
			l.restart()
		}
		var want []string
		for at := l.now.Add(time.Minute); at.Before(l.now.Add(pause)); at = at.Add(7 * time.Minute) {
			want = append(want, trailKey(account, region, at, i))
		}
		l.bucket.put(want...)
		l.now = l.now.Add(pause)
		l.wantPoll(want...)
		l.wantPoll()
	}
}

// TestLateKeysOfASmallBucket: where the lookback is a page, a late key in
// yesterday's folder is found by the next poll, without waiting for the sweep.
func TestLateKeysOfASmallBucket(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir)
	l.now = noon.Add(-11 * time.Hour) // 01:00
	first := trailKey(account, region, l.now.Add(-time.Minute), 0)
	l.bucket.put(first)
	l.wantPoll(first)
	for i := range 5 {
		l.now = l.now.Add(time.Second)
		late := trailKey(account, region, l.now.Add(-time.Duration(i+1)*time.Hour), i)
		l.bucket.put(late)
		l.wantPoll(late)
	}
}

// TestLateObjectInFlightOverARestart: it has held its family's mark further back
// than the lookback from the others', and is found again.
func TestLateObjectInFlightOverARestart(t *testing.T) {
	const other = "444455556666"
	l := newLab(t, config.SubTypeCloudTrail, trailDir)
	unfinished, done := trailKey(account, region, noon.Add(-8*time.Hour), 0), trailKey(account, region, noon.Add(-2*time.Hour), 1)
	ahead := trailDir + "/2026/11/22/" + other + "_CloudTrail_" + region + "_20261122T1159Z_0000000000000000.json.gz"
	l.bucket.put(unfinished, done, ahead)
	l.wantPoll(unfinished, done, ahead)
	k, _, _ := l.layout.parse(unfinished)
	delete(l.ledger.known, unfinished+"\x00"+l.bucket.object(unfinished).ETag)
	l.ledger.marks[k.Family()] = k.Time() // of what is in flight
	l.now = l.now.Add(time.Minute)
	l.restart()
	l.wantPoll(unfinished)
}

// TestKeysOfOneStamp: names of the same minute sort by chance. A new one that
// sorts before those known is found by the next poll, without waiting for the
// sweep to come by.
func TestKeysOfOneStamp(t *testing.T) {
	const accounts = 12
	l := newLab(t, config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/"+region)
	for _, n := range []int{500, 300, 400, 100, 900} {
		var want []string
		for a := range accounts {
			want = append(want, trailKey(fmt.Sprintf("%012d", a+1), region, noon, n))
		}
		l.bucket.put(want...)
		l.now = l.now.Add(time.Second)
		l.wantPoll(want...)
	}
}

// TestBudget: a million keys under the day, and requests only for what is new.
// The sweep's come on top; TestSweepIsSpread counts them.
func TestBudget(t *testing.T) {
	tests := []struct {
		sub      config.SubType
		prefix   string
		families int
		total    int
		key      func(family int, at time.Time, n int) string
	}{
		{config.SubTypeCloudTrail, trailDir, 1, 1_000_000, func(_ int, at time.Time, n int) string { return trailKey(account, region, at, n) }},
		{config.SubTypeVPCFlow, "AWSLogs/" + account + "/vpcflowlogs/" + region, 8, 40_000, func(f int, at time.Time, n int) string {
			return flowKey("2006/01/02/", fmt.Sprintf("fl-%04d", f), at, n)
		}},
		{config.SubTypeCloudTrail, "AWSLogs/" + account + "/CloudTrail/*", 8, 40_000, func(f int, at time.Time, n int) string {
			return trailKey(account, fmt.Sprintf("eu-west-%d", f), at, n)
		}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, %d families", tt.sub, tt.families), func(t *testing.T) {
			if testing.Short() {
				tt.total /= 10
			}
			l := newLab(t, tt.sub, tt.prefix, manyKeys(tt.total, tt.families, tt.key)...)
			l.o.Since = noon.Add(-20 * time.Minute)
			l.restart()
			l.poll()
			l.restart()  // from the ledger's marks
			n := 1 << 30 // beyond the others
			for poll := range 16 {
				var fresh []string
				l.now = l.now.Add(5 * time.Minute)
				for range []int{0, 1, 300, 900, 2500}[poll%5] {
					fresh = append(fresh, tt.key(n%tt.families, l.now.Add(-time.Duration(n%300)*time.Second), n))
					n++
				}
				slices.Sort(fresh)
				l.bucket.put(fresh...)
				got, stats := l.poll()
				if poll == 0 {
					continue // finds the 20 minutes before, which the marks do not cover
				}
				slices.Sort(got)
				if missed := len(fresh) - len(got); missed > len(fresh)/10 {
					t.Errorf("poll %d: found %d of %d new keys", poll, len(got), len(fresh))
				}
				if budget := len(fresh)/1000 + tt.families + 3; stats.Lists-stats.SweepLists > budget {
					t.Errorf("poll %d: %d requests for %d new keys, want at most %d", poll, stats.Lists-stats.SweepLists, len(fresh), budget)
				}
			}
		})
	}
}

// TestSweepIsSpread: late keys anywhere in the lookback are found within one
// SweepEvery and a poll, and no poll does the whole sweep.
func TestSweepIsSpread(t *testing.T) {
	const total = 72_000
	l := newLab(t, config.SubTypeCloudTrail, trailDir, manyKeys(total, 1, func(_ int, at time.Time, n int) string {
		return trailKey(account, region, at, n)
	})...)
	l.poll()
	l.restart()
	const pages = total / 2 / 1000 // half of the day is in the lookback
	if got, stats := l.poll(); len(got) > 0 || stats.SweepLists < pages || stats.SweepLists > pages+3 {
		t.Fatalf("the first poll found %d keys with %d requests for its sweep", len(got), stats.SweepLists)
	}
	every := l.poller.o.SweepEvery
	if every != 15*time.Minute {
		t.Fatalf("SweepEvery = %v", every)
	}
	for i, back := range []time.Duration{5*time.Hour + 50*time.Minute, 3 * time.Hour, 40 * time.Minute, 5 * time.Hour} {
		late := trailKey(account, region, l.now.Add(-back), 1+2*i)
		l.bucket.put(late)
		found := false
		for deadline := l.now.Add(every + time.Minute); !found && l.now.Before(deadline); {
			l.now = l.now.Add(time.Minute)
			got, stats := l.poll()
			found = len(got) == 1 && got[0] == late
			if len(got) > 1 || len(got) == 1 && !found {
				t.Fatalf("found %v, want %s", got, late)
			}
			if stats.SweepLists > pages/15+3 {
				t.Errorf("one poll made %d requests of about %d for its sweep", stats.SweepLists, pages)
			}
		}
		if !found {
			t.Errorf("a key late by %v was not found within %v", back, every+time.Minute)
		}
	}
	// Later than the lookback is too late.
	l.bucket.put(trailKey(account, region, l.now.Add(-7*time.Hour), 1))
	for range 40 {
		l.now = l.now.Add(time.Minute)
		l.wantPoll()
	}
}

// TestRarePolls: with an interval beyond SweepEvery, every poll sweeps.
func TestRarePolls(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir, trailKey(account, region, noon.Add(-time.Hour), 0))
	l.poll()
	for i := range 3 {
		l.now = l.now.Add(time.Hour)
		late, fresh := trailKey(account, region, l.now.Add(-4*time.Hour), i), trailKey(account, region, l.now, i)
		l.bucket.put(late, fresh)
		l.wantPoll(late, fresh)
	}
}

func TestLookbackReachesYesterday(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir, trailKey(account, region, noon, 0))
	l.poll()
	l.now = noon.Truncate(24 * time.Hour).Add(24*time.Hour + 2*time.Minute)
	late, fresh := trailKey(account, region, l.now.Add(-7*time.Minute), 0), trailKey(account, region, l.now, 0)
	l.bucket.put(late, fresh)
	l.wantPoll(late, fresh)
	l.now = l.now.Add(3 * time.Hour)
	l.bucket.put(trailKey(account, region, l.now, 0))
	l.poll()
	late = trailKey(account, region, l.now.Add(-5*time.Hour), 1)
	l.bucket.put(late)
	l.now = l.now.Add(15 * time.Minute)
	l.wantPoll(late)
}

func TestControlTower(t *testing.T) {
	prefix := "o-abc123/AWSLogs/o-abc123/*/CloudTrail/*"
	key := func(account, region string, at time.Time) string {
		return "o-abc123/AWSLogs/o-abc123/" + strings.TrimPrefix(trailKey(account, region, at, 0), "AWSLogs/")
	}
	l := newLab(t, config.SubTypeCloudTrail, prefix)
	var want []string
	for a := range 40 {
		name := fmt.Sprintf("%012d", a+5)
		want = append(want, key(name, "eu-west-1", noon), key(name, "us-east-1", noon))
		for _, foreign := range []string{"Config", "CloudTrail-Digest", "CloudTrail-Insight"} {
			l.bucket.put("o-abc123/AWSLogs/o-abc123/" + name + "/" + foreign + "/us-east-1/2026/11/22/" + name + "_" + foreign + "_us-east-1_20261122T1200Z_x.json.gz")
		}
	}
	l.bucket.put(want...)
	stats := l.wantPoll(want...)
	if stats.Roots != 40 {
		t.Errorf("Roots = %d", stats.Roots)
	}
	// A 41st account, and a new region that sorts first in an old one.
	l.now = l.now.Add(time.Minute)
	want = []string{key("000000000001", "us-east-1", l.now), key("000000000007", "ap-east-1", l.now), key("000000000008", "us-east-1", l.now)}
	l.bucket.put(want...)
	stats = l.wantPoll(want...)
	if budget := 1 + 41 + 82 + 3; stats.Lists > budget {
		t.Errorf("%d requests, want at most %d", stats.Lists, budget)
	}
	for _, in := range l.bucket.asked {
		for _, foreign := range []string{"Config", "Digest", "Insight"} {
			if strings.Contains(in.Prefix, foreign) {
				t.Fatalf("listed a foreign folder: %+v", in)
			}
		}
	}
	if stats.Foreign != 0 {
		t.Errorf("%d keys of foreign folders were listed", stats.Foreign)
	}
}

// TestOneFolderFails has S3 refuse one folder, or answer what makes its reader
// panic: the others are listed, and so is it when that is over.
func TestOneFolderFails(t *testing.T) {
	for name, fault := range map[string]func(*bucket) *string{
		"refused": func(b *bucket) *string { return &b.denied },
		"panic":   func(b *bucket) *string { return &b.odd },
	} {
		t.Run(name, func(t *testing.T) {
			k := func(a int, at time.Time) string { return trailKey(fmt.Sprintf("%012d", a), region, at, 0) }
			l := newLab(t, config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/"+region, k(1, noon), k(2, noon), k(3, noon))
			where := fault(l.bucket)
			*where = "AWSLogs/000000000002"
			got, _, err := l.tryPoll()
			if err == nil || !strings.Contains(err.Error(), "logs/AWSLogs/000000000002/") {
				t.Errorf("err = %v, want one that names the folder", err)
			}
			if len(got) != 2 {
				t.Errorf("found %v, want the two others", got)
			}
			*where = ""
			l.now = l.now.Add(time.Minute)
			l.wantPoll(k(2, noon))
			// The search for accounts fails: the known ones are still polled.
			l.bucket.put(k(1, l.now))
			*where = "AWSLogs/"
			if _, _, err := l.tryPoll(); err == nil {
				t.Error("no error")
			}
			*where = ""
			l.wantPoll(k(1, l.now))
		})
	}
}

// TestCutShort: a listing that stops anywhere is taken up there, in this process
// and in the next, and nothing is lost.
func TestCutShort(t *testing.T) {
	for _, restart := range []bool{false, true} {
		var want []string
		for i := range 300 {
			at := noon.Add(-70*time.Hour + time.Duration(i)*14*time.Minute)
			want = append(want, flowKey("2006/01/02/15/", "fl-b", at, i), flowKey("2006/01/02/15/", "fl-a", at, i))
		}
		l := newLab(t, config.SubTypeVPCFlow, "AWSLogs/"+account+"/vpcflowlogs/"+region, want...)
		l.o.Since = time.Time{}
		l.restart()
		var got []string
		stop := errors.New("stop")
		for range 100 {
			n := 0
			_, err := l.poller.Poll(t.Context(), l.now, func(o Object) error {
				if n++; n > 17 {
					return stop
				}
				got = append(got, o.Key)
				l.ledger.deliver(o, l.now)
				return nil
			})
			if err == nil {
				break
			}
			if !errors.Is(err, stop) {
				t.Fatal(err)
			}
			if restart {
				l.restart()
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("restart %v: found %d objects, want %d", restart, len(got), len(want))
		}
	}
}

func TestContextEndsPoll(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir, trailKey(account, region, noon, 0), trailKey(account, region, noon, 1))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the host stops")
	n := 0
	_, err := l.poller.Poll(ctx, l.now, func(Object) error {
		n++
		cancel(why)
		return nil
	})
	if !errors.Is(err, why) || n != 1 {
		t.Errorf("Poll = %v after %d objects, want %v after 1", err, n, why)
	}
}

func TestStuckServerIsAnError(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, trailDir)
	l.poller = NewPoller(stuck{}, l.layout, l.ledger, l.o)
	if _, _, err := l.poller.tryOnce(t.Context(), l.now); err == nil || !strings.Contains(err.Error(), "does not go on") {
		t.Errorf("err = %v", err)
	}
}

func (p *Poller) tryOnce(ctx context.Context, now time.Time) (int, Stats, error) {
	n := 0
	stats, err := p.Poll(ctx, now, func(Object) error { n++; return nil })
	return n, stats, err
}

// stuck ignores StartAfter.
type stuck struct{}

func (stuck) ListPage(context.Context, ListInput) (ListOutput, error) {
	return ListOutput{Objects: []Object{{Key: trailKey(account, region, noon, 0), ETag: "1"}}, Token: "more"}, nil
}
