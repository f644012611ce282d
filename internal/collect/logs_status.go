package collect

import (
	"context"
	"time"

	"in_stellar_aws/internal/health"
)

// follows notes which of the sources are followed.
func (c *LogsConnector) follows(followed map[string]context.CancelFunc, sources map[string]*logSource) {
	now := make([]*logSource, 0, len(followed))
	for key := range followed {
		now = append(now, sources[key])
	}
	c.mu.Lock()
	c.following = now
	c.mu.Unlock()
	c.Status.Set(health.LogGroups, int64(len(now)))
}

// progress is where the connector stands: up to which time every source was
// read.
func (c *LogsConnector) progress() (p health.Progress) {
	c.mu.Lock()
	following := c.following
	c.mu.Unlock()
	if head, ok := c.ledger.lowest(following); ok {
		p.Oldest = time.UnixMilli(head)
	}
	return p
}
