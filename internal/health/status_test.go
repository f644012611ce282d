package health_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/health"
)

// registry is the host's, of one instance.
type registry struct {
	mu sync.Mutex
	of map[string]float64
}

func newRegistry() *registry { return &registry{of: map[string]float64{}} }

func (r *registry) Counter(name, _ string) func(int64) {
	return func(n int64) { r.change(name, func(v float64) float64 { return v + float64(n) }) }
}

func (r *registry) Gauge(name, _ string) func(float64) {
	return func(v float64) { r.change(name, func(float64) float64 { return v }) }
}

func (r *registry) change(name string, f func(float64) float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of[name] = f(r.of[name])
}

func (r *registry) get(name string) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[name]
}

// text is a status line as the log has it, without time and level.
func text(s *health.Status) string {
	var b strings.Builder
	drop := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: drop})).Info("", s.Line()...)
	return strings.TrimSpace(b.String())
}

func contains(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in: %s", want, text)
		}
	}
}

// TestStatusState has credentials expire, and be renewed.
func TestStatusState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newRegistry()
		began := time.Now()
		s := health.NewStatus(slog.New(slog.DiscardHandler), host, time.Now)
		at := func(d time.Duration) string { return began.Add(d).UTC().Format(time.RFC3339) }
		contains(t, text(s), "state=ok since="+at(0), "last_activity=never lag=none oldest_waiting=none", "records=0")

		time.Sleep(time.Minute)
		s.Report("list objects", answer(503, "SlowDown", "m"))
		contains(t, text(s), "state=ok since="+at(0)) // it is late, no more

		time.Sleep(time.Minute)
		s.Report("list objects", answer(400, "ExpiredToken", "m"))
		time.Sleep(time.Hour)
		s.Report("collect object", fmt.Errorf("s3://b/k: %w", answer(403, "AccessDenied", "m")))
		s.Report("list objects", answer(400, "ExpiredToken", "m"))
		contains(t, text(s), "state=failed since="+at(2*time.Minute), `why="list objects: the credentials have expired (ExpiredToken) (and 1 more causes)"`)
		if got := host.get("failed_since_timestamp_seconds"); host.get("failed") != 1 || got != float64(began.Add(2*time.Minute).Unix()) {
			t.Errorf("failed %v since %v", host.get("failed"), got)
		}
		s.Report("list objects", nil)
		s.Report("collect object", nil)
		contains(t, text(s), "state=ok since="+at(time.Hour+2*time.Minute))
		if host.get("failed") != 0 || host.get("failed_since_timestamp_seconds") != 0 {
			t.Error("the metrics still say failed")
		}
	})
}

// TestStatusProgress has all that is counted, and what the connector is asked
// for.
func TestStatusProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newRegistry()
		s := health.NewStatus(slog.New(slog.DiscardHandler), host, time.Now)
		var aside []health.SetAside
		s.Watch(func() health.Progress {
			return health.Progress{Oldest: time.Now().Add(-3 * time.Hour), Quarantined: aside}
		})
		s.Add(health.Records, 40)
		s.Add(health.Records, 2)
		s.Delivered(time.Now().Add(-90 * time.Second))
		s.Delivered(time.Now().Add(-time.Hour)) // late: no newer
		s.Delivered(time.Time{})
		for i := range 7 {
			aside = append(aside, health.SetAside{Object: fmt.Sprintf("s3://b/%d", i), Reason: strings.Repeat("é", 200)})
		}
		line := text(s)
		contains(t, line, "lag=1m30s", "oldest_waiting=3h0m0s", "records=42", "quarantined=7", "s3://b/4: é", "; and 2 more",
			"last_activity="+time.Now().UTC().Format(time.RFC3339))
		if strings.Contains(line, "s3://b/5") || len(line) > 3000 {
			t.Errorf("%d bytes: %s", len(line), line)
		}
		if host.get("records_total") != 42 || host.get("quarantine_objects") != 7 || host.get("newest_record_timestamp_seconds") != float64(time.Now().Add(-90*time.Second).Unix()) {
			t.Errorf("the host has %v", host.of)
		}
	})
}

// TestStatusRun has a line each interval, none with 0, and the metrics either
// way.
func TestStatusRun(t *testing.T) {
	for _, test := range []struct {
		interval time.Duration
		lines    int
	}{{time.Minute, 10}, {0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			var log strings.Builder
			host := newRegistry()
			s := health.NewStatus(slog.New(slog.NewTextHandler(&log, nil)), host, time.Now)
			s.Report("open state", errors.New("no space left on device"))
			log.Reset()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
			defer cancel()
			s.Run(ctx, test.interval)
			if n := strings.Count(log.String(), "msg=status state=failed"); n != test.lines || host.get("failed") != 1 {
				t.Errorf("%v: %d lines, failed %v:\n%s", test.interval, n, host.get("failed"), log.String())
			}
		})
	}
}

func TestDefinitions(t *testing.T) {
	names, keys := map[string]bool{}, map[string]bool{}
	for _, d := range health.Definitions() {
		if d.Name == "" || d.Help == "" || names[d.Name] || d.Line != "" && keys[d.Line] {
			t.Errorf("empty, or twice: %+v", d)
		}
		names[d.Name], keys[d.Line] = true, true
		if strings.HasSuffix(d.Name, "_total") == d.Gauge {
			t.Errorf("%s: counters end in _total, gauges do not", d.Name)
		}
	}
}
