package logs

import (
	"context"
	"time"

	"in_stellar_aws/internal/health"
)

// follows notes which of the sources are followed, and returns them.
func (c *Connector) follows(followed map[string]context.CancelFunc, sources map[string]*logSource) []*logSource {
	now := make([]*logSource, 0, len(followed))
	for key := range followed {
		now = append(now, sources[key])
	}
	c.mu.Lock()
	c.following = now
	c.mu.Unlock()
	c.Status.Set(health.LogGroups, int64(len(now)))
	return now
}

// progress is where the connector stands: up to which time every source was
// read.
func (c *Connector) progress() (p health.Progress) {
	c.mu.Lock()
	following, atEnd := c.following, c.atEnd
	c.mu.Unlock()
	if head, ok := c.ledger.lowest(following); ok && !atEnd {
		p.Oldest = time.UnixMilli(head)
	}
	p.Backfill = c.backfill(following, atEnd)
	return p
}
