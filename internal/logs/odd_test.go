package logs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/logs"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/tests/fakeaws"
)

// TestLogTokenExpires stalls the host for longer than a token lives.
func TestLogTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return 10 }})
		for i := range 60 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Minute), 0)
		}
		w.host.Limit, w.host.Stalled = 2, true
		w.start()
		time.Sleep(25 * time.Hour)
		w.host.Change(func() { w.host.Stalled, w.host.Limit, w.host.Stored = false, 0, 2 })
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLogFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.options.Drop = func(event []byte) bool { return strings.Contains(string(event), "noise") }
		w.put("app", "s", "kept", time.Now(), 0)
		for range 5 {
			w.putQuietly("app", "s", fakeaws.LogEvent{Time: time.Now(), Message: "noise"})
		}
		w.collect(time.Hour)
	})
}

// TestLogsOfOneMoment has many events of the same millisecond, at the borders
// of pages, of what is cut, and of the lookback.
func TestLogsOfOneMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return []int{7, 10, 0, 3}[n%4] }})
		w.aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: 900 * time.Millisecond} })
		w.options.Interval, w.options.Lookback, w.options.Sweeps = time.Minute, time.Minute, nil
		at := time.Now().Truncate(time.Second).Add(-time.Hour)
		for i := range 1200 {
			w.put("app", fmt.Sprint("s", i%3), fmt.Sprint(i), at.Add(time.Duration(i/40)*time.Minute), 0)
		}
		w.start()
		time.Sleep(3 * time.Minute)
		for range 5 { // at the very border of a lookback, and a millisecond beside it
			for _, d := range []time.Duration{-time.Millisecond, 0, time.Millisecond} {
				w.put("app", "s0", "border", time.Now().Add(d-5*time.Second), 0)
			}
			time.Sleep(time.Minute)
		}
		w.stop()
		w.wantAll(1)
	})
}

// TestLargeLogs are as large as CloudWatch Logs takes them.
func TestLargeLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "flows")
		for i := range 6 {
			w.put("app", "s", fmt.Sprint(i)+strings.Repeat("x\t\"ü", 1<<20/5-10), time.Now().Add(-time.Duration(i)*time.Second), 0)
			w.put("flows", "s", `{"a":"`+strings.Repeat("b", 1<<20-40)+`"}`, time.Now().Add(-time.Duration(i)*time.Second), 0)
		}
		w.collect(2 * time.Minute)
	})
}

// TestLogTokenRefused has every token refused: it is an error, and no endless
// beginning anew.
func TestLogTokenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return 5 }})
		for i := range 12 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Minute), 0)
		}
		client := w.client(testKey)
		w.options.Reader, w.options.Lister = refuseTokens{client}, client
		w.start()
		time.Sleep(5 * time.Minute)
		if n := w.aws.Requests()["logs.FilterLogEvents"]; n > 40 {
			t.Errorf("%d requests in ten pulls", n)
		}
		if !strings.Contains(w.log(), "InvalidParameterException") {
			t.Errorf("not said:\n%s", w.log())
		}
		w.stop()
	})
}

type refuseTokens struct{ logs.Reader }

func (r refuseTokens) FilterPage(ctx context.Context, in source.FilterInput) (source.LogPage, error) {
	if in.Token != "" {
		return source.LogPage{}, &source.LogsError{Op: "FilterLogEvents", Group: "app", Class: source.Permanent, Code: "InvalidParameterException", Err: errors.New("InvalidParameterException: the token is not valid")}
	}
	return r.Reader.FilterPage(ctx, in)
}
