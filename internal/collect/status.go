package collect

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/source"
)

// counters are what the connector has done, for its metrics and its status
// line.
type counters struct {
	objects, gone, errors, quarantined func(int64)

	totals                                                 struct{ objects, records, bad, filtered, errors, quarantined, gone atomic.Int64 }
	records, bad, filtered, replaced, bytes, polls, listed func(int64)
	newest                                                 func(float64)
}

func newCounters(m Metrics) *counters {
	c := &counters{
		records:  m.Counter("records_total", "Records read and handed over to Fluent Bit."),
		bad:      m.Counter("bad_records_total", "Records that could not be read and were left out."),
		filtered: m.Counter("filtered_records_total", "Records that log_filter dropped."),
		replaced: m.Counter("replaced_bytes_total", "Bytes that were not Unicode text and were replaced by U+FFFD."),
		bytes:    m.Counter("object_bytes_total", "Bytes of the objects read, as they are stored."),
		polls:    m.Counter("polls_total", "Listings of the bucket."),
		listed:   m.Counter("listed_keys_total", "Keys that the listings returned."),
		newest:   m.Gauge("last_poll_seconds", "When the last listing ended, in seconds of the Unix epoch."),
	}
	c.objects = both(m.Counter("objects_total", "Objects read to their end."), &c.totals.objects)
	c.gone = both(m.Counter("gone_objects_total", "Objects that were deleted or overwritten before they were read."), &c.totals.gone)
	c.errors = both(m.Counter("errors_total", "Attempts at objects that failed and are repeated."), &c.totals.errors)
	c.quarantined = both(m.Counter("quarantined_objects_total", "Objects set aside because they cannot be read."), &c.totals.quarantined)
	return c
}

// both counts in the host's metrics and in a total for the status line.
func both(metric func(int64), total *atomic.Int64) func(int64) {
	return func(n int64) {
		metric(n)
		total.Add(n)
	}
}

func (c *counters) decoded(s decode.Stats, o source.Object) {
	c.records(int64(s.Records))
	c.bad(int64(s.Bad))
	c.filtered(int64(s.Filtered))
	c.replaced(int64(s.Replaced))
	c.bytes(o.Size)
	c.totals.records.Add(int64(s.Records))
	c.totals.bad.Add(int64(s.Bad))
	c.totals.filtered.Add(int64(s.Filtered))
}

func (c *counters) polled(s source.Stats, now time.Time) {
	c.polls(1)
	c.listed(int64(s.Keys))
	c.newest(float64(now.Unix()))
}

// report logs a status line every status interval.
func (c *Connector) report(ctx context.Context) error {
	t := &c.count.totals
	return report(ctx, c.Log, c.StatusInterval, func() []any {
		return append([]any{
			"objects", t.objects.Load(), "records", t.records.Load(), "bad_records", t.bad.Load(), "filtered_records", t.filtered.Load(),
			"errors", t.errors.Load(), "quarantined", t.quarantined.Load(), "gone", t.gone.Load(),
		}, c.digests.line()...)
	})
}

// report logs a status line every interval; 0: none.
func report(ctx context.Context, log *slog.Logger, interval time.Duration, line func() []any) error {
	if interval == 0 {
		return nil
	}
	for pause(ctx, interval) == nil {
		log.Info("status", line()...)
	}
	return nil
}
