package logs_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/logs"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
)

var speedOrders = flag.Int("speed.orders", 1, "in how many random orders the answers come to each of TestLogsSpeed's readers; with more than one, every shape is read at every round trip")

// backlogs are where in the past the events of a backlog are: part 0 to 1 of them
// is so long ago.
var backlogs = map[string]func(part float64) time.Duration{
	"evenly":         func(part float64) time.Duration { return ago(20 * part) },
	"over 14 days":   func(part float64) time.Duration { return ago(14 * 24 * part) },
	"in one hour":    func(part float64) time.Duration { return ago(3 + part) },
	"in one minute":  func(part float64) time.Duration { return mostly(part, time.Minute) },
	"in one second":  func(part float64) time.Duration { return mostly(part, time.Second) },
	"in six bursts":  func(part float64) time.Duration { burst, rest := math.Modf(part * 6); return ago(3*burst + rest/6) },
	"in twenty logs": func(part float64) time.Duration { return ago(20 * part) },
}

func ago(hours float64) time.Duration { return time.Duration(hours * float64(time.Hour)) }

// mostly has 90 % of the events within so long.
func mostly(part float64, within time.Duration) time.Duration {
	if part < 0.9 {
		return ago(7.3) + time.Duration(part/0.9*float64(within))
	}
	return ago((part - 0.9) * 230)
}

// TestLogsSpeed reads a backlog at the quota's speed within 10 %: whatever a
// page's round trip takes, wherever in the time range the events are, and
// whichever answer comes first. A backlog is what AWS answers in a minute: the
// first round trip and the last have their part in the 10 %.
func TestLogsSpeed(t *testing.T) {
	quotas := map[string]int{"eu-central-1": 5, "eu-west-1": 10, "us-east-1": 25}
	tests := []struct {
		shape, region string
		trips         []time.Duration // the first is always read
	}{
		{"evenly", "eu-central-1", []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond}},
		{"over 14 days", "eu-central-1", []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond}},
		{"in one hour", "eu-central-1", []time.Duration{time.Second, 900 * time.Millisecond, 200 * time.Millisecond, 50 * time.Millisecond}},
		{"in one minute", "eu-central-1", []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond}},
		// At a second a page it is 0.887 to 0.933: to find where the events are, down
		// to the millisecond, takes a round trip more.
		{"in one second", "eu-central-1", []time.Duration{200 * time.Millisecond, 50 * time.Millisecond}},
		{"in six bursts", "eu-central-1", []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond}},
		{"in twenty logs", "eu-central-1", []time.Duration{200 * time.Millisecond, time.Second, 50 * time.Millisecond}},
		// At a second a page it is 0.898 to 0.927.
		{"in one hour", "eu-west-1", []time.Duration{500 * time.Millisecond, 200 * time.Millisecond}},
		{"in one hour", "us-east-1", []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second}},
		{"in one minute", "us-east-1", []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second}},
	}
	for _, test := range tests {
		for i, trip := range test.trips {
			if i > 0 && *speedOrders == 1 {
				break
			}
			quota := quotas[test.region]
			t.Run(fmt.Sprintf("%s, %d a second, %v", test.shape, quota, trip), func(t *testing.T) {
				least, most := 1.0, 0.0
				for order := range *speedOrders {
					synctest.Test(t, func(t *testing.T) {
						speed := readBacklog(t, test.shape, test.region, 60*quota, trip, uint64(order)) / float64(quota)
						least, most = min(least, speed), max(most, speed)
					})
				}
				t.Logf("%.3f to %.3f of the quota", least, most)
				if least < 0.9 {
					t.Errorf("%.3f of the quota's speed, want 0.9", least)
				}
			})
		}
	}
}

// readBacklog reads a backlog of so many pages, if one reader read them, and
// returns how many of them it read in a second.
func readBacklog(t *testing.T, shape, region string, pages int, trip time.Duration, order uint64) float64 {
	const perPage = 10
	groups := 1
	if shape == "in twenty logs" {
		groups = 20
	}
	var names []string
	for i := range groups {
		names = append(names, fmt.Sprint("app-", i))
	}
	w := newWorldOf(t, fakeaws.Options{Region: region}, names...)
	w.options.Interval, w.options.Readers = 5*time.Minute, logs.Useful(region)
	if shape == "over 14 days" {
		w.options.Since = time.Now().Add(-15 * 24 * time.Hour)
	}
	w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return perPage }})
	events := pages/groups*perPage - 1 // the last page is not full
	for _, name := range names {
		for i := range events {
			w.put(name, "s", fmt.Sprint(i), time.Now().Add(-backlogs[shape](float64(i)/float64(events))-time.Minute), 0)
		}
	}
	client := w.client(testKey)
	w.options.Reader, w.options.Lister = &farAway{Reader: client, trip: trip, random: rand.New(rand.NewPCG(order, 1))}, client
	began := time.Now()
	w.start()
	for w.count.get("records_total") < int64(groups*events) && time.Since(began) < 10*time.Minute {
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(began)
	w.stop()
	w.wantAll(1)
	if n := w.aws.Requests()["logs.FilterLogEvents.throttled"]; n > 0 {
		t.Errorf("throttled %d times", n)
	}
	return float64(pages) / took.Seconds()
}

// farAway is an AWS to which a request takes 30 to 50 % of a round trip, and the
// answer 50 to 70 %.
type farAway struct {
	logs.Reader
	trip   time.Duration
	mu     sync.Mutex
	random *rand.Rand
}

func (f *farAway) FilterPage(ctx context.Context, in source.FilterInput) (source.LogPage, error) {
	f.mu.Lock()
	there, back := 0.3+0.2*f.random.Float64(), 0.5+0.2*f.random.Float64()
	f.mu.Unlock()
	if err := sleep(ctx, time.Duration(there*float64(f.trip))); err != nil {
		return source.LogPage{}, err
	}
	page, err := f.Reader.FilterPage(ctx, in)
	if err := sleep(ctx, time.Duration(back*float64(f.trip))); err != nil {
		return source.LogPage{}, err
	}
	return page, err
}

// streamByStream is an AWS that answers one stream after another, as none
// should.
type streamByStream struct {
	streams map[string][]source.LogEvent
	names   []string
	page    int
}

func (s *streamByStream) FilterPage(ctx context.Context, in source.FilterInput) (page source.LogPage, err error) {
	if err := sleep(ctx, time.Second); err != nil {
		return page, err
	}
	var all []source.LogEvent
	for _, name := range s.names {
		for _, e := range s.streams[name] {
			if in.From <= e.Timestamp && e.Timestamp < in.To {
				all = append(all, e)
			}
		}
	}
	at := len(in.Token)
	end := min(at+s.page, len(all))
	if page.Events = all[at:end]; end < len(all) {
		page.Token = strings.Repeat("x", end)
	}
	return page, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestLogsOutOfOrder has no order of time to rely on.
func TestLogsOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		aws := &streamByStream{streams: map[string][]source.LogEvent{}, names: []string{"a", "b", "c"}, page: 10}
		for i := range 600 {
			for _, stream := range aws.names {
				id := fmt.Sprint(stream, i)
				at := time.Now().Add(-20*time.Hour + time.Duration(i)*time.Minute)
				aws.streams[stream] = append(aws.streams[stream], source.LogEvent{ID: id, Stream: stream, Message: id, Timestamp: at.UnixMilli()})
				w.expect(logID("app", stream, id), id)
			}
		}
		w.options.Reader, w.options.Lister = aws, w.client(testKey)
		w.start()
		time.Sleep(time.Hour)
		w.stop()
		w.wantAll(2)
		if n := strings.Count(w.log(), "read by one reader"); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

// TestLogsShareAQuota has connectors of one account.
func TestLogsShareAQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.options.Interval = time.Second
		other := *w
		other.db, other.host, other.journal = newWorld(t, "app").db, fakehost.New(), &fakehost.Journal{}
		w.start()
		other.start()
		time.Sleep(5 * time.Minute)
		w.stop()
		other.stop()
		if n := w.aws.Requests()["logs.FilterLogEvents.throttled"]; n > 0 {
			t.Errorf("throttled %d times", n)
		}
	})
}
