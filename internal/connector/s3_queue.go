package connector

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// remembered is how long the state remembers what was delivered: so that late
// objects are found up to the lookback's end, a little longer. With a queue, an
// object that appears at the lookback's end is looked for once it has settled,
// by one of the next two listings.
func (s *S3) remembered() time.Duration {
	if s.cfg.S3.SQSQueueURL == "" {
		return source.Retention(s.cfg.S3.Lookback, s.cfg.Interval)
	}
	return s.cfg.S3.Lookback + objects.SettleAge + 2*s.cfg.S3.ReconcileInterval
}

// listen has the connector take its objects from the queue, and list for what
// the queue did not tell of. It is false when ctx ended first.
func (s *S3) listen(ctx context.Context, o *objects.Options, cfg aws.Config, client *source.S3Client, st *started[*state.Connector]) bool {
	var queue *source.SQSClient
	if !s.insist(ctx, "reach queue", func() (err error) {
		queue, err = source.NewSQSClient(cfg, s.cfg.S3.SQSQueueURL)
		return err
	}) {
		return false
	}
	s.checkQueue(ctx, queue)
	o.Inbox, o.Stat = queue, client.Stat
	o.Claim = func(body string) source.Claim { return s.layout.Claim(s.cfg.S3.Bucket, body) }
	o.Poller, o.Interval = nil, s.cfg.S3.ReconcileInterval
	if o.Interval > 0 && !s.insist(ctx, "prepare to list", func() (err error) {
		o.Poller, err = objects.NewPass(client, s.layout, st.state, source.Options{
			Bucket: s.cfg.S3.Bucket, Since: st.since, Lookback: s.remembered(), Workers: s.cfg.Workers,
		}, s.remembered())
		return err
	}) {
		return false
	}
	s.host.Log.Info("taking notifications", "queue", s.cfg.S3.SQSQueueURL, "reconcile_interval", s.cfg.S3.ReconcileInterval)
	return true
}

// checkQueue says what is not as it should be with the queue. Nothing of it
// keeps the connector from trying.
func (s *S3) checkQueue(ctx context.Context, queue *source.SQSClient) {
	info, err := queue.Info(ctx)
	if ctx.Err() != nil {
		return
	}
	s.host.Status.Report("ask how the queue is set up", err)
	if err == nil && info.DeadLetters == "" {
		s.host.Log.Warn("the queue has no dead-letter queue: a message whose object cannot be read comes back again and again, until the queue's retention period ends", "queue", s.cfg.S3.SQSQueueURL)
	}
}

var _ objects.Inbox = (*source.SQSClient)(nil)
