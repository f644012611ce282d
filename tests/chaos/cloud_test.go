package chaos

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

// cloud is a fake AWS whose requests are entered in the books.
type cloud struct {
	aws *fakeaws.Server
	web *web
	url string

	skew atomic.Int64 // nanoseconds that its clock is ahead
}

func newCloud(t *testing.T, books *account) *cloud {
	t.Helper()
	c := &cloud{}
	c.aws = fakeaws.New(fakeaws.Options{
		Region: harness.Region,
		Clock:  func() time.Time { return time.Now().Add(time.Duration(c.skew.Load())) },
		AccessLog: func(a fakeaws.Access) {
			if a.Request.Key != "" {
				books.noteRequest(a.Request.Bucket+"/"+a.Request.Key,
					fmt.Sprintf("%s: %d %s, %d bytes", a.Request.Operation, a.Status, a.Code, a.Bytes))
			}
		},
	})
	c.aws.AddUser(fakeaws.User{AccessKey: harness.AccessKey, SecretKey: harness.SecretKey, Account: harness.Account})
	c.web = serve(t, c.aws)
	c.url = c.web.url()
	return c
}

// weather is what AWS does wrong for a while.
type weather struct {
	name string
	// fault is asked about every request; rnd is the request's own.
	fault func(rnd *rand.Rand, r fakeaws.Request) *fakeaws.Fault
	skew  time.Duration
	away  bool // nobody listens: connections are refused
}

var weathers = []weather{
	{name: "calm"},
	{name: "throttle", fault: sometimes(0.5, fakeaws.Fault{Status: 503, Code: "SlowDown"})},
	{name: "internal errors", fault: sometimes(0.4, fakeaws.Fault{Status: 500, Code: "InternalError"})},
	{name: "dropped connections", fault: sometimes(0.4, fakeaws.Fault{Drop: true})},
	{name: "refused connections", away: true},
	{name: "denied", fault: sometimes(1, fakeaws.Fault{Status: 403, Code: "AccessDenied"})},
	{name: "some keys denied", fault: sometimes(0.3, fakeaws.Fault{Status: 403, Code: "AccessDenied"})},
	{name: "expired credentials", fault: sometimes(1, fakeaws.Fault{Status: 400, Code: "ExpiredToken"})},
	{name: "cut bodies", fault: func(rnd *rand.Rand, r fakeaws.Request) *fakeaws.Fault {
		return &fakeaws.Fault{Cut: rnd.IntN(2) == 0, CutAfter: rnd.Int64N(20_000)}
	}},
	{name: "slow bodies", fault: func(rnd *rand.Rand, r fakeaws.Request) *fakeaws.Fault {
		return &fakeaws.Fault{
			Latency:        time.Duration(rnd.IntN(300)) * time.Millisecond,
			BytesPerSecond: 20_000 + rnd.IntN(500_000),
		}
	}},
	{name: "clock step", skew: 25 * time.Minute},
	{name: "clock step back", skew: -25 * time.Minute},
}

// sometimes is a fault that strikes a share of the requests.
func sometimes(share float64, f fakeaws.Fault) func(*rand.Rand, fakeaws.Request) *fakeaws.Fault {
	return func(rnd *rand.Rand, _ fakeaws.Request) *fakeaws.Fault {
		if rnd.Float64() >= share {
			return nil
		}
		return &f
	}
}

// set makes the weather w. What becomes of a request follows from the seed,
// the request and how often it was made.
func (c *cloud) set(w weather, seed uint64) error {
	c.skew.Store(int64(w.skew))
	if err := c.web.listen(!w.away); err != nil {
		return err
	}
	if w.fault == nil {
		c.aws.Fault(nil)
		return nil
	}
	c.aws.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		h := fnv.New64a()
		fmt.Fprint(h, r.Operation, r.Key, r.Attempt) // never fails
		return w.fault(rand.New(rand.NewPCG(seed, h.Sum64())), r)
	})
	return nil
}

// storms changes the weather until stop is closed, and leaves it calm.
func (c *cloud) storms(ctx context.Context, stop <-chan struct{}, seed uint64) (err error) {
	rnd := rand.New(rand.NewPCG(seed, 's'))
	defer func() { err = errors.Join(err, c.set(weathers[0], 0)) }()
	for {
		w := weathers[0]
		if rnd.IntN(3) > 0 {
			w = weathers[rnd.IntN(len(weathers))]
		}
		if err := c.set(w, rnd.Uint64()); err != nil {
			return err
		}
		if more, err := wait(ctx, stop, time.Duration(100+rnd.IntN(1400))*time.Millisecond); !more {
			return err
		}
	}
}
