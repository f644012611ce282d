package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"in_stellar_aws/internal/auth"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// Host is what a connector has of the process that it runs in.
type Host struct {
	Queue   Queue
	Log     *slog.Logger
	Metrics Metrics
	Version string // of the plugin, for the user agent
}

// S3 is a connector that collects from a bucket. Make it with NewS3, run it
// once.
type S3 struct {
	cfg    config.Config
	host   Host
	layout *source.Layout
	causes *health.Causes
}

// NewS3 prepares a connector. It touches neither network nor disk: an error
// is one of the configuration.
func NewS3(cfg config.Config, h Host) (*S3, error) {
	if err := available(cfg); err != nil {
		return nil, err
	}
	layout, err := source.Compile(cfg.S3.SubType, cfg.S3.Prefix)
	if err != nil {
		return nil, err
	}
	return &S3{cfg: cfg, host: h, layout: layout, causes: health.NewCauses(h.Log, time.Now)}, nil
}

// available refuses what the configuration knows and this version cannot do,
// rather than to ignore it.
func available(cfg config.Config) error {
	var errs []error
	missing := func(isSet bool, key string) {
		if isSet {
			errs = append(errs, fmt.Errorf("%s is not available in this version", key))
		}
	}
	missing(cfg.S3.SQSQueueURL != "", "sqs_queue_url")
	missing(cfg.S3.VerifyDigests, "verify_digests")
	missing(cfg.Health.TestOnStart == config.TestFail, "test_on_start fail")
	return errors.Join(errs...)
}

// Run collects until ctx ends and returns nil then. What the network or AWS
// refuse is said and tried again; only what cannot mend itself ends it.
func (s *S3) Run(ctx context.Context) error {
	var db *state.DB
	var remembered *state.Connector
	if !s.insist(ctx, "open state", func() (err error) {
		db, remembered, err = s.openState()
		return err
	}) {
		return nil
	}
	defer s.closeState(db, remembered)

	var since time.Time
	if !s.insist(ctx, "store the start", func() (err error) {
		since, err = remembered.Since(s.cfg.StartFrom.At(time.Now()))
		return err
	}) {
		return nil
	}

	var client *source.S3Client
	if !s.insist(ctx, "reach bucket", func() (err error) {
		client, err = s.client(ctx)
		return err
	}) {
		return nil
	}

	now := time.Now()
	poller := source.NewPoller(client, s.layout, remembered, source.Options{
		Bucket: s.cfg.S3.Bucket, Since: since, Until: s.until(now),
		Lookback: s.cfg.S3.Lookback, Workers: s.cfg.Workers,
	})
	s.host.Log.Info("collecting", "bucket", s.cfg.S3.Bucket, "prefix", s.cfg.S3.Prefix, "since", since.UTC().Format(time.RFC3339))
	return New(Options{
		Interval: s.cfg.Interval, StatusInterval: s.cfg.Health.StatusInterval, Workers: s.cfg.Workers,
		Poller: poller, Store: client, State: remembered, Queue: s.host.Queue,
		NewDecoder: s.decoder, Drop: newFilter(s.cfg.LogFilter),
		Reserve: newMemory(s.cfg.MemLimit / 2).reserve, // the other half is the queue's
		Log:     s.host.Log, Metrics: s.host.Metrics,
	}).Run(ctx)
}

// firstWait and lastWait bound how often starting is tried again.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// insist does something until it succeeds, or until ctx ends: then it is
// false.
func (s *S3) insist(ctx context.Context, what string, do func() error) bool {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := do()
		if ctx.Err() != nil {
			return err == nil
		}
		s.causes.Report(what, err)
		if err == nil {
			return true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

// openState opens the state and the connector's part of it.
func (s *S3) openState() (*state.DB, *state.Connector, error) {
	db, err := state.Open(s.cfg.DB, state.Options{})
	if err != nil {
		return nil, nil, err
	}
	if s.cfg.DB == "" {
		s.host.Log.Warn("no db is set: what was collected is forgotten at the end, and collected again from start_from at the next start")
	}
	if damage := db.Damage(); damage != nil {
		s.host.Log.Error(damage.Error())
	}
	remembered, err := db.Connector(s.cfg.Name, s.cfg.S3.Lookback)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, remembered, nil
}

func (s *S3) closeState(db *state.DB, remembered *state.Connector) {
	remembered.Close()
	if err := db.Close(); err != nil {
		s.host.Log.Error("close state", "error", err)
	}
}

// client makes the client for the region that the bucket is in.
func (s *S3) client(ctx context.Context) (*source.S3Client, error) {
	cfg, err := auth.Load(ctx, s.cfg, auth.WithVersion(s.host.Version))
	if err != nil {
		return nil, err
	}
	options := source.S3Options{
		Bucket:              s.cfg.S3.Bucket,
		PathStyle:           s.cfg.Network.S3PathStyle,
		RequestPayer:        s.cfg.S3.RequestPayer,
		ExpectedBucketOwner: s.cfg.S3.ExpectedBucketOwner,
	}
	if s.cfg.Region == "" {
		region, err := source.BucketRegion(ctx, cfg, options)
		if err != nil {
			return nil, fmt.Errorf("find region of bucket %s: %w", s.cfg.S3.Bucket, err)
		}
		if region != "" {
			cfg.Region = region
		}
	}
	return source.NewS3Client(cfg, options), nil
}

// until is where a backfill ends; zero: never.
func (s *S3) until(now time.Time) time.Time {
	if s.cfg.EndAt.IsZero() {
		return time.Time{}
	}
	return s.cfg.EndAt.At(now)
}

// decoder makes the decoder of the connector's log type.
func (s *S3) decoder() Decoder {
	settings := interflow.Settings{
		TenantName: s.cfg.TenantName, TenantID: s.cfg.TenantID,
		IndexKey: s.cfg.IndexKey, VendorKey: s.cfg.VendorKey, FlattenDepth: s.cfg.FlattenDepth,
	}
	switch s.cfg.S3.SubType {
	case config.SubTypeVPCFlow:
		return decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, settings), nil, time.Now)
	case config.SubTypeWAF:
		return decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, settings), "timestamp", time.Now)
	}
	return decode.NewRecords(interflow.NewCloudTrail(settings), "eventVersion", time.Now)
}

var (
	_ State       = (*state.Connector)(nil)
	_ RandomStore = (*source.S3Client)(nil)
	_ Poller      = (*source.Poller)(nil)
)
