// Package probe is the connector's test: it tries, at the same time, all that a
// connector will ask AWS for - each role, bucket, account, log group and queue -
// and says of each whether it works, and else why, what to do, and which
// permission is missing. It reads one byte of one object a folder and delivers
// nothing.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/auth"
	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/policy"
	"in_stellar_aws/internal/routine"
)

// Report is what a test came to.
type Report struct {
	Connector string
	Took      time.Duration
	Results   []Result // in the order in which they were to be tried
}

// Result is one thing that was tried.
type Result struct {
	What    string // such as "role arn:…" or "s3://bucket/AWSLogs/111122223333/CloudTrail/"
	Note    string // what was seen where it works
	Err     error  // nil: it works
	Skipped bool   // not tried, since what it needs does not work

	health.Explanation
	Missing *policy.Statement // the permission that was refused; nil: none
}

// Failed is how many of the things do not work.
func (r Report) Failed() (n int) {
	for _, one := range r.Results {
		if one.Err != nil {
			n++
		}
	}
	return n
}

// ErrRunning says that a test of the connector is under way.
var ErrRunning = errors.New("a test of this connector is running already")

// How much is tried at the same time. S3 takes thousands of requests a second,
// and an organisation has thousands of accounts, each with a LIST and a GET.
// CloudWatch Logs takes five a second, of which the connectors at work want all
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
const (
	s3Slots   = 32
	logsSlots = 4
)

// running are the names of the connectors under test.
var running sync.Map

// Run tests the connector of c; version is the plugin's. It returns when all
// was tried or ctx has ended: then what was not answered counts as failed. The
// error is ErrRunning or nil.
func Run(ctx context.Context, c config.Config, version string) (Report, error) {
	if _, already := running.LoadOrStore(c.Name, true); already {
		return Report{}, ErrRunning
	}
	defer running.Delete(c.Name)
	began := time.Now()
	slots := max(c.Workers, s3Slots)
	if c.Connector == config.CloudWatch {
		slots = logsSlots
	}
	t := &test{config: c, version: version, slots: make(chan struct{}, slots)}
	t.all(ctx)
	return Report{Connector: c.Name, Took: time.Since(began), Results: t.results()}, nil
}

// test is one test under way.
type test struct {
	config  config.Config
	version string
	slots   chan struct{} // of what is tried at the same time

	mu    sync.Mutex
	tries []*Result
}

// all tries the credentials, and then what they are for.
func (t *test) all(ctx context.Context) {
	cfg, ok := t.credentials(ctx)
	switch {
	case t.config.Connector == config.CloudWatch && ok:
		t.logs(ctx, cfg)
	case t.config.Connector == config.CloudWatch:
		for _, g := range t.config.Logs.Groups {
			t.skip("log group " + g)
		}
	case ok:
		var both routine.Group
		if t.config.S3.SQSQueueURL != "" {
			both.Go("test queue", func() error {
				t.queue(ctx, cfg)
				return nil
			})
		}
		t.s3(ctx, cfg)
		if err := both.Wait(); err != nil {
			t.add(&Result{What: "queue " + t.config.S3.SQSQueueURL}).settle("", err, nil)
		}
	default:
		t.skip("bucket " + t.config.S3.Bucket)
		if t.config.S3.SQSQueueURL != "" {
			t.skip("queue " + t.config.S3.SQSQueueURL)
		}
	}
}

// credentials fetches those of every role in turn, or the connector's own.
func (t *test) credentials(ctx context.Context) (cfg aws.Config, ok bool) {
	c := t.config
	roles := c.Auth.RoleARNs
	if c.Auth.Method != config.AuthIAMRole {
		cfg, err := t.load(ctx, c)
		r := t.add(&Result{What: "credentials (" + string(c.Auth.Method) + ")"})
		ok := r.settle("found; what AWS says of them shows below", err, nil)
		if ok {
			r.Status, r.Name = 0, "" // they were not shown to AWS
		}
		return cfg, ok
	}
	for i, arn := range roles {
		step := c
		step.Auth.RoleARNs = roles[:i+1]
		if i < len(roles)-1 {
			step.Auth.ExternalID = "" // goes with the last one only
		}
		var err error
		cfg, err = t.load(ctx, step)
		missing := policy.AssumeRole(arn)
		if !t.tried("role "+arn, "", err, &missing) {
			for _, later := range roles[i+1:] {
				t.skip("role " + later)
			}
			return cfg, false
		}
	}
	return cfg, true
}

// attempts is how often a request is tried: somebody is waiting for the answer.
const attempts = 3

// load makes the settings of c and fetches its credentials.
func (t *test) load(ctx context.Context, c config.Config) (aws.Config, error) {
	cfg, err := auth.Load(ctx, c, auth.WithVersion(t.version), auth.WithMaxAttempts(attempts))
	if err != nil {
		return cfg, err
	}
	if cfg.Credentials == nil {
		return cfg, nil
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, fmt.Errorf("fetch credentials: %w", err)
	}
	return cfg, nil
}

// tried notes an outcome. missing is the permission that a refusal means.
func (t *test) tried(what, note string, err error, missing *policy.Statement) bool {
	r := &Result{What: what}
	t.add(r)
	return r.settle(note, err, missing)
}

// skip notes what cannot be tried.
func (t *test) skip(what string) { t.add(&Result{What: what, Skipped: true}) }

// add keeps a place for a result.
func (t *test) add(r *Result) *Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tries = append(t.tries, r)
	return r
}

func (t *test) results() []Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Result, len(t.tries))
	for i, r := range t.tries {
		all[i] = *r
	}
	return all
}

// settle fills the result in.
func (r *Result) settle(note string, err error, missing *policy.Statement) bool {
	if err == nil {
		r.Status, r.Name, r.Note = http.StatusOK, http.StatusText(http.StatusOK), note
		return true
	}
	r.Err, r.Explanation = err, health.Explain(err)
	if r.Status == http.StatusForbidden {
		r.Missing = missing
		// What AWS names is one object, or one action; the prepared permission is
		// for all of them. It does not know of others, such as a KMS key's.
		action, resource := health.Refused(err)
		if action != "" && resource != "" && (missing == nil || !missing.Allows(action)) {
			named := policy.Allow(action, resource)
			r.Missing = &named
		}
	}
	return false
}

// each calls try for all the items, as many at a time as there are slots, and
// waits for them. Their results keep the items' order.
func each[T any](t *test, items []T, what func(T) string, try func(T) (note string, missing *policy.Statement, err error)) {
	var waiting routine.Group
	for _, item := range items {
		r := t.add(&Result{What: what(item)})
		t.slots <- struct{}{}
		waiting.Go("test", func() error {
			defer func() { <-t.slots }()
			var note string
			var missing *policy.Statement
			err := routine.Safely("test", func() (err error) {
				note, missing, err = try(item)
				return err
			})
			r.settle(note, err, missing)
			return nil
		})
	}
	_ = waiting.Wait() // what fails is in the results
}
