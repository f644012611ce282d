package connector_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// TestS3VerifiesDigests runs a connector over a day of digests, of which one tells
// that a file is missing. The keys are in a file that is not there at first. No
// log file is read a second time.
func TestS3VerifiesDigests(t *testing.T) {
	w := newS3World(t)
	key := generate.NewDigestKey(1)
	g := generate.New(1, generate.Options{Accounts: []string{testAccount}, Regions: []string{"eu-west-1"}, Bucket: testBucket})
	chain := g.Digests(generate.File{}, generate.AccountTrail)
	chain.Use(key)
	store := func(o generate.Object, at time.Time) {
		t.Helper()
		if err := w.aws.PutObject(testBucket, o.Key, o.Body, fakeaws.WithMetadata(o.Metadata), fakeaws.WithLastModified(at)); err != nil {
			t.Fatal(err)
		}
	}
	file := func(at time.Time) generate.Object {
		return g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 5, At: at}})
	}
	begin := w.now.Add(-30 * time.Hour).Truncate(time.Minute)
	for i := range 30 {
		at := begin.Add(time.Duration(i)*time.Hour + 20*time.Minute)
		log := file(at)
		store(log, at.Add(time.Minute))
		o, err := chain.Next(begin.Add(time.Duration(i+1)*time.Hour), []generate.Object{log})
		if err != nil {
			t.Fatal(err)
		}
		store(o, begin.Add(time.Duration(i+1)*time.Hour+time.Minute))
	}
	missing := file(begin.Add(10 * time.Hour))
	o, err := chain.Backfill(begin.Add(11*time.Hour), []generate.Object{missing})
	if err != nil {
		t.Fatal(err)
	}
	store(o, w.now)

	keysFile := filepath.Join(t.TempDir(), "keys.pem")
	r := run(t, w.section(t, keys{"verify_digests": "on", "digest_keys_file": keysFile, "lookback": "40h", "status_interval": "1s"}))
	says := func(text string) {
		t.Helper()
		r.until(text, func() bool { return strings.Contains(r.journal.String(), text) })
	}
	says("prepare to verify digests: read digest keys")
	if err := os.WriteFile(keysFile, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: key.DER()}), 0o600); err != nil {
		t.Fatal(err)
	}
	says("digests=31 digests_unverified=0 digest_files=30 digest_recovered_files=0 digest_forgotten_files=0 digest_missing_files=1 digest_altered_files=0 digest_unlisted_files=0 digest_chain_faults=0")
	r.stop()
	if !strings.Contains(r.journal.String(), missing.Key) {
		t.Error("the missing file is not named")
	}
	if n := w.aws.Requests()["s3.GetObject"]; n != 61 {
		t.Errorf("%d objects were read, want 30 log files and 31 digests", n)
	}
}
