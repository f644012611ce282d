package connector

import (
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/logs"
	"in_stellar_aws/internal/state"
)

type sectionOf map[string]string

func (s sectionOf) Get(key string) string { return s[key] }

// TestLogsOptions sees what the configuration says arrive at the connector.
func TestLogsOptions(t *testing.T) {
	cfg, err := config.Parse(sectionOf{
		"connector": "cloudwatch", "connector_name": "logs", "region": "eu-central-1", "log_groups": "app", "log_streams": "a, b*",
		"lookback": "90s", "sweep_ages": "3h, 20m", "interval": "7s", "end_at": "1h", "mem_limit": "40M",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCloudWatch(cfg, Host{Log: slog.New(slog.DiscardHandler)})
	since := time.Now().Add(-2 * time.Hour)
	o := c.options(nil, "1", &started[*state.Windows]{since: since, until: since.Add(time.Hour)})
	if want := []time.Duration{20 * time.Minute, 3 * time.Hour}; !slices.Equal(o.Sweeps, want) {
		t.Errorf("sweeps %v, want %v", o.Sweeps, want)
	}
	got := []any{o.Groups, o.Streams, o.Lookback, o.Interval, o.Since, o.Readers, o.Allowance, time.Since(o.Until).Round(time.Minute)}
	want := []any{[]string{"app"}, []string{"a", "b*"}, 90 * time.Second, 7 * time.Second, since, 4, logs.Allowance, time.Hour}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("options %v, want %v", got, want)
	}
}
