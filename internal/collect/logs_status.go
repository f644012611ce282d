package collect

import (
	"context"
	"sync/atomic"
)

// logCounters are what a CloudWatch connector has done, for its metrics and
// its status line.
type logCounters struct {
	records, filtered, known, errors, throttled func(int64)
	replaced, pages                             func(int64)
	groups                                      func(float64)

	totals struct{ records, filtered, known, errors, throttled, groups atomic.Int64 }
}

func newLogCounters(m Metrics) *logCounters {
	c := &logCounters{
		replaced: m.Counter("replaced_bytes_total", "Bytes that were not Unicode text and were replaced by U+FFFD."),
		pages:    m.Counter("log_pages_total", "Pages of log events read."),
		groups:   m.Gauge("log_groups", "Log groups, or parts of them, that are read."),
	}
	c.records = both(m.Counter("records_total", "Records read and handed over to Fluent Bit."), &c.totals.records)
	c.filtered = both(m.Counter("filtered_records_total", "Records that log_filter dropped."), &c.totals.filtered)
	c.known = both(m.Counter("known_events_total", "Events read again that had been delivered."), &c.totals.known)
	c.errors = both(m.Counter("errors_total", "Requests that failed and are repeated."), &c.totals.errors)
	c.throttled = both(m.Counter("throttled_total", "Requests that AWS refused because of its quota."), &c.totals.throttled)
	return c
}

// report logs a status line every status interval.
func (c *LogsConnector) report(ctx context.Context) error {
	t := &c.count.totals
	return report(ctx, c.Log, c.StatusInterval, func() []any {
		return []any{
			"log_groups", t.groups.Load(), "records", t.records.Load(), "filtered_records", t.filtered.Load(),
			"known_events", t.known.Load(), "errors", t.errors.Load(), "throttled", t.throttled.Load(),
		}
	})
}
