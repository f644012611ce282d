package logs

import (
	"context"
	"sync"
	"time"

	"in_stellar_aws/internal/routine"
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
	active  int       // requests that wait or are under way
	latency float64   // seconds from a request to its answer, of late
}

const (
	useOfQuota = 0.97 // the rest is for requests that reach AWS closer together than they were sent
	lowestUse  = 0.1
	lowerBy    = 0.7
	raiseBy    = 0.005 // of the quota, for each answer
	onceWithin = time.Second
	newWeight  = 0.2 // of a request in the average latency
)

func newLimiter(quota float64) *limiter {
	return &limiter{quota: quota, rate: useOfQuota * quota}
}

// do makes a request when it may begin. Those who wait go in the order in
// which they came. isThrottled tells, of an error of the request, that AWS
// refused it because of its quota.
func (l *limiter) do(ctx context.Context, request func() error, isThrottled func(error) bool) error {
	wait := l.reserve()
	defer l.leave()
	if err := routine.Pause(ctx, wait); err != nil {
		return err
	}
	began := time.Now()
	err := request()
	switch {
	case err != nil && isThrottled(err):
		l.throttled()
	case ctx.Err() == nil:
		l.answered(time.Since(began))
	}
	return err
}

// reserve takes the next place and returns how long to wait for it.
func (l *limiter) reserve() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active++
	now := time.Now()
	at := l.next
	if at.Before(now) {
		at = now
	}
	l.next = at.Add(l.spacing())
	return at.Sub(now)
}

func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active--
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
func (l *limiter) answered(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latency == 0 {
		l.latency = took.Seconds()
	}
	l.latency += newWeight * (took.Seconds() - l.latency)
	l.rate = min(l.rate+l.quota*raiseBy, l.quota*useOfQuota)
}

// spare is how many times as fast AWS would answer if more requests were made
// at the same time, beside one of who asks; at most 1 when it would not.
func (l *limiter) spare() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate * l.latency / float64(l.active+1)
}
