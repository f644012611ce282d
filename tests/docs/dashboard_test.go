package docs

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"in_stellar_aws/internal/health"
)

// TestDashboard holds the Grafana dashboard against the metrics that there are:
// every name it asks for exists, a counter is asked for by its rate, and the
// metrics by which operators tell how a connector is are all shown.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../conf/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	known := map[string]health.Definition{}
	for _, d := range health.Definitions() {
		known[d.Name] = d
	}
	metric := regexp.MustCompile(`[a-z_:][a-z0-9_:]*_[a-z0-9_:]*`)
	shown := map[string]bool{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			names := metric.FindAllString(strings.ReplaceAll(target.Expr, "$__rate_interval", ""), -1)
			if n := strings.Count(target.Expr, `{connector=~"$connector"}`); n == 0 || n != strings.Count(target.Expr, health.MetricPrefix) {
				t.Errorf("%s is not of the connectors chosen: %s", panel.Title, target.Expr)
			}
			if len(names) == 0 {
				t.Errorf("%s: no metric in %s", panel.Title, target.Expr)
			}
			for _, name := range names {
				d, ok := known[strings.TrimPrefix(name, health.MetricPrefix)]
				if !ok || !strings.HasPrefix(name, health.MetricPrefix) {
					t.Errorf("%s: there is no metric %s", panel.Title, name)
				}
				if rated := strings.Contains(target.Expr, "rate("+name) || strings.Contains(target.Expr, "increase("+name); rated == d.Gauge {
					t.Errorf("%s: counters are shown by their rate, gauges are not: %s", panel.Title, target.Expr)
				}
				shown[d.Name] = true
			}
		}
	}
	for name, d := range known {
		if d.Line != "" && d.Part == "" && !shown[name] {
			t.Errorf("%s is in the status line and not on the dashboard", name)
		}
	}
}
