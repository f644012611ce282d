package connector

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/state"
)

// TestRangeIsKept: a range that is counted from now does not move with each
// start; a time is taken as it stands in the configuration.
func TestRangeIsKept(t *testing.T) {
	db := filepath.Join(t.TempDir(), "state.db")
	begin := func(endAt string) (since, until time.Time) {
		t.Helper()
		cfg, err := config.Parse(sectionOf{
			"connector": "cloudtrail", "sub_type": "cloudtrail", "connector_name": "c", "bucket": "abc", "prefix": "AWSLogs",
			"db": db, "start_from": "48h", "end_at": endAt,
		})
		if err != nil {
			t.Fatal(err)
		}
		s := newSection(cfg, Host{Log: slog.New(slog.DiscardHandler)})
		st, ok := start(t.Context(), &s, func(db *state.DB) (*state.Connector, error) { return db.Connector("c", time.Hour) })
		if !ok {
			t.Fatal("not started")
		}
		defer st.close(s.host.Log)
		return st.since, st.until
	}
	since, until := begin("24h")
	if got := until.Sub(since); got != 24*time.Hour {
		t.Errorf("the range is %v long", got)
	}
	if since2, until2 := begin("24h"); !since2.Equal(since) || !until2.Equal(until) {
		t.Errorf("from %v to %v, and at the next start from %v to %v", since, until, since2, until2)
	}
	want := since.Add(time.Hour).Truncate(time.Second)
	if _, until := begin(want.Format(time.RFC3339)); !until.Equal(want) {
		t.Errorf("until %v, want %v as it is set now", until, want)
	}
}
