package source

import (
	"context"
	"flag"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// wholeDay makes the day as large as the budget is meant for. make bench does.
var wholeDay = flag.Bool("budget.day", false, "a million keys under the day instead of 200,000")

// flowDay is a bucket with a day of flow logs in it: families of so many keys a
// minute. A few become visible late.
type flowDay struct {
	keys      []string
	now       time.Time
	perMinute int // of a family
}

const (
	dayFamilies = 5
	dayMinutes  = 24 * 60
)

var dayStart = noon.Truncate(24 * time.Hour)

// parts takes apart the number of a key, which are in the keys' order.
func (d *flowDay) parts(n int) (family int, at time.Time) {
	minute := n / d.perMinute % dayMinutes
	return n / d.perFamily(), dayStart.Add(time.Duration(minute) * time.Minute)
}

func (d *flowDay) perFamily() int { return dayMinutes * d.perMinute }

// dayKeys are the keys, by their numbers. Sprintf for each takes too long.
func dayKeys(perMinute int) []string {
	var keys []string
	for family := range dayFamilies {
		for minute := range dayMinutes {
			at := dayStart.Add(time.Duration(minute) * time.Minute)
			model := flowKey("2006/01/02/", "fl-"+string(rune('a'+family)), at, 0)
			head, _ := strings.CutSuffix(model, "00000000.log.gz")
			for range perMinute {
				digits := strconv.Itoa(10_000_000 + len(keys))
				keys = append(keys, head+digits+".log.gz")
			}
		}
	}
	return keys
}

// visible is when a key appears: one in 301 is late, by up to the lookback.
func (d *flowDay) visible(n int) time.Time {
	_, at := d.parts(n)
	if n%301 == 0 {
		return at.Add(time.Duration(n/301*37%360) * time.Minute)
	}
	return at
}

func (d *flowDay) ListPage(_ context.Context, in ListInput) (out ListOutput, err error) {
	n := sort.Search(len(d.keys), func(n int) bool { return d.keys[n] > in.StartAfter })
	for ; n < len(d.keys); n++ {
		if family, at := d.parts(n); at.After(d.now) {
			n = (family+1)*d.perFamily() - 1
			continue
		}
		if d.visible(n).After(d.now) || !strings.HasPrefix(d.keys[n], in.Prefix) {
			continue
		}
		if len(out.Objects) == in.MaxKeys {
			out.Token = "more"
			return out, nil
		}
		out.Objects = append(out.Objects, Object{Key: d.keys[n], ETag: "1", Size: 1, LastModified: d.visible(n)})
	}
	return out, nil
}

// TestBudgetWithSweeps polls through such a day. All list requests together,
// those for late keys included, stay within the budgets of the polls, and every
// key that appears within the lookback is found.
func TestBudgetWithSweeps(t *testing.T) {
	const lookback, interval, start, hours = 6 * time.Hour, 5 * time.Minute, 2 * time.Hour, 9 * time.Hour
	day := &flowDay{perMinute: 28, now: dayStart.Add(start)}
	if *wholeDay {
		day.perMinute = 139
	}
	day.keys = dayKeys(day.perMinute)
	layout, err := Compile(config.SubTypeVPCFlow, "AWSLogs/"+account+"/vpcflowlogs/"+region)
	if err != nil {
		t.Fatal(err)
	}
	ledger := newLedger()
	poller := NewPoller(day, layout, ledger, Options{
		Bucket: "logs", Since: dayStart, Workers: 4, Lookback: Retention(lookback, interval),
	})
	poll := func() (n int, s Stats) {
		s, err := poller.Poll(t.Context(), day.now, func(o Object) error {
			n++
			ledger.deliver(o, day.now)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n, s
	}
	poll() // catches up
	poll()
	var lists, budget, worst, polls int
	// The polls after one of the lookback's edge pay for it.
	for ; day.now.Before(dayStart.Add(start+hours)) || poller.credit.left < 0; polls++ {
		day.now = day.now.Add(interval)
		n, s := poll()
		lists += s.Lists
		budget += n/1000 + dayFamilies + 3
		worst = max(worst, s.Lists)
	}
	t.Logf("%d keys a day, %d polls: %d requests, budget %d; at most %d in one poll", len(day.keys), polls, lists, budget, worst)
	if lists > budget {
		t.Errorf("%d requests in %d polls, want at most %d", lists, polls, budget)
	}
	for n, key := range day.keys {
		_, at := day.parts(n)
		over := at.Add(Retention(lookback, interval)).Before(day.now) // the last look at it
		if over && day.visible(n).Before(at.Add(lookback)) && !ledger.Known(key, "1") {
			t.Fatalf("%s was visible at %s and is not found", key, day.visible(n).Format(time.TimeOnly))
		}
	}
}

// TestCreditIsShared: with little to spend, every root's sweep gets its turn.
func TestCreditIsShared(t *testing.T) {
	var roots []*root
	for _, prefix := range []string{"a", "b", "c", "d", "e"} {
		roots = append(roots, newRoot(prefix))
	}
	c := credit{left: 2}
	var served []string
	for range 5 {
		first := c.begin(roots)
		for i := range roots {
			if r := roots[(first+i)%len(roots)]; c.spend(r) {
				served = append(served, r.prefix)
			}
		}
		c.left = 2
	}
	if want := strings.Split("a b c d e a b c d e", " "); !slices.Equal(served, want) {
		t.Errorf("served %v, want %v", served, want)
	}
}
