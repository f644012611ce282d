package logs_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/source"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
)

// TestLogsSpeed reads a backlog at the quota's speed, whatever a page's round
// trip takes, and wherever in the time range the events are.
func TestLogsSpeed(t *testing.T) {
	const perPage, quota = 4, 5
	// Which reader asks first is chance: over random orders the one hour of 300
	// pages reaches 0.87 to 0.92 of the quota, the others less spread.
	least := map[string]float64{"in one hour 300": 0.85}
	for name, at := range map[string]func(part float64) time.Duration{ // before now
		"evenly":      func(part float64) time.Duration { return time.Duration(part * float64(20*time.Hour)) },
		"in one hour": func(part float64) time.Duration { return 3*time.Hour + time.Duration(part*float64(time.Hour)) },
		"in bursts": func(part float64) time.Duration {
			burst, rest := math.Modf(part * 6)
			return time.Duration(burst)*3*time.Hour + time.Duration(rest*float64(10*time.Minute))
		},
	} {
		for _, pages := range []int{300, 1000} {
			name := fmt.Sprint(name, " ", pages)
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, "app")
					w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return perPage }})
					w.aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: 900 * time.Millisecond} })
					for i := range pages * perPage {
						w.put("app", "s", fmt.Sprint(i), time.Now().Add(-at(float64(i)/float64(pages*perPage))-time.Minute), 0)
					}
					began := time.Now()
					w.start()
					for w.count.get("records_total") < int64(pages*perPage) && time.Since(began) < 10*time.Minute {
						time.Sleep(100 * time.Millisecond)
					}
					took := time.Since(began)
					w.stop()
					w.wantAll(1)
					part := float64(pages) / took.Seconds() / quota
					t.Logf("%v for %d pages: %.2f of the quota; requests %v", took, pages, part, w.aws.Requests())
					if want := cmp.Or(least[name], 0.9); part < want {
						t.Errorf("%.2f of the quota's speed, want %.2f", part, want)
					}
					if n := w.aws.Requests()["logs.FilterLogEvents.throttled"]; n > 3 {
						t.Errorf("throttled %d times", n)
					}
				})
			})
		}
	}
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
