package logs

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errThrottled = errors.New("rate exceeded")

func throttled(err error) bool { return errors.Is(err, errThrottled) }

// requests makes requests from several goroutines until ctx ends, and returns
// how many.
func requests(ctx context.Context, l *limiter, goroutines int, request func() error) int {
	counts := make(chan int)
	for range goroutines {
		go func() {
			n := 0
			for {
				err := l.do(ctx, request, throttled)
				if ctx.Err() != nil {
					counts <- n
					return
				}
				if err == nil {
					n++
				}
			}
		}()
	}
	total := 0
	for range goroutines {
		total += <-counts
	}
	return total
}

func TestLimiterKeepsTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		l := newLimiter(5)
		var times []time.Time
		n := requests(ctx, l, 8, func() error {
			l.mu.Lock()
			times = append(times, time.Now())
			l.mu.Unlock()
			time.Sleep(300 * time.Millisecond)
			return nil
		})
		if n < 475 || n > 500 {
			t.Errorf("%d requests in 100 s at 5 a second", n)
		}
		for i := 5; i < len(times); i++ {
			if within := times[i].Sub(times[i-5]); within < time.Second {
				t.Fatalf("six requests within %v", within)
			}
		}
	})
}

// TestLimiterLearns of a lower quota than it was told, and of its end.
func TestLimiterLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		allowed, tokens, at := 2.0, 2.0, time.Now()
		refused := 0
		request := func() error {
			l.mu.Lock()
			defer l.mu.Unlock()
			tokens = min(tokens+time.Since(at).Seconds()*allowed, allowed)
			at = time.Now()
			if tokens < 1 {
				refused++
				return errThrottled
			}
			tokens--
			return nil
		}
		for name, test := range []struct {
			allowed     float64
			least, most int
			refused     int
		}{{2, 160, 202, 60}, {10, 700, 980, 20}} {
			allowed, refused = test.allowed, 0
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
			n := requests(ctx, l, 8, request)
			cancel()
			if n < test.least || n > test.most || refused > test.refused {
				t.Errorf("step %d: %d requests answered, want %d to %d; %d refused, want %d at most", name, n, test.least, test.most, refused, test.refused)
			}
		}
	})
}

func TestLimiterGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.01)
		if err := l.do(t.Context(), func() error { return nil }, throttled); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.do(ctx, func() error { t.Error("made a request"); return nil }, throttled); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if l.active != 0 {
			t.Errorf("%d active", l.active)
		}
	})
}

func TestLimitersAreShared(t *testing.T) {
	var all Limiters
	one := all.of("111122223333", "us-east-1", FilterLogEvents)
	if one != all.of("111122223333", "us-east-1", FilterLogEvents) {
		t.Error("two limiters for one quota")
	}
	for _, key := range []limiterKey{{"222222222222", "us-east-1", FilterLogEvents}, {"111122223333", "eu-west-1", FilterLogEvents}, {"111122223333", "us-east-1", DescribeLogGroups}} {
		if one == all.of(key.account, key.region, key.api) {
			t.Errorf("%v has another's limiter", key)
		}
	}
	if one.quota != 25 || all.of("1", "eu-central-1", FilterLogEvents).quota != 5 || all.of("1", "eu-west-1", FilterLogEvents).quota != 10 {
		t.Error("not AWS's quotas")
	}
}
