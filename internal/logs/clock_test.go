package logs_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakeaws"
)

// TestClockWasAhead begins with marks that were made while the machine's clock
// was hours ahead: what has come since is collected at once, and nothing twice
// that is remembered.
func TestClockWasAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.put("app", "s", "before", time.Now().Add(-time.Minute), 0)
		w.start()
		time.Sleep(time.Minute)
		w.stop()

		windows, err := w.db.Windows("logs")
		if err != nil {
			t.Fatal(err)
		}
		const key = "arn:aws:logs:" + testRegion + ":" + testAccount + ":log-group:app"
		m, ok := windows.Marks(key)
		if !ok {
			t.Fatalf("no marks of %s", key)
		}
		const ahead = 3 * time.Hour
		m.Head += ahead.Milliseconds()
		for age := range m.Sweeps {
			m.Sweeps[age] += ahead.Milliseconds()
		}
		if err := windows.Commit(map[string]state.SourceUpdate{key: {Marks: m, Floor: m.Sweeps[24*time.Hour]}}); err != nil {
			t.Fatal(err)
		}
		windows.Close()
		w.put("app", "s", "while it was wrong", time.Now().Add(-20*time.Second), 0)

		w.start()
		time.Sleep(time.Minute)
		w.put("app", "s", "right again", time.Now(), 0)
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
		if n := strings.Count(w.log(), "the clock was ahead"); n != 1 {
			t.Errorf("it is said %d times, want once", n)
		}
	})
}

// TestLateLogs are events that become visible after their time, within the
// lookback, or so late that only a sweep finds them.
func TestLateLogs(t *testing.T) {
	for name, lag := range map[string]time.Duration{
		"at once": 0, "seconds": 20 * time.Second, "minutes": 9 * time.Minute, "half an hour": 30 * time.Minute, "a day": 23 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "app")
				w.options.Interval = 5 * time.Minute
				w.start()
				time.Sleep(time.Hour)
				for i := range 5 {
					w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*time.Second), lag)
				}
				w.put("app", "s", "in time", time.Now(), 0)
				time.Sleep(30 * time.Hour)
				w.stop()
				w.wantAll(1)
			})
		})
	}
}

// TestLogsEndAt is a backfill of a range.
func TestLogsEndAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		now := time.Now()
		w.options.Since, w.options.Until = now.Add(-3*time.Hour), now.Add(-time.Hour)
		w.put("app", "s", "in it", now.Add(-2*time.Hour), 0)
		w.put("app", "s", "at its beginning", now.Add(-3*time.Hour), 0)
		for _, at := range []time.Time{now.Add(-3*time.Hour - time.Millisecond), now.Add(-time.Hour), now} {
			w.putQuietly("app", "s", fakeaws.LogEvent{Time: at, Message: "outside"})
		}
		w.collect(time.Hour)
	})
}

// TestLogsBackfill is a range of the past, interrupted: it comes to an end, which
// the log tells, and then nothing is asked any more.
func TestLogsBackfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "web")
		now := time.Now()
		w.options.Since, w.options.Until = now.Add(-50*time.Hour), now.Add(-26*time.Hour)
		for i := range 300 {
			at := w.options.Since.Add(time.Duration(i) * 24 * time.Hour / 300)
			w.put("app", "s", fmt.Sprint("app ", i), at, 0)
			w.put("web", "s", fmt.Sprint("web ", i), at, 0)
		}
		w.putQuietly("app", "s", fakeaws.LogEvent{Time: now.Add(-25 * time.Hour), Message: "after it"})
		w.host.Change(func() { w.host.Stalled = true })
		w.start()
		time.Sleep(20 * time.Second)
		if line := fmt.Sprint(w.options.Status.Line()...); !strings.Contains(line, "0.0 % of the time of 2 log groups") {
			t.Errorf("status %s", line)
		}
		w.stop()
		if strings.Contains(w.log(), "backfill complete") {
			t.Error("complete, although the host has stored nothing")
		}

		w.host.Change(func() { w.host.Stalled, w.host.Batches = false, w.host.Batches[:w.host.Stored] })
		w.start()
		time.Sleep(2 * time.Minute)
		if !strings.Contains(w.log(), "backfill complete") || !strings.Contains(w.log(), "log_groups=2") {
			t.Errorf("not complete\n%s", w.log())
		}
		w.aws.ResetRequests()
		time.Sleep(time.Hour)
		if requests := w.aws.Requests(); len(requests) > 0 {
			t.Errorf("requests after the end: %v", requests)
		}
		if line := fmt.Sprint(w.options.Status.Line()...); !strings.Contains(line, "complete, 2 log groups") {
			t.Errorf("status %s", line)
		}
		w.stop()
		w.wantAll(1)
	})
}

// TestLogsFromTheBeginning starts at the year 1970 with few requests.
func TestLogsFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.options.Since = time.Time{}
		for i := range 50 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*240*time.Hour-time.Minute), 0)
		}
		w.collect(20 * time.Second)
		if n := w.aws.Requests()["logs.FilterLogEvents"]; n > 6 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestLogsClocks has a host whose clock is wrong, from its start or from the
// middle on.
func TestLogsClocks(t *testing.T) {
	for name, ahead := range map[string][2]time.Duration{
		"ahead": {2 * time.Hour, 2 * time.Hour}, "behind": {-2 * time.Hour, -2 * time.Hour}, "a little": {4 * time.Minute, 4 * time.Minute},
		"set right, was ahead": {26 * time.Hour, 0}, "set right, was behind": {-26 * time.Hour, 0}, "set wrong, ahead": {0, 30 * time.Hour}, "set wrong, behind": {0, -30 * time.Hour},
		"of another year": {-400 * 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "app")
				var now atomic.Int64
				now.Store(int64(ahead[0]))
				w.options.Now = func() time.Time { return time.Now().Add(time.Duration(now.Load())) }
				w.start()
				for _, d := range ahead {
					now.Store(int64(d))
					for range 20 {
						w.put("app", "s", "in time", time.Now(), 0)
						w.put("app", "s", "a little late", time.Now().Add(-time.Minute), 5*time.Second)
						time.Sleep(47 * time.Second)
					}
				}
				time.Sleep(time.Minute)
				w.stop()
				w.wantAll(1)
			})
		})
	}
}

// TestLogsWrongClock has AWS refuse signatures of a time too far off, until the
// first answer has told AWS's time.
func TestLogsWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOf(t, fakeaws.Options{Region: testRegion, Clock: func() time.Time { return time.Now().Add(-3 * time.Hour) }}, "app")
		w.put("app", "s", "of now, as AWS sees it", time.Now().Add(-3*time.Hour-time.Minute), -4*time.Hour)
		w.collect(2 * time.Minute)
	})
}
