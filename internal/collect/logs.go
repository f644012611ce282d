package collect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"in_stellar_aws/internal/auth"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// CloudWatch is a connector that collects from CloudWatch Logs. Make it with
// NewCloudWatch, run it once.
type CloudWatch struct {
	cfg    config.Config
	host   Host
	causes *health.Causes
}

// NewCloudWatch prepares a connector. It touches neither network nor disk: an
// error is one of the configuration.
func NewCloudWatch(cfg config.Config, h Host) (*CloudWatch, error) {
	if cfg.Health.TestOnStart == config.TestFail {
		return nil, errors.New("test_on_start fail is not available in this version")
	}
	return &CloudWatch{cfg: cfg, host: h, causes: health.NewCauses(h.Log, time.Now)}, nil
}

// Run collects until ctx ends and returns nil then. What the network or AWS
// refuse is said and tried again; only what cannot mend itself ends it.
func (c *CloudWatch) Run(ctx context.Context) error {
	var db *state.DB
	var remembered *state.Windows
	if !c.insist(ctx, "open state", func() (err error) {
		db, remembered, err = c.openState()
		return err
	}) {
		return nil
	}
	defer c.closeState(db, remembered)

	var since time.Time
	if !c.insist(ctx, "store the start", func() (err error) {
		since, err = remembered.Since(c.cfg.StartFrom.At(time.Now()))
		return err
	}) {
		return nil
	}

	var client *source.LogsClient
	var account string
	if !c.insist(ctx, "reach CloudWatch Logs", func() (err error) {
		client, account, err = c.client(ctx)
		return err
	}) {
		return nil
	}
	c.host.Log.Info("collecting", "log_groups", c.cfg.Logs.Groups, "account", account, "region", c.cfg.Region, "since", since.UTC().Format(time.RFC3339))
	return NewLogs(c.options(client, account, since, remembered)).Run(ctx)
}

func (c *CloudWatch) options(client *source.LogsClient, account string, since time.Time, remembered *state.Windows) LogsOptions {
	o := LogsOptions{
		Account: account, Region: c.cfg.Region,
		Groups: c.cfg.Logs.Groups, Streams: c.cfg.Logs.Streams,
		Interval: c.cfg.Interval, StatusInterval: c.cfg.Health.StatusInterval,
		Since: since, Lookback: c.cfg.Logs.Lookback, Allowance: allowance, Sweeps: sweepAges(),
		Readers: readers(c.cfg),
		Reader:  client, Lister: client, State: remembered, Queue: c.host.Queue,
		NewDecoder: c.decoder, Drop: newFilter(c.cfg.LogFilter), Log: c.host.Log, Metrics: c.host.Metrics,
	}
	if !c.cfg.EndAt.IsZero() {
		o.Until = c.cfg.EndAt.At(time.Now())
	}
	return o
}

// pageMemory is what a page takes while it is read: its 1 MB of events in the
// answer, as strings, and as records.
const pageMemory = 4 << 20

// readers is how many pages are read at the same time: as many as the workers,
// or as a second's quota, which an answer may take, but not more than have room
// in the half of mem_limit that the host's queue leaves.
func readers(cfg config.Config) int {
	useful := max(cfg.Workers, int(math.Ceil(logsQuota(cfg.Region, apiFilter))))
	return max(1, min(useful, int(cfg.MemLimit/2/pageMemory)))
}

// insist does something until it succeeds, or until ctx ends: then it is
// false.
func (c *CloudWatch) insist(ctx context.Context, what string, do func() error) bool {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := do()
		if ctx.Err() != nil {
			return err == nil
		}
		c.causes.Report(what, err)
		if err == nil {
			return true
		}
		if pause(ctx, wait) != nil {
			return false
		}
	}
}

// openState opens the state and the connector's part of it.
func (c *CloudWatch) openState() (*state.DB, *state.Windows, error) {
	db, err := state.Open(c.cfg.DB, state.Options{})
	if err != nil {
		return nil, nil, err
	}
	if c.cfg.DB == "" {
		c.host.Log.Warn("no db is set: what was collected is forgotten at the end, and collected again from start_from at the next start")
	}
	if damage := db.Damage(); damage != nil {
		c.host.Log.Error(damage.Error())
	}
	remembered, err := db.Windows(c.cfg.Name)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, remembered, nil
}

func (c *CloudWatch) closeState(db *state.DB, remembered *state.Windows) {
	remembered.Close()
	if err := db.Close(); err != nil {
		c.host.Log.Error("close state", "error", err)
	}
}

// client makes the client, and finds whose quotas and log groups it uses.
func (c *CloudWatch) client(ctx context.Context) (*source.LogsClient, string, error) {
	cfg, err := auth.Load(ctx, c.cfg, auth.WithVersion(c.host.Version))
	if err != nil {
		return nil, "", err
	}
	client := source.NewLogsClient(cfg)
	account, err := client.Account(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("connect to CloudWatch Logs in %s: %w", c.cfg.Region, err)
	}
	return client, account, nil
}

// decoder makes a reader's decoder.
func (c *CloudWatch) decoder() LogDecoder {
	return decode.NewLogs(decode.LogOptions{
		Settings: interflow.Settings{
			TenantName: c.cfg.TenantName, TenantID: c.cfg.TenantID,
			IndexKey: c.cfg.IndexKey, VendorKey: c.cfg.VendorKey, FlattenDepth: c.cfg.FlattenDepth,
		},
		VPCFlow: c.cfg.Logs.VPCFlow, FlowFormat: c.cfg.Logs.VPCFlowFormat, ParseJSON: c.cfg.Logs.ParseJSON, Now: time.Now,
	})
}

var (
	_ WindowState           = (*state.Windows)(nil)
	_ LogReader             = (*source.LogsClient)(nil)
	_ source.LogGroupLister = (*source.LogsClient)(nil)
)
