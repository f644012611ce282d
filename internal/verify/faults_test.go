package verify_test

import (
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/verify"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// run verifies a trail of several hours, hour by hour or all at once.
func (l *lab) run() {
	l.t.Helper()
	for range hours {
		l.hour()
	}
}

func TestSoundTrail(t *testing.T) {
	for name, stepwise := range map[string]bool{"hour by hour": true, "at once": false} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			for range hours {
				l.hour()
				if stepwise {
					l.want()
				}
			}
			l.want()
			l.want()
			l.wantCount(health.Digests, hours)
			l.wantCount(health.DigestFiles, 4*hours)
			l.wantCount(health.DigestsUnverified, 0)
			if len(l.book.asked) > 0 {
				t.Errorf("asked to collect %v", l.book.asked)
			}
		})
	}
}

// TestFileFaults deletes, alters and adds a file, each in its hour; the added
// one is told two hours later, when no other digest can list it any more.
func TestFileFaults(t *testing.T) {
	l := newLab(t)
	l.run()
	deleted, altered := l.logs[1][2].Key, l.logs[2][0].Key
	l.delete(deleted)
	other := l.logs[0][0].Body
	l.now = start.Add(2*time.Hour + 30*time.Minute)
	if err := l.aws.PutObject(bucket, altered, other); err != nil {
		t.Fatal(err)
	}
	forged := l.g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 1, At: start.Add(100 * time.Minute)}})
	l.put(forged, start.Add(101*time.Minute))
	odd := "AWSLogs/" + account + "/CloudTrail/" + region + "/2026/03/01/copy.json.gz"
	l.put(generate.Object{Key: odd, Body: other}, start.Add(80*time.Minute))
	l.now = start.Add(hours*time.Hour + 10*time.Minute)

	l.want("log_file_missing "+deleted, "log_file_altered "+altered, "log_file_unlisted "+forged.Key, "log_file_unlisted "+odd)
	l.wantCount(health.DigestFiles, 4*hours-2)
	l.wantCount(health.DigestMissingFiles, 1)
	l.wantCount(health.DigestAlteredFiles, 1)
	l.wantCount(health.DigestUnlistedFiles, 2)
	l.want()
}

// TestDamagedFile: a log file that cannot be inflated was altered too.
func TestDamagedFile(t *testing.T) {
	l := newLab(t)
	l.hour()
	o := l.logs[0][1]
	o.Body = o.Body[:len(o.Body)/2]
	l.put(o, start.Add(30*time.Minute))
	l.want("log_file_altered " + o.Key)
}

// TestMissedFile: a file that a listing never showed is collected, once.
func TestMissedFile(t *testing.T) {
	l := newLab(t)
	l.hour()
	missed := l.logs[0][3].Key
	l.book.mu.Lock()
	clear(l.book.known)
	l.book.mu.Unlock()
	for _, o := range l.logs[0][:3] {
		l.book.collected(o.Key, l.etag(o.Key))
	}
	l.want()
	l.want()
	if len(l.book.asked) != 1 || l.book.asked[0] != missed {
		t.Errorf("asked to collect %v, want %s", l.book.asked, missed)
	}
	l.wantCount(health.DigestRecoveredFiles, 1)
	l.wantCount(health.DigestFiles, 4)
}

// TestForgottenFiles: what lies too far back to know about is not collected
// again, and still verified.
func TestForgottenFiles(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.book.mu.Lock()
	clear(l.book.known)
	l.book.mu.Unlock()
	l.book.floor = start.Add(2 * time.Hour)
	l.want()
	l.wantCount(health.DigestForgottenFiles, 4)
	l.wantCount(health.DigestFiles, 4)
	if len(l.book.asked) > 0 {
		t.Errorf("asked to collect %v", l.book.asked)
	}
}

// TestVeryLateFile: CloudTrail delivered a file so late, under its old date, that
// no listing looks there any more. Its backfill digest tells of it.
func TestVeryLateFile(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.want()
	late := l.g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 3, At: start.Add(30 * time.Minute)}})
	if err := l.aws.PutObject(bucket, late.Key, late.Body, fakeaws.WithLastModified(start.Add(9*time.Hour))); err != nil {
		t.Fatal(err)
	}
	l.book.floor = start.Add(3 * time.Hour)
	o, err := l.chain.Backfill(start.Add(time.Hour+time.Second), []generate.Object{late})
	if err != nil {
		t.Fatal(err)
	}
	l.putDigest(o.Key, o.Body, o.Metadata)
	l.want()
	if len(l.book.asked) != 1 || l.book.asked[0] != late.Key {
		t.Errorf("asked to collect %v, want %s", l.book.asked, late.Key)
	}
	l.wantCount(health.DigestForgottenFiles, 0)
	l.wantCount(health.DigestFiles, 5)
}

// TestHashesSpareReading: what was hashed while it was collected is not read
// again.
func TestHashesSpareReading(t *testing.T) {
	l := newLab(t)
	l.change = func(o *verify.Options) {
		for _, files := range l.logs {
			for i, f := range files {
				raw, err := f.Raw()
				if err != nil {
					t.Fatal(err)
				}
				if i == 3 {
					raw = raw[1:] // the hash of something else: the bytes read are trusted, not the bucket's
				}
				o.Hashes.Add(l.print(f.Key), hashOf(raw))
			}
		}
	}
	l.hour()
	l.restart()
	l.aws.ResetRequests()
	l.want("log_file_altered " + l.logs[0][3].Key)
	if n := l.aws.Requests()["s3.GetObject"]; n != 1 {
		t.Errorf("%d objects were read, want the digest only", n)
	}
}

func TestDigestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(l *lab) (want []string)
	}{
		"deleted": {func(l *lab) []string {
			l.delete(l.digests[2].Key)
			return []string{"digest_missing " + l.digests[2].Key}
		}},
		"altered": {func(l *lab) []string {
			o := l.digests[2]
			raw, err := o.Raw()
			if err != nil {
				l.t.Fatal(err)
			}
			raw = append(raw, ' ')
			l.putDigest(o.Key, generate.Gzip(raw), o.Metadata)
			return []string{"digest_signature " + o.Key, "digest_altered " + o.Key}
		}},
		"damaged": {func(l *lab) []string {
			o := l.digests[2]
			l.putDigest(o.Key, o.Body[:100], o.Metadata)
			return []string{"digest_damaged " + o.Key, "digest_damaged " + o.Key} // by itself, and by the next one
		}},
		"another signature": {func(l *lab) []string {
			o := l.digests[2]
			l.putDigest(o.Key, o.Body, map[string]string{"signature": l.digests[1].Metadata["signature"]})
			return []string{"digest_signature " + o.Key, "digest_altered " + o.Key}
		}},
		"moved": {func(l *lab) []string {
			o := l.digests[2]
			key := l.digests[2].Key[:len(o.Key)-len("0000Z.json.gz")] + "0100Z.json.gz"
			l.putDigest(key, o.Body, o.Metadata)
			return []string{"digest_moved " + key}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.run()
			want := tt.change(l)
			l.want(want...)
			l.wantCount(health.DigestChainFaults, int64(len(want)))
			l.want()
		})
	}
}

func (l *lab) putDigest(key string, body []byte, metadata map[string]string) {
	l.t.Helper()
	if err := l.aws.PutObject(bucket, key, body, fakeaws.WithMetadata(metadata)); err != nil {
		l.t.Fatal(err)
	}
}

// TestDeletedDigestAfterRestart: the gap also shows where the run that met the
// digest before has ended.
func TestDeletedDigestAfterRestart(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.hour()
	l.want()
	l.restart()
	l.hour()
	l.hour()
	l.delete(l.digests[2].Key)
	l.want("digest_missing " + l.digests[2].Key)
}

// TestNewChain: validation was off for two hours.
func TestNewChain(t *testing.T) {
	for name, restarted := range map[string]bool{"in a run": false, "over a restart": true} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.hour()
			l.hour()
			l.want()
			if restarted {
				l.restart()
			}
			l.chain.Restart()
			l.digest(start.Add(5*time.Hour), nil)
			l.now = start.Add(5*time.Hour + time.Minute)
			l.want("digest_gap " + l.digests[2].Key)
		})
	}
}

// TestOverdue: no digest comes any more, which is told once, also by a new run.
func TestOverdue(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.want()
	l.now = start.Add(4 * time.Hour)
	l.want()
	l.now = start.Add(5 * time.Hour)
	l.want("digest_overdue " + l.digests[0].Key)
	l.want()
	l.restart()
	got := l.round()
	if len(got) != 1 {
		t.Errorf("faults %v of a new run", got)
	}
	l.hour() // late, but there
	l.want()
}

// TestNotOverdueWhileUnread: digests that cannot be read are not overdue.
func TestNotOverdueWhileUnread(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.want()
	l.hour()
	l.now = start.Add(6 * time.Hour)
	l.book.denied["s3:GetObject"] = true
	if _, err := l.v.Round(t.Context(), l.now); err == nil {
		t.Error("no error for a digest that cannot be read")
	}
	if got := l.book.take(); len(got) > 0 {
		t.Errorf("faults %v", got)
	}
	delete(l.book.denied, "s3:GetObject")
	l.want("digest_overdue " + l.digests[1].Key)
}

// TestBackfillDigest: a file that came too late for its digest is in one of its
// own.
func TestBackfillDigest(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.hour()
	l.want()
	late := l.g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 3, At: start.Add(30 * time.Minute)}})
	l.put(late, start.Add(40*time.Minute))
	o, err := l.chain.Backfill(start.Add(time.Hour+time.Second), []generate.Object{late})
	if err != nil {
		t.Fatal(err)
	}
	l.putDigest(o.Key, o.Body, o.Metadata)
	for range 4 {
		l.hour()
		l.want()
	}
	l.wantCount(health.Digests, hours+1)
	l.wantCount(health.DigestFiles, 4*hours+1)
}

// TestTwoTrails: each trail's digests list its own files, in one folder.
func TestTwoTrails(t *testing.T) {
	l := newLab(t)
	other := generate.New(2, generate.Options{Start: start, Bucket: bucket, Regions: []string{region}, Accounts: []string{account}, Trail: "a_second-trail"})
	chain := other.Digests(generate.File{}, generate.AccountTrail)
	chain.Use(l.key)
	for i := range hours {
		l.hour()
		end := start.Add(time.Duration(i+1) * time.Hour)
		file := other.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 3, At: end.Add(-20 * time.Minute)}})
		l.put(file, end.Add(-19*time.Minute))
		o, err := chain.Next(end.Add(2*time.Minute), []generate.Object{file})
		if err != nil {
			t.Fatal(err)
		}
		l.putDigest(o.Key, o.Body, o.Metadata)
		l.want()
		if i == 3 {
			l.restart()
		}
	}
	if got := l.status.Count(health.Digests); got != 4 {
		t.Errorf("%d digests of two trails in two hours", got)
	}
}

// TestAddedFileOverRestart: the run that met the file's hour has ended before
// the file could be judged.
func TestAddedFileOverRestart(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.hour()
	forged := l.g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 1, At: start.Add(100 * time.Minute)}})
	l.put(forged, start.Add(101*time.Minute))
	l.want()
	l.restart()
	l.hour()
	l.want()
	l.hour()
	l.want("log_file_unlisted " + forged.Key)
}

// TestNoFaultForNetwork: what cannot be read now is tried again, and nothing is
// said of it.
func TestNoFaultForNetwork(t *testing.T) {
	l := newLab(t)
	l.hour()
	l.hour()
	broken := true
	l.aws.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		if broken && r.Operation == "GetObject" && r.Key == l.logs[0][0].Key {
			return &fakeaws.Fault{Status: 403, Code: "AccessDenied"}
		}
		return nil
	})
	if n, err := l.v.Round(t.Context(), l.now); err == nil || n < 2 {
		t.Errorf("%d digests, and error %v for a file that cannot be read", n, err)
	}
	l.wantCount(health.Digests, 1)
	broken = false
	l.want()
	l.wantCount(health.Digests, 2)
	if n := l.status.Count(health.DigestFiles); n < 8 {
		t.Errorf("%d files are right, want all 8", n)
	}
}

func TestKeys(t *testing.T) {
	const listKeys = "cloudtrail:ListPublicKeys"
	other := generate.NewDigestKey(2)
	keysOf := func(k *generate.DigestKey) digest.Keys {
		keys := digest.Keys{}
		if err := keys.Add(k.DER(), ""); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	for name, tt := range map[string]struct {
		given      digest.Keys
		denied     bool
		sign       *generate.DigestKey
		faults     int // of one digest
		unverified int64
		asked      int64
	}{
		"from the API":                        {asked: 1},
		"given, and the API is denied":        {given: keysOf(generate.NewDigestKey(1)), denied: true},
		"none given, and the API is denied":   {denied: true, unverified: 2, asked: 1},
		"another given, and the API is asked": {given: keysOf(other), asked: 1},
		"a key that CloudTrail does not have": {sign: other, faults: 1, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.book.denied[listKeys] = tt.denied
			l.change = func(o *verify.Options) { o.Keys = tt.given }
			l.restart()
			if tt.sign != nil {
				l.chain.Use(tt.sign)
			}
			l.hour()
			l.hour()
			var want []string
			for i := range 2 * tt.faults {
				want = append(want, "digest_unknown_key "+l.digests[i].Key)
			}
			l.want(want...)
			l.wantCount(health.DigestsUnverified, tt.unverified)
			l.wantCount(health.DigestFiles, 8)
			if got, want := strings.Count(l.log.String(), "signatures of digests are not checked"), min(int(tt.unverified), 1); got != want {
				t.Errorf("it is said %d times that signatures are not checked, want %d", got, want)
			}
			if n := int64(l.aws.Requests()["cloudtrail.ListPublicKeys"]); n != tt.asked {
				t.Errorf("CloudTrail was asked %d times, want %d", n, tt.asked)
			}
		})
	}
}
