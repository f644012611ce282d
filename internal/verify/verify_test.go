package verify_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/internal/verify"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

const (
	bucket  = "logs"
	account = "111122223333"
	region  = "us-east-1"
	hours   = 6 // digests in a trail, but where a test says otherwise
)

var start = time.Date(2026, 3, 1, 21, 0, 0, 0, time.UTC) // midnight is in the trail

// lab is a trail in a bucket with everything that verifies it.
type lab struct {
	t      *testing.T
	aws    *fakeaws.Server
	client *source.S3Client
	cfg    aws.Config
	g      *generate.Generator
	chain  *generate.DigestChain
	key    *generate.DigestKey
	book   *book
	now    time.Time

	logs    [][]generate.Object // by digest
	digests []generate.Object

	v      *verify.Verifier
	status *health.Status
	log    *strings.Builder

	prefix string
	change func(*verify.Options)
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, now: start, key: generate.NewDigestKey(1), book: newBook(), log: &strings.Builder{}, change: func(*verify.Options) {}, prefix: "AWSLogs/" + account + "/CloudTrail/" + region}
	l.aws = fakeaws.New(fakeaws.Options{Region: region, MaxSkew: -1, Clock: func() time.Time { return l.now }})
	l.aws.AddUser(fakeaws.User{AccessKey: "AKIDEXAMPLE", SecretKey: "secret", Account: account, ARN: "arn:aws:iam::" + account + ":user/u", Deny: func(action, _ string) bool {
		return l.book.denied[action]
	}})
	l.aws.AddBucket(bucket, region, account)
	l.aws.AddPublicKey(fakeaws.PublicKey{Region: region, Value: l.key.DER(), Fingerprint: l.key.Fingerprint()})
	server := httptest.NewServer(l.aws)
	t.Cleanup(server.Close)
	l.cfg = aws.Config{
		Region: region, BaseEndpoint: &server.URL, HTTPClient: server.Client(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
	l.client = source.NewS3Client(l.cfg, source.S3Options{Bucket: bucket, PathStyle: true})
	l.g = generate.New(1, generate.Options{Start: start, Bucket: bucket, Regions: []string{region}, Accounts: []string{account}})
	l.chain = l.g.Digests(generate.File{}, generate.AccountTrail)
	l.chain.Use(l.key)
	l.restart()
	return l
}

// restart begins a new run over the same book.
func (l *lab) restart() {
	l.t.Helper()
	logs, err := source.Compile(config.SubTypeCloudTrail, l.prefix)
	if err != nil {
		l.t.Fatal(err)
	}
	digests, err := source.CompileDigests(l.prefix)
	if err != nil {
		l.t.Fatal(err)
	}
	o := source.Options{Bucket: bucket, Since: start, Lookback: 24 * time.Hour, Workers: 2}
	log := slog.New(slog.NewTextHandler(l.log, nil))
	l.status = health.NewStatus(log, nil, func() time.Time { return l.now })
	options := verify.Options{
		Bucket: bucket, Since: start, Lookback: 6 * time.Hour, Workers: 2, Layout: logs,
		Digests: source.NewPoller(l.client, digests, l.book, o), Store: l.client, Browser: source.NewPoller(l.client, logs, l.book, o),
		Book: l.book, Hashes: verify.NewHashes(), List: source.NewTrailKeys(l.cfg), Status: l.status, Log: log,
	}
	l.change(&options)
	l.v = verify.New(options)
}

// put stores an object as it was delivered at a time, and has it collected.
func (l *lab) put(o generate.Object, at time.Time) {
	l.t.Helper()
	if err := l.aws.PutObject(bucket, o.Key, o.Body, fakeaws.WithMetadata(o.Metadata), fakeaws.WithLastModified(at)); err != nil {
		l.t.Fatal(err)
	}
	l.book.collected(o.Key, l.etag(o.Key))
}

func (l *lab) etag(key string) string {
	l.t.Helper()
	page, err := l.client.ListPage(l.t.Context(), source.ListInput{Bucket: bucket, Prefix: key, MaxKeys: 1})
	if err != nil || len(page.Objects) != 1 {
		l.t.Fatalf("%s: %v, %v", key, page, err)
	}
	return page.Objects[0].ETag
}

func (l *lab) delete(key string) {
	l.t.Helper()
	if err := l.aws.DeleteObject(bucket, key); err != nil {
		l.t.Fatal(err)
	}
}

// hour makes the log files of an hour, four of them, and then its digest, and
// moves the clock to some minutes after it.
func (l *lab) hour() {
	l.t.Helper()
	i := len(l.logs)
	begin := start.Add(time.Duration(i) * time.Hour)
	var files []generate.Object
	for n := range 4 {
		at := begin.Add(time.Duration(n)*15*time.Minute + 7*time.Minute)
		o := l.g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 3, At: at}})
		l.put(o, at.Add(time.Minute))
		files = append(files, o)
	}
	l.logs = append(l.logs, files)
	l.digest(begin.Add(time.Hour), files)
	l.now = begin.Add(time.Hour + 10*time.Minute)
}

// digest makes the next digest.
func (l *lab) digest(end time.Time, files []generate.Object) {
	l.t.Helper()
	o, err := l.chain.Next(end, files)
	if err != nil {
		l.t.Fatal(err)
	}
	l.digests = append(l.digests, o)
	if err := l.aws.PutObject(bucket, o.Key, o.Body, fakeaws.WithMetadata(o.Metadata)); err != nil {
		l.t.Fatal(err)
	}
}

// round runs a round and returns what is at fault since the last call.
func (l *lab) round() (faults []string) {
	l.t.Helper()
	if _, err := l.v.Round(l.t.Context(), l.now); err != nil {
		l.t.Fatal(err)
	}
	return l.book.take()
}

// want runs a round and compares.
func (l *lab) want(faults ...string) {
	l.t.Helper()
	got := l.round()
	slices.Sort(faults)
	slices.Sort(got)
	if !slices.Equal(got, faults) {
		l.t.Logf("log:\n%s", l.log)
		l.t.Errorf("at %s: faults\n%s\nwant\n%s", l.now.Format(time.TimeOnly), strings.Join(got, "\n"), strings.Join(faults, "\n"))
	}
}

func (l *lab) wantCount(m health.Metric, n int64) {
	l.t.Helper()
	if got := l.status.Count(m); got != n {
		l.t.Errorf("%s is %d, want %d", m.Definition().Name, got, n)
	}
}

// book is what a connector remembers, in memory.
type book struct {
	mu     sync.Mutex
	known  map[state.Fingerprint]bool
	marks  map[string]time.Time
	floor  time.Time
	faults []verify.Fault
	asked  []string // log files to be collected
	denied map[string]bool
}

func newBook() *book {
	return &book{known: map[state.Fingerprint]bool{}, marks: map[string]time.Time{}, denied: map[string]bool{}}
}

func (b *book) collected(key, etag string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[state.FingerprintOf(key, etag)] = true
}

func (b *book) take() (problems []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		problems = append(problems, string(f.Problem)+" "+f.Object)
	}
	b.faults = nil
	return problems
}

func (b *book) Known(key, etag string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[state.FingerprintOf(key, etag)]
}

func (b *book) Floor(family string) time.Time {
	if _, isDigest := digest.ParseName(family); isDigest {
		return time.Time{}
	}
	return b.floor
}

func (b *book) Mark(family string) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.marks[family]
	return t, ok
}

func (b *book) Marks(prefix string) map[string]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]time.Time{}
	for f, t := range b.marks {
		if strings.HasPrefix(f, prefix) {
			all[f] = t
		}
	}
	return all
}

func (b *book) Begin(o source.Object) bool {
	if b.Known(o.Key, o.ETag) {
		return false
	}
	b.collected(o.Key, o.ETag)
	return true
}

func (b *book) Abandon(o source.Object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.known, state.FingerprintOf(o.Key, o.ETag))
}

func (b *book) Done(_ context.Context, o source.Object, faults []verify.Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
	if o.Time.After(b.marks[o.Family]) {
		b.marks[o.Family] = o.Time
	}
	return nil
}

func (b *book) Record(_ context.Context, faults []verify.Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
	return nil
}

func (b *book) Collect(_ context.Context, o source.Object) error {
	b.collected(o.Key, o.ETag)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, o.Key)
	return nil
}

// print is what a file is remembered by.
func (l *lab) print(key string) state.Fingerprint { return state.FingerprintOf(key, l.etag(key)) }

func hashOf(text []byte) digest.Hash { return sha256.Sum256(text) }
