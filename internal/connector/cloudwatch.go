package connector

import (
	"context"
	"fmt"
	"time"

	"in_stellar_aws/internal/auth"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/filter"
	"in_stellar_aws/internal/logs"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// CloudWatch is a connector that collects from CloudWatch Logs. Make it with
// NewCloudWatch, run it once.
type CloudWatch struct{ section }

// NewCloudWatch prepares a connector. It touches neither network nor disk.
func NewCloudWatch(cfg config.Config, h Host) *CloudWatch { return &CloudWatch{newSection(cfg, h)} }

// Run collects until ctx ends and returns nil then. What the network or AWS
// refuse is said and tried again; only what cannot mend itself ends it.
func (c *CloudWatch) Run(ctx context.Context) error {
	st, ok := start(ctx, &c.section, func(db *state.DB) (*state.Windows, error) { return db.Windows(c.cfg.Name) })
	if !ok {
		return nil
	}
	defer st.close(c.host.Log)

	var client *source.LogsClient
	var account string
	if !c.insist(ctx, "reach CloudWatch Logs", func() (err error) {
		client, account, err = c.client(ctx)
		return err
	}) {
		return nil
	}
	c.host.Log.Info("collecting", "log_groups", c.cfg.Logs.Groups, "account", account, "region", c.cfg.Region, "since", st.since.UTC().Format(time.RFC3339))
	return logs.New(c.options(client, account, st)).Run(ctx)
}

func (c *CloudWatch) options(client *source.LogsClient, account string, st *started[*state.Windows]) logs.Options {
	return logs.Options{
		Account: account, Region: c.cfg.Region,
		Groups: c.cfg.Logs.Groups, Streams: c.cfg.Logs.Streams,
		Interval: c.cfg.Interval,
		Since:    st.since, Until: st.until, Lookback: c.cfg.Logs.Lookback, Allowance: logs.Allowance, Sweeps: c.cfg.Logs.SweepAges,
		Readers: readers(c.cfg),
		Reader:  client, Lister: client, State: st.state, Queue: c.host.Queue,
		NewDecoder: c.decoder, Drop: filter.New(c.cfg.LogFilter), Log: c.host.Log, Status: c.host.Status,
	}
}

// pageMemory is what a page takes while it is read: its 1 MB of events in the
// answer, as strings, and as records.
const pageMemory = 4 << 20

// readers is how many pages are read at the same time: as many as the workers,
// or as a second's quota, which an answer may take, and some for slower ones,
// but not more than have room in the half of mem_limit that the host's queue
// leaves.
func readers(cfg config.Config) int {
	useful := max(cfg.Workers, logs.Useful(cfg.Region))
	return max(1, min(useful, int(cfg.MemLimit/2/pageMemory)))
}

// client makes the client, and finds whose quotas and log groups it uses.
func (c *CloudWatch) client(ctx context.Context) (*source.LogsClient, string, error) {
	cfg, err := auth.Load(ctx, c.cfg, auth.WithVersion(c.host.Version), auth.WithObserver(c.observe))
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
func (c *CloudWatch) decoder() logs.Decoder {
	return decode.NewLogs(decode.LogOptions{
		Settings: c.settings(),
		VPCFlow:  c.cfg.Logs.VPCFlow, FlowFormat: c.cfg.VPCFlowFormat, ParseJSON: c.cfg.Logs.ParseJSON, Now: time.Now,
	})
}

var (
	_ logs.State            = (*state.Windows)(nil)
	_ logs.Reader           = (*source.LogsClient)(nil)
	_ source.LogGroupLister = (*source.LogsClient)(nil)
)
