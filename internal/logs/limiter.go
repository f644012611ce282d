package logs

import (
	"context"
	"math"
	"sync"
	"time"

	"in_stellar_aws/internal/routine"
)

// limiter lets the requests of one API begin so that AWS's quota is kept, and
// learns from AWS where it is lower, or shared with others: a refusal lowers
// the rate, every answer raises it a little. It is safe for concurrent use.
//
// Within any second no more requests begin than the rate allows. Within that
// they may follow each other twice as fast: what nobody asked for in one moment
// is made up for in the next, while the token bucket of a second's requests
// that AWS keeps is never nearly empty.
type limiter struct {
	quota float64 // requests a second that AWS allows

	mu      sync.Mutex
	rate    float64     // requests a second at present
	next    time.Time   // the next request does not begin before
	begun   []time.Time // when the last ones began, or will: a ring
	newest  int         // the place of the last one in it
	lowered time.Time   // when the rate was lowered last
	active  int         // requests that wait or are under way
	latency float64     // seconds from a request to its answer, of late
}

const (
	useOfQuota = 0.995 // the rest is for clocks that do not run alike
	lowestUse  = 0.1
	lowerBy    = 0.7
	raiseBy    = 0.005 // of the quota, for each answer
	onceWithin = time.Second
	newWeight  = 0.2 // of a request in the average latency

	firstLatency = 1.0 // seconds, until an answer has come
	unevenness   = 1.1 // of the latency: with less, slow answers leave some of the rate unused
)

func newLimiter(quota float64) *limiter {
	return &limiter{quota: quota, rate: useOfQuota * quota, begun: make([]time.Time, int(math.Ceil(quota)))}
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
	at := latest(now, l.next)
	n := int(math.Ceil(l.rate)) // within a second or a little more
	if before := l.begun[(l.newest+1+len(l.begun)-n)%len(l.begun)]; !before.IsZero() {
		at = latest(at, before.Add(time.Duration(n)*l.spacing()))
	}
	l.newest = (l.newest + 1) % len(l.begun)
	l.begun[l.newest] = at
	l.next = at.Add(l.spacing() / 2)
	return at.Sub(now)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active--
}

// spacing is the mean time from one request to the next. The caller holds mu.
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
	l.next = latest(l.next, now.Add(l.spacing()))
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

// demand is how many requests at the same time make use of a limiter's rate.
type demand struct {
	enough int // for most of it
	plenty int // for all of it, though some answers are slow
	active int // there are
}

func (l *limiter) demand() demand {
	l.mu.Lock()
	defer l.mu.Unlock()
	latency := l.latency
	if latency == 0 {
		latency = firstLatency
	}
	return demand{enough: int(math.Ceil(l.rate * latency)), plenty: int(math.Ceil(l.rate * latency * unevenness)), active: l.active}
}
