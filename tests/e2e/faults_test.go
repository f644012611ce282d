package e2e

import (
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/harness"
)

// TestFaultySection has several faults in one section: all of them are told
// in one go, with key, value and what is allowed, and the host does not start.
func TestFaultySection(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		good, _ := trail(t, w, "good", trailFiles(w, 1, time.Hour, 1, 5)...)
		bad := good.With("connector_name", "bad").With("sub_type", "cloudwatch").With("interval", "often").
			With("workers", "65").With("bucket", "").With("start_from", "yesterday").With("prefix", "AWSLogs//").
			With("Lookbak", "1h").With("access-key", otherSecret)
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{good, bad}})
		exit, err := r.Wait(r.ctx)
		if err != nil || exit.Code == 0 || exit.Signal != 0 {
			t.Errorf("the host ended with %+v, %v; want a status that is not 0", exit, err)
		}
		log := r.Log()
		for _, want := range []string{
			`sub_type "cloudwatch": `, "cloudtrail, vpcflow or waf",
			`interval "often": `, "a duration such as 30s",
			`workers "65": `, "from 1 to 64",
			`start_from "yesterday": `, "RFC 3339",
			"bucket: ", `prefix "AWSLogs//": `,
			"lookbak: there is no such key: want lookback", "access-key: there is no such key: want access_key",
		} {
			if !strings.Contains(log, want) {
				t.Errorf("the log does not say %q", want)
			}
		}
		wantNoSecret(t, log)
	})
}

// TestRefused has connectors to which AWS says no, beside one that works: each
// says once what is wrong and what to do, and the good one goes on.
func TestRefused(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 5, 50)
		good, want := trail(t, w, "good", files...)
		key := good.With("connector_name", "wrong-key").With("secret_key", otherSecret)
		bucket := good.With("connector_name", "no-bucket").With("bucket", "no-such-bucket")
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{key, bucket, good}})
		r.waitLog("SignatureDoesNotMatch", "status=401", "status=404", "no-such-bucket")
		r.collect("good", want)
		want += put(t, w, "good", trailFiles(w, 2, 0, 1, 20)...)
		r.collect("good", want)
		wantOnce(t, "good", r.stop("good", "wrong-key", "no-bucket"), want)

		for _, name := range []string{"wrong-key", "no-bucket"} {
			if n := len(errorLines(r.Log(), "connector="+name)); n != 1 {
				t.Errorf("%s: %d errors in the log, want 1", name, n)
			}
		}
		for _, line := range errorLines(r.Log(), "stellar_aws") {
			if !strings.Contains(line, "advice=") && !strings.Contains(line, "recommendation=") {
				t.Errorf("no advice in %s", line)
			}
		}
		wantNoSecret(t, r.Log())
	})
}

// otherSecret is a secret key that no user has.
const otherSecret = "another/K7MDENG+bPxRfiCYEXAMPLEKEY"

// errorLines are the lines of the log that are errors and hold text.
func errorLines(log, text string) (lines []string) {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, "[error]") && strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

func wantNoSecret(t *testing.T, log string) {
	t.Helper()
	for _, secret := range []string{harness.SecretKey, otherSecret} {
		if strings.Contains(log, secret) {
			t.Error("a secret key is in the log")
		}
	}
}
