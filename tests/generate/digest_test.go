package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

type digest struct {
	DigestStartTime, DigestEndTime, DigestS3Bucket, DigestS3Object string
	NewestEventTime, OldestEventTime                               *string
	PreviousDigestS3Object, PreviousDigestHashValue                *string
	PreviousDigestSignature                                        *string
	LogFiles                                                       []struct{ S3Bucket, S3Object, HashValue, HashAlgorithm, NewestEventTime, OldestEventTime string }
	Records                                                        *json.RawMessage
}

func readDigest(t *testing.T, o Object) (d digest) {
	t.Helper()
	if err := json.Unmarshal(rawOf(t, o), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDigestChain(t *testing.T) {
	g := New(5, Options{})
	var signed []string
	chain := g.Digests(File{}, OrganizationTrail)
	chain.Sign = func(text []byte) (string, error) {
		signed = append(signed, string(text))
		return strings.Repeat("ab", 255) + "0" + string(rune('0'+len(signed))), nil
	}
	end := DefaultStart.Add(time.Hour)
	files := []Object{g.CloudTrailFile(TrailFile{}), g.CloudTrailFile(TrailFile{File: File{At: DefaultStart.Add(20 * time.Minute)}})}
	first, err := chain.Next(end, files)
	if err != nil {
		t.Fatal(err)
	}
	late, err := chain.Backfill(end.Add(time.Minute), files[:1])
	if err != nil {
		t.Fatal(err)
	}
	second, err := chain.Next(end.Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}

	a, b, c := readDigest(t, first), readDigest(t, late), readDigest(t, second)
	if want := regexp.MustCompile(`^AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Digest/us-east-1/2025/06/02/111122223333_CloudTrail-Digest_us-east-1_management-events_org-trail_us-east-1_20250602T100000Z\.json\.gz$`); !want.MatchString(first.Key) || a.DigestS3Object != first.Key {
		t.Errorf("key %s, in the digest %s", first.Key, a.DigestS3Object)
	}
	if !strings.HasSuffix(late.Key, "Z_backfill.json.gz") || late.Metadata["backfill-generation-timestamp"] == "" || len(b.LogFiles) != 1 {
		t.Errorf("backfill digest: key %s, metadata %v", late.Key, late.Metadata)
	}
	if a.PreviousDigestS3Object != nil || a.PreviousDigestHashValue != nil || a.PreviousDigestSignature != nil || a.Records != nil {
		t.Error("the first digest has a predecessor, or records")
	}
	if len(a.LogFiles) != 2 {
		t.Fatalf("%d files, want 2", len(a.LogFiles))
	}
	for i, f := range a.LogFiles {
		sum := sha256.Sum256(rawOf(t, files[i]))
		if f.HashValue != hex.EncodeToString(sum[:]) || f.S3Object != files[i].Key || f.HashAlgorithm != "SHA-256" || f.OldestEventTime > f.NewestEventTime {
			t.Errorf("file %d: %+v", i, f)
		}
	}
	if a.OldestEventTime == nil || *a.OldestEventTime != a.LogFiles[0].OldestEventTime || *a.NewestEventTime != a.LogFiles[1].NewestEventTime {
		t.Errorf("events from %v to %v", a.OldestEventTime, a.NewestEventTime)
	}
	sum := sha256.Sum256(rawOf(t, first))
	if *c.PreviousDigestS3Object != first.Key || *c.PreviousDigestHashValue != hex.EncodeToString(sum[:]) || *c.PreviousDigestSignature != first.Metadata["signature"] {
		t.Error("the second digest does not point to the first")
	}
	if c.DigestStartTime != a.DigestEndTime || c.OldestEventTime != nil || c.LogFiles == nil || len(c.LogFiles) != 0 {
		t.Errorf("second digest: %+v", c)
	}
	if want := a.DigestEndTime + "\n" + a.DigestS3Bucket + "/" + first.Key + "\n" + first.SHA256 + "\nnull"; signed[0] != want {
		t.Errorf("signed %q, want %q", signed[0], want)
	}
	if !strings.HasSuffix(signed[2], "\n"+first.Metadata["signature"]) {
		t.Errorf("signed %q, without the signature before", signed[2])
	}
}

func TestDigestWithoutSigner(t *testing.T) {
	chain := New(5, Options{}).Digests(File{}, AccountTrail)
	o, err := chain.Next(DefaultStart, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{512}$`).MatchString(o.Metadata["signature"]) || o.Metadata["signature-algorithm"] != "SHA256withRSA" {
		t.Errorf("metadata %v", o.Metadata)
	}
	refused := errors.New("refused")
	chain.Sign = func([]byte) (string, error) { return "", refused }
	if _, err := chain.Next(DefaultStart, nil); !errors.Is(err, refused) {
		t.Errorf("error %v, want %v", err, refused)
	}
}
