package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
	"in_stellar_aws/tests/reference"
)

// patience bounds a scenario in one host. It only expires when something hangs.
const patience = 2 * time.Minute

// runPatience bounds a run, which takes longer where a flag asks for more.
func runPatience() time.Duration {
	if *backfillObjects >= backfillLagFrom {
		return time.Hour
	}
	return patience
}

// trailPrefix is where the World's own account has its CloudTrail logs.
const trailPrefix = "AWSLogs/" + harness.Account + "/CloudTrail/" + harness.Region

// eachHost runs a scenario in every host.
func eachHost(t *testing.T, scenario func(t *testing.T, kind harness.Kind)) {
	t.Parallel()
	for _, kind := range []harness.Kind{harness.ABIHost, harness.FluentBit} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			if _, ok := abihost.RealFluentBit(); kind == harness.FluentBit && !ok {
				t.Skip(harness.ErrNoFluentBit)
			}
			scenario(t, kind)
		})
	}
}

func newWorld(t *testing.T) *harness.World {
	t.Helper()
	w, err := harness.NewWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// put stores objects and returns how many records they hold.
func put(t *testing.T, w *harness.World, bucket string, objects ...generate.Object) int {
	t.Helper()
	n, err := w.Put(bucket, objects...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// trailFiles makes count files of records records; the last is the newest, and
// made by ago before now.
func trailFiles(w *harness.World, seed uint64, ago time.Duration, count, records int) []generate.Object {
	g := w.Generator(seed, ago+time.Duration(count)*5*time.Minute, generate.Options{})
	files := make([]generate.Object, count)
	for i := range files {
		at := w.Now.Add(-ago - time.Duration(count-1-i)*5*time.Minute)
		files[i] = g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: records, At: at}})
	}
	return files
}

// trail is a bucket with a connector to it, of the same name.
func trail(t *testing.T, w *harness.World, name string, files ...generate.Object) (c harness.Connector, records int) {
	t.Helper()
	w.Bucket(name)
	return w.Connector(name, "cloudtrail", name, trailPrefix), put(t, w, name, files...)
}

// run is a host at work in a test.
type run struct {
	*harness.Process
	t   *testing.T
	ctx context.Context
}

// start runs a host, in a directory of the test's own unless c has one. It is
// killed with the test, and its log shown when the test has failed.
func start(t *testing.T, kind harness.Kind, c harness.Config) *run {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	c.Plugin = plugin
	ctx, cancel := context.WithTimeout(t.Context(), runPatience())
	t.Cleanup(cancel)
	p, err := harness.Start(ctx, kind, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if _, err := p.Wait(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the host's log:\n%s", tail(p.Log()))
		}
	})
	return &run{p, t, ctx}
}

// tail is the last part of a log.
func tail(log string) string { return log[max(0, len(log)-20_000):] }

// collect waits for n records of a tag, and returns all that came.
func (r *run) collect(tag string, n int) []harness.Record {
	r.t.Helper()
	records, err := r.WaitRecords(r.ctx, tag, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return records
}

// stop ends the host in order, and returns all records of the tags.
func (r *run) stop(tags ...string) []harness.Record {
	r.t.Helper()
	exit, err := r.Stop(r.ctx)
	if err != nil || exit != (abihost.Exit{}) {
		r.t.Fatalf("the host ended with %+v, %v; want exit status 0", exit, err)
	}
	for _, problem := range r.Problems() {
		r.t.Errorf("breach of the host's contract: %s", problem)
	}
	return r.records(tags...)
}

// records are the records of the tags up to now.
func (r *run) records(tags ...string) []harness.Record {
	r.t.Helper()
	var all []harness.Record
	for _, tag := range tags {
		records, err := r.Records(tag)
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, records...)
	}
	return all
}

// waitLog waits until the log holds every text.
func (r *run) waitLog(texts ...string) {
	r.t.Helper()
	if err := r.WaitLog(r.ctx, texts...); err != nil {
		r.t.Fatal(err)
	}
}

// noComplaints fails the test for every warning and error of the plugin but
// those that hold one of the expected texts.
func (r *run) noComplaints(expected ...string) {
	r.t.Helper()
	for line := range strings.SplitSeq(r.Log(), "\n") {
		isExpected := slices.ContainsFunc(expected, func(text string) bool { return strings.Contains(line, text) })
		if !isExpected && strings.Contains(line, "[input:stellar_aws") && (strings.Contains(line, "[ warn]") || strings.Contains(line, "[error]")) {
			r.t.Errorf("complaint: %.500s", line)
		}
	}
}

// ids counts the records by their id.
func ids(t *testing.T, records []harness.Record) map[string]int {
	t.Helper()
	count := make(map[string]int, len(records))
	for _, r := range records {
		id, ok := r["stellar_uuid"].(string)
		if !ok {
			t.Fatalf("record without an id: %v", r)
		}
		count[id]++
	}
	return count
}

// wantOnce checks that there are n records, each with an id of its own.
func wantOnce(t *testing.T, what string, records []harness.Record, n int) {
	t.Helper()
	if got := len(ids(t, records)); len(records) != n || got != n {
		t.Errorf("%s: %d records with %d ids, want %d", what, len(records), got, n)
	}
}

// firstErrors returns the first of many errors: the rest is noise.
func firstErrors(errs []error) error {
	if len(errs) > 5 {
		errs = errs[:5]
	}
	return errors.Join(errs...)
}

// nobody is the envelope of a connector without a tenant.
var nobody = reference.Envelope{}
