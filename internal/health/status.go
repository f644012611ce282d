package health

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Metrics makes a connector's metrics in the host's registry; the functions
// returned count and set, from any goroutine.
type Metrics interface {
	Counter(name, help string) func(n int64)
	Gauge(name, help string) func(v float64)
}

// Status is how one connector is: what works and what does not, and what was
// done. It shows itself as the host's metrics, at once, and as a line in the
// log, every status interval.
type Status struct {
	*Causes
	*flood
	log   *slog.Logger
	now   func() time.Time
	since time.Time // when the connector began: since when it is ok, if it never failed

	counts [metricCount]atomic.Int64 // counters, and gauges in whole numbers
	show   [metricCount]func(int64)

	parts    sync.Map // that the connector has
	progress atomic.Pointer[func() Progress]
}

// Progress is where a connector stands: what it can tell only when it is asked.
type Progress struct {
	Oldest      time.Time  // of what waits to be delivered; zero: nothing waits
	Quarantined []SetAside // in no order
	Backfill    *Backfill  // nil: the connector has no end
}

// SetAside is an object that cannot be read.
type SetAside struct {
	Object string // s3://bucket/key
	Reason string
}

// NewStatus returns the status of a connector that begins now. A nil m shows no
// metrics.
func NewStatus(log *slog.Logger, m Metrics, now func() time.Time) *Status {
	s := &Status{Causes: NewCauses(log, now), flood: newFlood(log, now), log: log, now: now, since: now()}
	for i, d := range definitions {
		s.show[i] = func(int64) {}
		switch {
		case m == nil, Metric(i) == AppendRefused, Metric(i) == Paused, Metric(i) == QueueBytes, Metric(i) == DurabilityDegraded: // the plugin's own
		case d.Gauge:
			set := m.Gauge(d.Name, d.Help)
			s.show[i] = func(n int64) { set(float64(n)) }
		default:
			s.show[i] = m.Counter(d.Name, d.Help)
		}
	}
	return s
}

// With has the line show the metrics of a part, which the connector has.
func (s *Status) With(part string) { s.parts.Store(part, true) }

func (s *Status) has(part string) bool {
	_, ok := s.parts.Load(part)
	return ok
}

// Report takes the outcome of doing something, see Causes.
func (s *Status) Report(what string, err error) {
	s.Causes.Report(what, err)
	s.showState()
}

// Add counts n more of a counter.
func (s *Status) Add(m Metric, n int64) {
	s.counts[m].Add(n)
	s.show[m](n)
}

// Set sets a gauge.
func (s *Status) Set(m Metric, n int64) {
	s.counts[m].Store(n)
	s.show[m](n)
}

// Count is a metric's value.
func (s *Status) Count(m Metric) int64 { return s.counts[m].Load() }

// Delivered notes that the host has stored records, the newest of which is of
// that time; zero: of an unknown one.
func (s *Status) Delivered(newest time.Time) {
	s.Set(LastActivity, s.now().Unix())
	if newest.IsZero() {
		return
	}
	for sec := min(newest.Unix(), s.now().Unix()); ; { // no writer's clock makes a lag negative
		known := s.counts[NewestRecord].Load()
		if sec <= known {
			return
		}
		if s.counts[NewestRecord].CompareAndSwap(known, sec) {
			s.show[NewestRecord](sec)
			return
		}
	}
}

// Watch has the status ask f where the connector stands. f must return soon.
func (s *Status) Watch(f func() Progress) { s.progress.Store(&f) }

// refreshEvery is how old the metrics may be that are made by asking.
const refreshEvery = 5 * time.Second

// Run keeps the metrics up to date, and logs a line every interval (0: none),
// until ctx ends.
func (s *Status) Run(ctx context.Context, interval time.Duration) {
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	var line <-chan time.Time
	if interval > 0 {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		line = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-refresh.C:
			s.refresh()
			s.settle()
		case <-line:
			s.log.Info("status", s.Line()...)
		}
	}
}

// refresh updates the gauges that are made by asking.
func (s *Status) refresh() Progress {
	var p Progress
	if f := s.progress.Load(); f != nil {
		p = (*f)()
	}
	s.showState()
	s.Set(Quarantine, int64(len(p.Quarantined)))
	oldest := int64(0)
	if !p.Oldest.IsZero() {
		oldest = p.Oldest.Unix()
	}
	s.Set(OldestWaiting, oldest)
	if p.Backfill != nil {
		s.showBackfill(*p.Backfill)
	}
	return p
}

func (s *Status) showState() {
	_, since, failed := s.Failing()
	if failed {
		s.Set(Failed, 1)
		s.Set(FailedSince, since.Unix())
	} else {
		s.Set(Failed, 0)
		s.Set(FailedSince, 0)
	}
}

// Line is the status as attributes of a log line.
func (s *Status) Line() []any {
	p := s.refresh()
	now := s.now()
	state, attrs := "ok", []any(nil)
	since := s.okSince(s.since)
	if why, from, failed := s.Failing(); failed {
		state, since = "failed", from
		attrs = append(attrs, "why", why)
	}
	attrs = append([]any{"state", state, "since", since.UTC().Format(time.RFC3339)}, attrs...)
	attrs = append(attrs,
		"last_activity", stamp(s.Count(LastActivity)),
		"lag", age(now, s.Count(NewestRecord)),
		"oldest_waiting", age(now, s.Count(OldestWaiting)))
	for i, d := range definitions {
		n := s.Count(Metric(i))
		if d.Line != "" && (d.Part == "" || s.has(d.Part)) {
			attrs = append(attrs, d.Line, n)
		}
	}
	if p.Backfill != nil {
		attrs = append(attrs, "backfill", p.Backfill.String())
	}
	attrs = append(attrs, "quarantined", len(p.Quarantined))
	if len(p.Quarantined) > 0 {
		attrs = append(attrs, "quarantine", listed(p.Quarantined))
	}
	return attrs
}

func stamp(sec int64) string {
	if sec == 0 {
		return "never"
	}
	return time.Unix(sec, 0).UTC().Format(time.RFC3339)
}

// age is how long ago a time was, "none" where there is none.
func age(now time.Time, sec int64) string {
	if sec == 0 {
		return "none"
	}
	return max(0, now.Sub(time.Unix(sec, 0))).Truncate(time.Second).String()
}

// How much of the quarantine a line shows: the host cuts lines at 4 KiB.
const (
	shownObjects = 5
	shownReason  = 160 // bytes
)

func listed(objects []SetAside) string {
	var b strings.Builder
	for i, o := range objects {
		if i == shownObjects {
			fmt.Fprintf(&b, "; and %d more", len(objects)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		reason := o.Reason
		if len(reason) > shownReason {
			reason = strings.ToValidUTF8(reason[:shownReason], "") + "…"
		}
		fmt.Fprintf(&b, "%s: %s", o.Object, reason)
	}
	return b.String()
}
