package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

// shipper puts events into a log group.
type shipper struct {
	cloud *cloud
	books *account
	group string
	rnd   *rand.Rand
	put   int // events
}

// logs has a connector of CloudWatch Logs for each group, before the host is
// started, and events arrive there, in about pace batches a second.
func (w *world) logs(pace float64, groups ...string) {
	w.host.setup.groups = groups
	for _, group := range groups {
		w.cloud.aws.AddLogGroup(group, harness.Region, harness.Account)
		s := &shipper{cloud: w.cloud, books: w.books, group: group, rnd: rand.New(rand.NewPCG(w.seed, 'l'))}
		w.trouble(func(ctx context.Context, stop <-chan struct{}) error { return s.run(ctx, stop, pace) })
	}
}

func (s *shipper) run(ctx context.Context, stop <-chan struct{}, pace float64) error {
	for batch := 0; ; batch++ {
		if err := s.ship(batch); err != nil {
			return err
		}
		if more, err := wait(ctx, stop, time.Duration(s.rnd.ExpFloat64()/pace*float64(time.Second))); !more {
			return err
		}
	}
}

// ship puts a few events of the last minutes, in no order, into a few streams.
// Readers see them within two seconds.
func (s *shipper) ship(batch int) error {
	v := &version{bucket: s.group, key: fmt.Sprint("batch ", batch), kind: "logs"}
	events := make([]fakeaws.LogEvent, 1+s.rnd.IntN(60))
	now := time.Now()
	for i := range events {
		s.put++
		events[i] = fakeaws.LogEvent{
			// Older than what a pull leaves for the next one, so that the end of a run
			// need not wait.
			Time:     now.Add(-10*time.Second - time.Duration(s.rnd.Int64N(int64(4*time.Minute)))),
			Ingested: now, Visible: now.Add(time.Duration(s.rnd.Int64N(int64(2 * time.Second)))),
			Message: fmt.Sprintf("event %d of %s", s.put, s.group),
		}
		v.events = append(v.events, events[i].Message)
	}
	s.books.enter(v) // first: the plugin may be quick
	return s.cloud.aws.PutLogEvents(s.group, fmt.Sprint("stream-", s.rnd.IntN(3)), events...)
}
