package connector_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/connector"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
	"in_stellar_aws/tests/generate"
)

const (
	testAccount = "111122223333"
	testBucket  = "trail-bucket"
	testKey     = "AKIDEXAMPLE000000000"
	testSecret  = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// keys is a section as the host would give it.
type keys map[string]string

func (k keys) Get(key string) string { return k[key] }

// s3World is a fake AWS with a trail in it.
type s3World struct {
	aws    *fakeaws.Server
	server *httptest.Server
	url    string
	now    time.Time
}

func newS3World(t *testing.T) *s3World {
	t.Helper()
	w := &s3World{aws: fakeaws.New(fakeaws.Options{Region: "eu-west-1"}), now: time.Now().UTC()}
	w.aws.AddBucket(testBucket, "eu-west-1", testAccount)
	w.aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount, ARN: "arn:aws:iam::" + testAccount + ":user/collector"})
	w.server = httptest.NewServer(w.aws)
	t.Cleanup(w.server.Close)
	w.url = w.server.URL
	return w
}

// section is the configuration for the trail.
func (w *s3World) section(t *testing.T, more keys) keys {
	t.Helper()
	section := keys{
		"connector": "cloudtrail", "sub_type": "cloudtrail", "connector_name": "trail", "bucket": testBucket,
		"prefix":     "AWSLogs/" + testAccount + "/CloudTrail/eu-west-1",
		"access_key": testKey, "secret_key": testSecret, "endpoint_url": w.url, "s3_path_style": "on",
		"interval": "1s", "start_from": "48h", "db": filepath.Join(t.TempDir(), "state.db"),
	}
	for k, v := range more {
		section[k] = v
	}
	return section
}

// put stores count generated files of records records, the first from ago
// before now, and returns how many records they hold.
func (w *s3World) put(t *testing.T, seed uint64, ago time.Duration, count, records int) int {
	t.Helper()
	g := generate.New(seed, generate.Options{Accounts: []string{testAccount}, Regions: []string{"eu-west-1"}, Start: w.now.Add(-ago)})
	total := 0
	for range count {
		o := g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: records}})
		if err := w.aws.PutObject(testBucket, o.Key, o.Body); err != nil {
			t.Fatal(err)
		}
		total += o.Records
	}
	return total
}

// running is a connector at work.
type running struct {
	t       *testing.T
	section keys
	host    *fakehost.Host
	journal *fakehost.Journal
	cancel  context.CancelFunc
	ended   chan error
}

func run(t *testing.T, section keys) *running {
	t.Helper()
	cfg, err := config.Parse(section)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, section: section, host: fakehost.New(), journal: &fakehost.Journal{}, ended: make(chan error, 1)}
	h := r.newHost()
	c, err := connector.NewS3(cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	return r.start(c, h.Status, cfg)
}

func (r *running) newHost() connector.Host {
	log := slog.New(slog.NewTextHandler(r.journal, nil))
	return connector.Host{Queue: r.host, Log: log, Status: health.NewStatus(log, nil, time.Now), Version: "test"}
}

// start runs a connector and shows its status, as the plugin does.
func (r *running) start(c interface{ Run(context.Context) error }, status *health.Status, cfg config.Config) *running {
	ctx, cancel := context.WithCancel(r.t.Context())
	r.cancel = cancel
	go status.Run(ctx, cfg.Health.StatusInterval)
	go func() { r.ended <- c.Run(ctx) }()
	r.t.Cleanup(cancel)
	return r
}

func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.t.Errorf("Run: %v", err)
	}
}

// ids are the records' ids and how often each came.
func (r *running) ids() map[string]int { return r.host.IDs(r.t) }

// until waits for a condition, which the test's own deadline bounds.
func (r *running) until(what string, condition func() bool) {
	r.t.Helper()
	deadline := time.After(60 * time.Second)
	for !condition() {
		select {
		case <-r.host.Changed():
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("waited too long: %s\n%s", what, r.journal)
		}
	}
}

// untilSaid waits until the log holds every part.
func (r *running) untilSaid(parts ...string) {
	r.t.Helper()
	r.until("the log", func() bool {
		for _, part := range parts {
			if !strings.Contains(r.journal.String(), part) {
				return false
			}
		}
		return true
	})
}

func TestS3CollectsAndContinues(t *testing.T) {
	w := newS3World(t)
	want := w.put(t, 1, 6*time.Hour, 30, 200)
	section := w.section(t, nil)

	first := run(t, section)
	first.until("all records", func() bool { return len(first.ids()) == want })
	more := w.put(t, 2, 2*time.Minute, 1, 50)
	first.until("the new records", func() bool { return len(first.ids()) == want+more })
	first.stop()
	for id, n := range first.ids() {
		if n != 1 {
			t.Fatalf("record %s came %d times", id, n)
		}
	}

	last := w.put(t, 3, time.Minute, 1, 10)
	second := run(t, section)
	second.until("the last records", func() bool { return len(second.ids()) == last })
	second.stop()
}

func TestS3WrongConfiguration(t *testing.T) {
	w := newS3World(t)
	w.put(t, 1, time.Hour, 1, 5)
	tests := map[string]struct {
		more keys
		want []string
	}{
		"credentials": {keys{"secret_key": "another"}, []string{"SignatureDoesNotMatch", "status=401", "the credentials are not valid"}},
		"bucket":      {keys{"bucket": "no-such-bucket"}, []string{"no-such-bucket", "status=404", "no such bucket"}},
		"host":        {keys{"endpoint_url": "http://127.0.0.1:1"}, []string{"no connection", "check proxy_uri, endpoint_url"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, w.section(t, test.more))
			r.untilSaid(test.want...)
			r.stop()
			if strings.Contains(r.journal.String(), testSecret) {
				t.Error("a secret is in the log")
			}
		})
	}
}
