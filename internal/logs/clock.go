package logs

import (
	"sync"
	"time"
)

// awsClock tells AWS's time, which the events' times are by. The host's clock,
// which may be wrong and be set at any moment, is asked only until AWS has
// answered: what a host that is ahead takes for read, no event has come of yet.
type awsClock struct {
	host func() time.Time

	mu   sync.Mutex
	last time.Time // AWS's time in its last answer
	at   time.Time // when that came; with the clock that nobody sets
}

// told notes AWS's time in an answer; the zero time is none.
func (c *awsClock) told(last time.Time) {
	if last.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.at = last, time.Now()
}

func (c *awsClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.IsZero() {
		return c.host()
	}
	return c.last.Add(time.Since(c.at))
}
