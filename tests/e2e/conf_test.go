package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// TestExamples runs every file of conf/ as it is, with the command that it and
// the README give; only the environment points it at the fake AWS.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../conf/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("examples: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			eachHost(t, func(t *testing.T, kind harness.Kind) { example(t, kind, file) })
		})
	}
}

func example(t *testing.T, kind harness.Kind, file string) {
	w := newWorld(t)
	_, want := trail(t, w, "my-trail-bucket", trailFiles(w, 1, 10*time.Minute, 3, 40)...)
	classes := []string{"cloudtrail"}
	if strings.HasPrefix(filepath.Base(file), "cloudwatch") {
		want = exampleLogs(t, w)
		classes = []string{"aws_cloudwatch_log", "aws_cloudwatch_waf", "aws_guardduty"}
	}
	dir := t.TempDir()
	env := []string{
		"AWS_ACCESS_KEY_ID=" + harness.AccessKey, "AWS_SECRET_ACCESS_KEY=" + harness.SecretKey, "AWS_ENDPOINT_URL=" + w.URL,
		"TRAIL_BUCKET=my-trail-bucket", "TRAIL_ACCOUNT=" + harness.Account, "TRAIL_REGION=" + harness.Region,
		"LOGS_REGION=" + harness.Region,
		"STATE_DIR=" + dir, "OUTPUT_DIR=" + dir,
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stop, log := runExample(ctx, t, kind, file, env)

	output := filepath.Join(dir, "aws.json")
	for lines := 0; lines < want; {
		text, err := os.ReadFile(output)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		lines = bytes.Count(text, []byte("\n"))
		select {
		case <-ctx.Done():
			t.Fatalf("%d of %d records arrived\n%s", lines, want, tail(log()))
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for line := range bytes.Lines(text) {
		var record struct {
			ID    string `json:"stellar_uuid"`
			Class string `json:"msg_class"`
		}
		if err := json.Unmarshal(line, &record); err != nil || !slices.Contains(classes, record.Class) {
			t.Fatalf("record %.200s: %v", line, err)
		}
		ids[record.ID] = true
	}
	if len(ids) != want {
		t.Errorf("%d different records, want %d", len(ids), want)
	}
	for line := range strings.Lines(log()) {
		if strings.Contains(line, "stellar_aws") && (strings.Contains(line, "[ warn]") || strings.Contains(line, "[error]")) {
			t.Errorf("complaint: %s", line)
		}
	}
}

// exampleLogs fills the log groups that conf/cloudwatch.yaml names, and one
// that it does not, and returns how many events are to come.
func exampleLogs(t *testing.T, w *harness.World) (events int) {
	t.Helper()
	g := w.Generator(1, time.Hour, generate.Options{})
	for group, next := range map[string]func([]byte) []byte{
		"/aws/eks/prod/cluster": g.AppendAudit,
		"/ecs/shop":             g.AppendContainer,
		"aws-waf-logs-edge":     g.AppendWAF,
		"/aws/events/guardduty": g.AppendFindingEvent,
		"/other":                g.AppendContainer,
	} {
		w.AWS.AddLogGroup(group, harness.Region, harness.Account)
		for i := range 25 {
			event := fakeaws.LogEvent{Time: w.Now.Add(-time.Duration(i+1) * time.Minute), Message: string(next(nil))}
			if err := w.AWS.PutLogEvents(group, "stream", event); err != nil {
				t.Fatal(err)
			}
		}
		if group != "/other" {
			events += 25
		}
	}
	return events
}

// runExample starts a host on the file. stop ends it in order.
func runExample(ctx context.Context, t *testing.T, kind harness.Kind, file string, env []string) (stop func(), log func() string) {
	t.Helper()
	if kind == harness.ABIHost {
		r, err := abihost.Build(t).Start(ctx, abihost.Options{ConfigFile: file, Plugin: plugin, Env: env})
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := r.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			if exit, err := r.Wait(ctx); err != nil || exit.Code != 0 {
				t.Errorf("exit %+v, %v", exit, err)
			}
		}, r.Log
	}
	bin, _ := abihost.RealFluentBit() // eachHost skips where there is none
	var output harness.Journal
	cmd := exec.CommandContext(ctx, bin, "-e", plugin, "-c", file)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("Fluent Bit: %v", err)
		}
	}, output.String
}
