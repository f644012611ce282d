package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// vouched is a trail of which hourly digests tell what must be in the bucket.
type vouched struct {
	t       *testing.T
	w       *harness.World
	key     *generate.DigestKey
	begin   time.Time
	logs    [][]generate.Object // by digest
	digests []generate.Object
}

// vouchedHours is how many digests a trail has. The last is of some minutes ago.
const vouchedHours = 6

func newVouched(t *testing.T) *vouched {
	t.Helper()
	w := newWorld(t)
	v := &vouched{t: t, w: w, key: generate.NewDigestKey(1), begin: w.Now.Add(-vouchedHours*time.Hour - 20*time.Minute).Truncate(time.Minute)}
	w.Bucket("vouched")
	g := w.Generator(1, w.Now.Sub(v.begin), generate.Options{Bucket: "vouched"})
	chain := g.Digests(generate.File{}, generate.AccountTrail)
	chain.Use(v.key)
	for i := range vouchedHours {
		hour := v.begin.Add(time.Duration(i) * time.Hour)
		var files []generate.Object
		for n := range 3 {
			files = append(files, v.put(g, hour.Add(time.Duration(n)*15*time.Minute+10*time.Minute)))
		}
		o, err := chain.Next(hour.Add(time.Hour), files)
		if err != nil {
			t.Fatal(err)
		}
		v.store(o.Key, o.Body, hour.Add(time.Hour+5*time.Minute), o.Metadata)
		v.logs, v.digests = append(v.logs, files), append(v.digests, o)
	}
	return v
}

// put makes a log file that is delivered at a time.
func (v *vouched) put(g *generate.Generator, at time.Time) generate.Object {
	o := g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 20, At: at}})
	v.store(o.Key, o.Body, at.Add(time.Minute), nil)
	return o
}

func (v *vouched) store(key string, body []byte, at time.Time, metadata map[string]string) {
	v.t.Helper()
	if err := v.w.AWS.PutObject("vouched", key, body, fakeaws.WithLastModified(at), fakeaws.WithMetadata(metadata)); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vouched) delete(key string) {
	v.t.Helper()
	if err := v.w.AWS.DeleteObject("vouched", key); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vouched) connector() harness.Connector {
	return v.w.Connector("vouched", "cloudtrail", "vouched", trailPrefix).With("verify_digests", "on").With("status_interval", "1s").With("test_on_start", "off") // which reads an object
}

// problems are what the records say that digests have shown, sorted, and how
// many other records there are.
func problems(t *testing.T, all []harness.Record) (faults []string, others int) {
	t.Helper()
	for _, r := range all {
		fault, ok := r["cloudtrail_digest"].(map[string]any)
		if !ok {
			others++
			if r["logFiles"] != nil || r["digestS3Object"] != nil {
				t.Errorf("a digest was taken for a log: %v", r)
			}
			continue
		}
		if r["msg_class"] != "cloudtrail" || fault["account_id"] != harness.Account || fault["region"] != harness.Region {
			t.Errorf("fault %v", r)
		}
		faults = append(faults, fault["problem"].(string)+" "+fault["object"].(string))
	}
	slices.Sort(faults)
	return faults, others
}

// TestDigests collects a trail of which a file was deleted, one altered, one
// added, and a digest deleted: each is told, in the log, the metrics and as a
// record. A second run has nothing to add.
func TestDigests(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		v := newVouched(t)
		v.w.AWS.AddPublicKey(fakeaws.PublicKey{Region: harness.Region, Value: v.key.DER(), Fingerprint: v.key.Fingerprint()})
		deleted, altered, gone := v.logs[1][0].Key, v.logs[1][2].Key, v.digests[4].Key
		v.delete(deleted)
		v.delete(gone)
		other := v.w.Generator(9, 0, generate.Options{}).CloudTrailFile(generate.TrailFile{File: generate.File{Records: 20}})
		v.store(altered, other.Body, v.begin.Add(101*time.Minute), nil)
		added := v.put(v.w.Generator(7, 0, generate.Options{}), v.begin.Add(145*time.Minute)).Key
		want := []string{"digest_missing " + gone, "log_file_altered " + altered, "log_file_missing " + deleted, "log_file_unlisted " + added}
		const records = 20 * (3*vouchedHours - 1 + 1)

		config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{v.connector()}}
		r := start(t, kind, config)
		r.collect("vouched", records+len(want))
		r.waitLog("digest_files=13", "digest_missing_files=1", "digest_altered_files=1", "digest_unlisted_files=1", "digest_chain_faults=1", "digests=5 ",
			"log file is missing: CloudTrail delivered it", "log file is altered", "log file is in no digest", "digest is missing")
		faults, others := problems(t, r.stop("vouched"))
		if !slices.Equal(faults, want) || others != records {
			t.Errorf("%d records, want %d; faults\n%q, want\n%q", others, records, faults, want)
		}
		if n := v.w.AWS.Requests()["s3.GetObject"]; n > 5*vouchedHours {
			t.Errorf("%d objects were read: files were read twice", n)
		}

		v.w.AWS.ResetRequests()
		r = start(t, kind, config)
		r.waitLog("digests=0 ")
		wantOnce(t, "both runs", r.stop("vouched"), records+len(want))
		if n := v.w.AWS.Requests()["s3.GetObject"]; n != 0 {
			t.Errorf("the second run read %d objects", n)
		}
	})
}

// TestDigestsWithQueue has notifications tell of the log files, and nothing
// list them: the one of which none came is collected because its digest lists
// it, and digests are looked for at their own pace.
func TestDigestsWithQueue(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		v := newVouched(t)
		v.w.AWS.AddPublicKey(fakeaws.PublicKey{Region: harness.Region, Value: v.key.DER(), Fingerprint: v.key.Fingerprint()})
		v.w.AWS.AddQueue(fakeaws.Queue{Name: "dead", Account: harness.Account})
		v.w.AWS.AddQueue(fakeaws.Queue{Name: "events", Account: harness.Account, DeadLetters: "dead", MaxReceives: 3})
		untold, deleted := v.logs[2][1].Key, v.logs[3][0].Key
		for i, files := range v.logs {
			for _, o := range append(files, v.digests[i]) {
				if o.Key == untold {
					continue
				}
				body, err := v.w.AWS.Notification(fakeaws.Direct, "vouched", o.Key)
				if err == nil {
					err = v.w.AWS.SendMessage("events", body)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		v.delete(deleted)
		const records = 20 * (3*vouchedHours - 1)

		c := v.connector().With("sqs_queue_url", v.w.URL+"/"+harness.Account+"/events").With("reconcile_interval", "0")
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{c}})
		r.collect("vouched", records+1)
		r.waitLog("digests=6 digests_unverified=0 digest_files=17 digest_recovered_files=1 digest_forgotten_files=0 digest_missing_files=1",
			"log file was missed, and is collected because its digest lists it")
		const seconds = 5 // of an interval of 1 s: time for two rounds
		v.w.AWS.ResetRequests()
		time.Sleep(seconds * time.Second)
		if n := v.w.AWS.Requests()["s3.ListObjectsV2"]; n == 0 || n > 10*seconds {
			t.Errorf("%d list requests in %d s: digests are looked for never, or without a pause", n, seconds)
		}
		all := r.stop("vouched")
		faults, others := problems(t, all)
		if want := []string{"log_file_missing " + deleted}; !slices.Equal(faults, want) || others != records {
			t.Errorf("%d records, want %d; faults %q, want %q", others, records, faults, want)
		}
		wantOnce(t, "the queue and the digests", all, records+1)
		if left := v.w.AWS.QueueMessages("events"); len(left) > 0 {
			t.Errorf("%d messages are left, such as %s", len(left), left[0])
		}
	})
}

// TestDigestKeysFile: without the permission to list CloudTrail's keys, they
// come from a file.
func TestDigestKeysFile(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		v := newVouched(t)
		dir := t.TempDir()
		path := filepath.Join(dir, "keys.json")
		text, err := json.Marshal(map[string]any{"PublicKeyList": []map[string]any{{"Value": v.key.DER(), "Fingerprint": v.key.Fingerprint()}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		v.store(v.digests[3].Key, v.digests[3].Body, v.begin.Add(4*time.Hour), map[string]string{"signature": "beef"})
		r := start(t, kind, harness.Config{Dir: dir, Connectors: []harness.Connector{v.connector().With("digest_keys_file", path)}})
		r.waitLog("digests=6 digests_unverified=0 digest_files=18")
		faults, others := problems(t, r.stop("vouched"))
		want := []string{"digest_altered " + v.digests[3].Key, "digest_signature " + v.digests[3].Key}
		if !slices.Equal(faults, want) || others != 20*3*vouchedHours {
			t.Errorf("%d records, faults %q, want %q", others, faults, want)
		}
		if n := v.w.AWS.Requests()["cloudtrail.ListPublicKeys"]; n != 0 {
			t.Errorf("CloudTrail was asked for keys %d times", n)
		}
	})
}
