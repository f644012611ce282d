package connector

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/auth"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/filter"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// S3 is a connector that collects from a bucket. Make it with NewS3, run it
// once.
type S3 struct {
	section
	layout *source.Layout
}

// NewS3 prepares a connector. It touches neither network nor disk: an error
// is one of the configuration.
func NewS3(cfg config.Config, h Host) (*S3, error) {
	layout, err := source.Compile(cfg.S3.SubType, cfg.S3.Prefix)
	if err != nil {
		return nil, err
	}
	return &S3{newSection(cfg, h), layout}, nil
}

// Run collects until ctx ends and returns nil then. What the network or AWS
// refuse is said and tried again; only what cannot mend itself ends it.
func (s *S3) Run(ctx context.Context) error {
	st, ok := start(ctx, &s.section, func(db *state.DB) (*state.Connector, error) { return db.Connector(s.cfg.Name, s.remembered()) })
	if !ok {
		return nil
	}
	defer st.close(s.host.Log)

	var client *source.S3Client
	var cfg aws.Config
	if !s.insist(ctx, "reach bucket", func() (err error) {
		client, cfg, err = s.client(ctx)
		return err
	}) {
		return nil
	}

	digests, ok := s.digests(ctx, client, cfg, st)
	if !ok {
		return nil
	}
	poller := source.NewPoller(client, s.layout, st.state, source.Options{
		Bucket: s.cfg.S3.Bucket, Since: st.since, Until: st.until,
		Lookback: s.remembered(), Workers: s.cfg.Workers,
	})
	s.host.Log.Info("collecting", "bucket", s.cfg.S3.Bucket, "prefix", s.cfg.S3.Prefix, "since", st.since.UTC().Format(time.RFC3339))
	options := objects.Options{
		Interval: s.cfg.Interval, Workers: s.cfg.Workers,
		Poller: poller, Store: client, State: st.state, Queue: s.host.Queue,
		NewDecoder: s.decoder, Drop: filter.New(s.cfg.LogFilter),
		Reserve: newMemory(s.cfg.MemLimit / 2).reserve, // the other half is the queue's
		Digests: digests, Backfill: s.backfill(poller, st), Log: s.host.Log, Status: s.host.Status,
	}
	if s.cfg.S3.SQSQueueURL != "" && !s.listen(ctx, &options, cfg, client, st) {
		return nil
	}
	return objects.New(options).Run(ctx)
}

// backfill is the range that the connector collects, nil where it goes on for
// ever, as it does with a queue.
func (s *S3) backfill(counter objects.Counter, st *started[*state.Connector]) *objects.Backfill {
	if st.until.IsZero() || s.cfg.S3.SQSQueueURL != "" {
		return nil
	}
	return &objects.Backfill{Since: st.since, Until: st.until, Settled: st.until.Add(s.cfg.S3.Lookback), Counter: counter, Marks: st.state.Marks("")}
}

// client makes the client for the region that the bucket is in, and returns the
// settings for other services there.
func (s *S3) client(ctx context.Context) (*source.S3Client, aws.Config, error) {
	cfg, err := auth.Load(ctx, s.cfg, auth.WithVersion(s.host.Version), auth.WithObserver(s.observe))
	if err != nil {
		return nil, cfg, err
	}
	client, region, err := source.Connect(ctx, cfg, source.S3Options{
		Bucket:              s.cfg.S3.Bucket,
		Region:              s.cfg.Region,
		PathStyle:           s.cfg.Network.S3PathStyle,
		RequestPayer:        s.cfg.S3.RequestPayer,
		ExpectedBucketOwner: s.cfg.S3.ExpectedBucketOwner,
	})
	cfg.Region = region
	return client, cfg, err
}

// decoder makes the decoder of the connector's log type.
func (s *S3) decoder() objects.Decoder {
	settings := s.settings()
	switch s.cfg.S3.SubType {
	case config.SubTypeVPCFlow:
		return decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, settings), s.cfg.VPCFlowFormat, time.Now)
	case config.SubTypeWAF:
		return decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, settings), "timestamp", time.Now)
	}
	return decode.NewRecords(interflow.NewCloudTrail(settings), "eventVersion", time.Now)
}

var (
	_ objects.State       = (*state.Connector)(nil)
	_ objects.RandomStore = (*source.S3Client)(nil)
	_ objects.Poller      = (*source.Poller)(nil)
)
