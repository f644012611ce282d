package connector_test

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/connector"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
)

// runLogs runs a CloudWatch connector as its section describes it.
func runLogs(t *testing.T, section keys) *running {
	t.Helper()
	cfg, err := config.Parse(section)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, host: fakehost.New(), journal: &fakehost.Journal{}, ended: make(chan error, 1)}
	h := r.newHost()
	return r.start(connector.NewCloudWatch(cfg, h), h.Status, cfg)
}

// TestCloudWatchFromItsConfiguration goes the whole way: keys, credentials,
// account, state file, and a second run that has nothing left to do.
func TestCloudWatchFromItsConfiguration(t *testing.T) {
	const account = "555566667777" // whose quota no other test uses
	aws := fakeaws.New(fakeaws.Options{Region: "us-east-1"})
	aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: account})
	aws.AddLogGroup("app", "us-east-1", account)
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	put := func(messages ...string) {
		t.Helper()
		for _, m := range messages {
			if err := aws.PutLogEvents("app", "s", fakeaws.LogEvent{Time: time.Now().Add(-time.Minute), Message: m}); err != nil {
				t.Fatal(err)
			}
		}
	}
	section := keys{
		"connector": "cloudwatch", "connector_name": "logs", "region": "us-east-1", "log_groups": "ap*", "log_filter": "message contains noise",
		"access_key": testKey, "secret_key": testSecret, "endpoint_url": server.URL, "interval": "1s", "db": filepath.Join(t.TempDir(), "state.db"),
	}
	put("one", "two", "noise")
	first := runLogs(t, section)
	first.until("both records", func() bool { return len(first.ids()) == 2 })
	first.stop()

	put("three")
	second := runLogs(t, section)
	second.until("the new record", func() bool { return len(second.ids()) == 1 })
	second.stop()
	if n := len(second.ids()); n != 1 {
		t.Errorf("%d records in the second run, want the new one", n)
	}
}

func TestCloudWatchWrongConfiguration(t *testing.T) {
	aws := fakeaws.New(fakeaws.Options{Region: "us-east-1"})
	server := httptest.NewServer(aws)
	t.Cleanup(server.Close)
	section := keys{
		"connector": "cloudwatch", "connector_name": "logs", "region": "us-east-1", "log_groups": "app",
		"access_key": testKey, "secret_key": testSecret, "endpoint_url": server.URL,
	}
	r := runLogs(t, section)
	r.until("the explanation", func() bool {
		return strings.Contains(r.journal.String(), "find account") && strings.Contains(r.journal.String(), "status=401")
	})
	r.stop()
	if strings.Contains(r.journal.String(), testSecret) {
		t.Error("a secret is in the log")
	}
}
