package objects

import (
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/source"
)

// decoded counts what came of reading an object, be it to its end.
func (c *Connector) decoded(s decode.Stats, o source.Object) {
	c.Status.Add(health.Records, int64(s.Records))
	c.Status.Add(health.BadRecords, int64(s.Bad))
	c.Status.Add(health.FilteredRecords, int64(s.Filtered))
	c.Status.Add(health.ReplacedBytes, int64(s.Replaced))
	c.Status.Add(health.Bytes, o.Size)
}

// polled counts what came of a listing.
func (c *Connector) polled(s source.Stats, now time.Time) {
	c.Status.Add(health.Polls, 1)
	c.Status.Add(health.ListedKeys, int64(s.Keys))
	c.Status.Add(health.Duplicates, int64(s.Known))
	c.Status.Set(health.LastPoll, now.Unix())
}

// progress is where the connector stands.
func (c *Connector) progress() (p health.Progress) {
	p.Oldest, _ = c.State.Oldest()
	for _, q := range c.State.Quarantined() {
		p.Quarantined = append(p.Quarantined, health.SetAside{Object: "s3://" + q.Bucket + "/" + q.Key, Reason: q.Reason})
	}
	if c.backfill != nil {
		b := c.backfill.progress()
		p.Backfill = &b
	}
	return p
}
