package logs_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/logs"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
)

const (
	testRegion  = "eu-central-1" // where the quota of FilterLogEvents is 5 a second
	testAccount = "111122223333"
	testKey     = "AKIDEXAMPLE000000000"
	testSecret  = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// inProcess is an HTTP client that calls a handler itself: no connection whose
// waiting the test's clock would not see.
type inProcess struct{ handler http.Handler }

func (p inProcess) Do(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.Host = r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	out := httptest.NewRecorder()
	p.handler.ServeHTTP(out, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return out.Result(), nil
}

// world is a connector of CloudWatch Logs with everything about it. It
// lives in a synctest bubble.
type world struct {
	t       *testing.T
	aws     *fakeaws.Server
	db      *state.DB
	host    *fakehost.Host
	journal *fakehost.Journal
	options logs.Options
	count   *counts
	want    map[string]string // id -> message
	stop    func()
}

// counts are metrics that tests look at.
type counts struct {
	mu sync.Mutex
	of map[string]int64
}

func (c *counts) Counter(name, _ string) func(int64) {
	return func(n int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.of[name] += n
	}
}

func (c *counts) Gauge(string, string) func(float64) { return func(float64) {} }

func (c *counts) get(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[name]
}

func newWorld(t *testing.T, groups ...string) *world {
	return newWorldOf(t, fakeaws.Options{Region: testRegion}, groups...)
}

func newWorldOf(t *testing.T, o fakeaws.Options, groups ...string) *world {
	db, err := state.Open("", state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, db: db, host: fakehost.New(), journal: &fakehost.Journal{}, want: map[string]string{},
		aws: fakeaws.New(o), count: &counts{of: map[string]int64{}},
	}
	w.aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount})
	var names []string
	for _, g := range groups {
		if g[len(g)-1] != '*' {
			w.aws.AddLogGroup(g, o.Region, testAccount)
		}
		names = append(names, g)
	}
	w.options = logs.Options{
		Account: testAccount, Region: o.Region, Groups: names,
		Interval: 30 * time.Second, Since: time.Now().Add(-24 * time.Hour), Lookback: 10 * time.Minute,
		Allowance: 5 * time.Second, Sweeps: []time.Duration{time.Hour, 24 * time.Hour}, Readers: 8,
		Limiters: &logs.Limiters{}, Queue: w.host,
		NewDecoder: func() logs.Decoder { return decode.NewLogs(decode.LogOptions{VPCFlow: true, Now: time.Now}) },
		Log:        slog.New(slog.NewTextHandler(w.journal, nil)),
	}
	w.options.Status = health.NewStatus(w.options.Log, w.count, time.Now)
	return w
}

func (w *world) client(key string) *source.LogsClient {
	return source.NewLogsClient(aws.Config{
		Region: w.options.Region, BaseEndpoint: aws.String("http://aws.test"), HTTPClient: inProcess{w.aws},
		Credentials: credentials.NewStaticCredentialsProvider(key, testSecret, ""),
	})
}

// start runs the connector; w.stop ends it and waits.
func (w *world) start() {
	w.t.Helper()
	windows, err := w.db.Windows("logs")
	if err != nil {
		w.t.Fatal(err)
	}
	o := w.options
	o.State, o.Queue = windows, w.host
	if o.Reader == nil {
		client := w.client(testKey)
		o.Reader, o.Lister = client, client
	}
	c := logs.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.stop = func() {
		w.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("Run: %v", err)
		}
		windows.Close()
	}
}

// collect runs the connector for a while, by when every event must have come
// once.
func (w *world) collect(d time.Duration) {
	w.t.Helper()
	w.start()
	time.Sleep(d)
	w.stop()
	w.wantAll(1)
}

// put stores an event that becomes visible after lag.
func (w *world) put(group, stream, message string, at time.Time, lag time.Duration) {
	w.t.Helper()
	id := fmt.Sprintf("%020d%036d", at.UnixMilli(), len(w.want))
	w.expect(logIDIn(w.options.Region, group, stream, id), message)
	w.putQuietly(group, stream, fakeaws.LogEvent{ID: id, Time: at, Message: message, Visible: time.Now().Add(lag)})
}

func (w *world) putQuietly(group, stream string, events ...fakeaws.LogEvent) {
	w.t.Helper()
	if err := w.aws.PutLogEvents(group, stream, events...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) expect(id, message string) { w.want[id] = message }

// logID is the id of an event's record, made apart from the code under test.
func logID(group, stream, id string) string { return logIDIn(testRegion, group, stream, id) }

func logIDIn(region, group, stream, id string) string {
	arn := "arn:aws:logs:" + region + ":" + testAccount + ":log-group:" + group
	return digest("log-event\x00" + arn + "\x00" + stream + "\x00" + id)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// wantAll checks that every event has arrived, under its id and no other, and
// at most so often.
func (w *world) wantAll(most int) {
	w.t.Helper()
	got := w.host.IDs(w.t)
	missing, often := 0, 0
	for id, message := range w.want {
		if got[id] == 0 {
			if missing++; missing <= 3 {
				w.t.Errorf("missing: %.100s", message)
			}
		}
		if got[id] > most {
			often++
		}
		delete(got, id)
	}
	if missing > 0 || often > 0 || len(got) > 0 {
		w.t.Errorf("of %d events %d are missing, %d came more than %d times, and %d records are of none of them", len(w.want), missing, often, most, len(got))
	}
}

// log returns what was logged.
func (w *world) log() string { return w.journal.String() }
