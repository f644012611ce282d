package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

// TestQuestions runs Fluent Bit for an answer only: the connectors' test, and
// their policies. It ends by itself, with a status that says how the test was.
func TestQuestions(t *testing.T) {
	t.Parallel()
	bin, ok := abihost.RealFluentBit()
	if !ok {
		t.Skip(harness.ErrNoFluentBit)
	}
	w := newWorld(t)
	good, _ := trail(t, w, "good", trailFiles(w, 1, time.Hour, 1, 5)...)
	wrong := good.With("connector_name", "wrong-key").With("secret_key", otherSecret)
	threaded := good.With("connector_name", "threaded").With("threaded", "on")
	for name, test := range map[string]struct {
		variable   string
		connectors []harness.Connector
		status     int
		says       []string
	}{
		"all pass":    {"STELLAR_AWS_TEST=1", []harness.Connector{good}, 0, []string{"connector good: 0 of 3 tests failed", "200 OK"}},
		"one fails":   {"STELLAR_AWS_TEST=1", []harness.Connector{wrong, good}, 1, []string{"connector good: 0 of ", "connector wrong-key: 1 of ", "401 Unauthorized", "recommendation: check access_key"}},
		"in threads":  {"STELLAR_AWS_TEST=1", []harness.Connector{threaded, wrong, good}, 1, []string{"connector threaded: 0 of ", "connector good: 0 of ", "connector wrong-key: 1 of "}},
		"the policy":  {"STELLAR_AWS_POLICY=1", []harness.Connector{good}, 0, []string{`"s3:ListBucket"`, `"arn:aws:s3:::good/` + trailPrefix + `/*"`}},
		"a bad value": {"STELLAR_AWS_TEST=1", []harness.Connector{good.With("workers", "0").With("interval", "x")}, 255, []string{`connector good: interval "x": want`, `connector good: workers "0": want`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := harness.Config{Dir: t.TempDir(), Plugin: plugin, Connectors: test.connectors}
			path, err := c.Write()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var out, log bytes.Buffer
			cmd := exec.CommandContext(ctx, bin, "-c", path)
			cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), test.variable), &out, &log
			if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != test.status {
				t.Errorf("it ended with %d, want %d:\n%s\n%s", code, test.status, out.String(), tail(log.String()))
			}
			for _, text := range test.says {
				if said := out.String() + log.String(); !strings.Contains(said, text) {
					t.Errorf("no %q in what it says:\n%s", text, said)
				}
			}
			wantNoSecret(t, out.String()+log.String())
			if _, policy, ok := strings.Cut(out.String(), "\n{"); ok && !json.Valid([]byte("{"+policy)) {
				t.Errorf("the policy is no JSON: %s", policy)
			}
			if records, err := os.ReadDir(c.OutDir()); err != nil || len(records) > 0 {
				t.Errorf("it collected: %v, %v", records, err)
			}
		})
	}
}

// TestStartTest has test_on_start keep a connector that may not read from
// starting, warn of another, and say nothing but that it passed of a third.
func TestStartTest(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.AWS.AddUser(fakeaws.User{
			AccessKey: "AKIDDENIED0000000000", SecretKey: otherSecret, Account: harness.Account,
			Deny: func(action, _ string) bool { return action == "s3:GetObject" },
		})
		good, want := trail(t, w, "good", trailFiles(w, 1, time.Hour, 1, 5)...)
		denied := good.With("connector_name", "denied").With("access_key", "AKIDDENIED0000000000").With("secret_key", otherSecret)

		r := start(t, kind, harness.Config{Connectors: []harness.Connector{good.With("test_on_start", "fail"), denied.With("test_on_start", "fail")}})
		exit, err := r.Wait(r.ctx)
		if err != nil || exit.Code == 0 || exit.Signal != 0 {
			t.Errorf("the host ended with %+v, %v; want a status that is not 0", exit, err)
		}
		for _, text := range []string{
			"connector=good", "all 3 passed", "test failed: s3://good/" + trailPrefix, "status=403", "recommendation=",
			`missing="{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"]`, "test_on_start fail: 1 of 3 failed",
		} {
			if !strings.Contains(r.Log(), text) {
				t.Errorf("the log does not say %q", text)
			}
		}
		wantNoSecret(t, r.Log())

		r = start(t, kind, harness.Config{Connectors: []harness.Connector{good.With("test_on_start", "fail"), denied.With("test_on_start", "warn")}})
		r.waitLog("test: 1 of 3 failed: s3://good/" + trailPrefix + "/ (403 Forbidden)")
		wantOnce(t, "good", append(r.collect("good", want), r.records("denied")...), want)
		r.stop("good")
		wantNoSecret(t, r.Log())
	})
}

// TestStatus has the credentials of one of two connectors expire in the midst of
// its work: its status says so, in the log and in the host's metrics, until they
// are valid again. The other's stays ok.
func TestStatus(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 3, 20)
		good, want := trail(t, w, "good", files...)
		c := harness.Config{}
		if kind == harness.FluentBit {
			c.HTTPPort = freePort(t)
		}
		good = good.With("status_interval", "1s").With("interval", "1s")
		c.Connectors = []harness.Connector{good.With("alias", "one"), good.With("connector_name", "other").With("alias", "two").With("bucket", "other")}
		w.Bucket("other")
		put(t, w, "other", files...)
		r := start(t, kind, c)
		r.collect("good", want)
		r.collect("other", want)
		r.waitLog("status connector=good state=ok since=", fmt.Sprintf("objects=3 records=%d ", want))

		for _, name := range []string{"good", "other"} {
			if lines := said(r.Log(), name); len(lines) > 3 {
				t.Errorf("%s says much at its start: %q", name, lines)
			}
		}

		w.AWS.Fault(func(q fakeaws.Request) *fakeaws.Fault {
			if q.Bucket == "good" {
				return &fakeaws.Fault{Status: 400, Code: "ExpiredToken", Message: "The provided token has expired."}
			}
			return nil
		})
		r.waitLog(`status connector=good state=failed since=`, `why="list objects: the credentials have expired (ExpiredToken)"`)
		if kind == harness.FluentBit {
			waitMetrics(t, r, c.HTTPPort, `failed{name="one",connector="good"} 1`, `failed{name="two",connector="other"} 0`, fmt.Sprintf(`records_total{name="one",connector="good"} %d`, want), `objects_total{name="two",connector="other"} 3`)
		}
		w.AWS.Fault(nil)
		r.waitLog("works again: list objects")
		if strings.Contains(r.Log(), "connector=other state=failed") {
			t.Error("the other connector's state was failed, too")
		}
		if n := len(errorLines(r.Log(), "ExpiredToken")); n != 1 {
			t.Errorf("the cause is logged %d times, want once", n)
		}
		if kind == harness.FluentBit {
			waitMetrics(t, r, c.HTTPPort, `failed{name="one",connector="good"} 0`)
		}
		r.stop("good", "other")
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// said is what a connector has logged beside its status.
func said(log, connector string) (lines []string) {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "connector="+connector) && !strings.Contains(line, "] status ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// waitMetrics waits until the host's endpoint shows every sample, and checks
// that it shows every metric that there is.
func waitMetrics(t *testing.T, r *run, port int, samples ...string) {
	t.Helper()
	text := ""
	err := r.WaitFor(r.ctx, fmt.Sprintf("metrics %q", samples), func() (bool, error) {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", port))
		if err != nil {
			return false, nil // the host is not there yet
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		text = string(body)
		for _, s := range samples {
			if !strings.Contains(text, "\n"+health.MetricPrefix+s+"\n") {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	for _, d := range health.Definitions() {
		if !strings.Contains(text, "\n"+health.MetricPrefix+d.Name+`{name="one",connector="good"} `) {
			t.Errorf("the host does not show %s", d.Name)
		}
	}
}
