package collect

import (
	"context"
	"sync"
	"time"
)

// limiter spaces the requests of one API so that AWS's quota is kept, and
// learns from AWS where it is lower, or shared with others: a refusal lowers
// the rate, every answer raises it a little. It is safe for concurrent use.
type limiter struct {
	quota float64 // requests a second that AWS allows

	mu      sync.Mutex
	rate    float64   // requests a second at present
	next    time.Time // when the next request may begin
	lowered time.Time // when the rate was lowered last
}

const (
	useOfQuota = 0.95 // the rest is for requests that reach AWS closer together than they were sent
	lowestUse  = 0.1
	lowerBy    = 0.7
	raiseBy    = 0.02 // of the quota, for each answer
	onceWithin = time.Second
)

func newLimiter(quota float64) *limiter {
	return &limiter{quota: quota, rate: useOfQuota * quota}
}

// wait blocks until a request may begin. Those who wait go in the order in
// which they came.
func (l *limiter) wait(ctx context.Context) error {
	l.mu.Lock()
	now := time.Now()
	at := l.next
	if at.Before(now) {
		at = now
	}
	l.next = at.Add(l.spacing())
	l.mu.Unlock()
	select {
	case <-time.After(at.Sub(now)):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spacing is the time from one request to the next. The caller holds mu.
func (l *limiter) spacing() time.Duration {
	return time.Duration(float64(time.Second) / l.rate)
}

// throttled notes that AWS refused a request because of its quota. Refusals
// that come together are one.
func (l *limiter) throttled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Sub(l.lowered) < onceWithin {
		return
	}
	l.lowered = now
	l.rate = max(l.rate*lowerBy, l.quota*lowestUse)
	if next := now.Add(l.spacing()); l.next.Before(next) {
		l.next = next
	}
}

// answered notes that AWS answered a request.
func (l *limiter) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = min(l.rate+l.quota*raiseBy, l.quota*useOfQuota)
}
