package source

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

func TestCompileDigests(t *testing.T) {
	for prefix, want := range map[string]string{
		"AWSLogs/111122223333/CloudTrail/us-east-1": "AWSLogs/111122223333/CloudTrail-Digest/us-east-1",
		"CloudTrail/AWSLogs/o-a1b2/*/CloudTrail/*":  "CloudTrail/AWSLogs/o-a1b2/*/CloudTrail-Digest/*",
		"AWSLogs":               "AWSLogs/*/CloudTrail-Digest/*",
		"o-a1b2/AWSLogs/o-a1b2": "o-a1b2/AWSLogs/o-a1b2/*/CloudTrail-Digest/*",
		"AWSLogs/111122223333/CloudTrail-Insight/eu-west-1": "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1",
	} {
		l, err := CompileDigests(prefix)
		if err != nil {
			t.Errorf("%s: %v", prefix, err)
		} else if got := strings.Join(l.segments, "/"); got != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
	for _, prefix := range []string{"my/folder", "AWSLogs/a/b/c/CloudTrail"} {
		if _, err := CompileDigests(prefix); err == nil {
			t.Errorf("%s: no error", prefix)
		}
	}
}

// digestKey is a digest of a trail of this region.
func digestKey(account, trail string, end time.Time, suffix string) string {
	return "AWSLogs/" + account + "/CloudTrail-Digest/" + region + "/" + end.Format("2006/01/02/") +
		account + "_CloudTrail-Digest_" + region + "_" + trail + "_" + region + "_" + end.Format("20060102T150405Z") + suffix + ".json.gz"
}

// TestPollDigests: those of each chain are found in their order, and nothing
// else is; a backfill digest that comes late is found too.
func TestPollDigests(t *testing.T) {
	l := newLab(t, config.SubTypeCloudTrail, "AWSLogs")
	layout, err := CompileDigests("AWSLogs/*/CloudTrail/*")
	if err != nil {
		t.Fatal(err)
	}
	l.layout = layout
	l.restart()
	const other = "444455556666"
	var want []string
	for i := range 20 {
		end := noon.Add(time.Duration(i-20)*time.Hour + 90*time.Second)
		want = append(want, digestKey(account, "my_trail-1", end, ""), digestKey(account, "Z", end, ""), digestKey(other, "org", end, ""))
	}
	l.bucket.put(want...)
	l.bucket.put(trailKey(account, region, noon.Add(-time.Hour), 0), "AWSLogs/"+account+"/CloudTrail-Digest/"+region+"/2026/11/22/readme.txt",
		digestKey(account, "Z", noon.Add(-25*time.Hour), "")) // before Since
	l.wantPoll(want...)
	late := digestKey(other, "org", noon.Add(-3*time.Hour), "_backfill")
	l.bucket.put(late)
	for range 4 { // it is one root's turn at a time to be swept
		l.now = l.now.Add(5 * time.Minute)
		keys, _ := l.poll()
		for _, k := range keys {
			if k == late {
				return
			}
		}
	}
	t.Error("the late backfill digest was not found")
}

func TestDocument(t *testing.T) {
	tries := 0
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch tries++; {
		case r.URL.Path == "/logs/gone":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/logs/large":
			w.Header().Set("Content-Length", "33554433")
			_, _ = w.Write(make([]byte, maxDocument+1))
		case tries == 1: // cut
			w.Header().Set("Content-Length", "6")
			_, _ = io.WriteString(w, "dig")
		default:
			if got := r.Header.Get("If-Match"); got != `"e1"` {
				t.Errorf("If-Match %s", got)
			}
			w.Header().Set("x-amz-meta-signature", "beef")
			_, _ = io.WriteString(w, "digest")
		}
	}, S3Options{})
	d, err := c.Document(t.Context(), Object{Bucket: "logs", Key: "k", ETag: "e1"})
	if err != nil || string(d.Body) != "digest" || d.Metadata["signature"] != "beef" || tries != 2 {
		t.Errorf("%q, %v after %d tries, error %v", d.Body, d.Metadata, tries, err)
	}
	if _, err := c.Document(t.Context(), Object{Bucket: "logs", Key: "gone"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	if _, err := c.Document(t.Context(), Object{Bucket: "logs", Key: "large"}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("error %v", err)
	}
}

func TestTrailKeys(t *testing.T) {
	der := []byte{0x30, 0x00, 0xff}
	answer := ""
	_, cfg := client(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(got, ".ListPublicKeys") || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-3/cloudtrail/") {
			t.Errorf("target %s, authorization %s", got, r.Header.Get("Authorization"))
		}
		var in struct{ StartTime, EndTime float64 }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.EndTime-in.StartTime != 3600 {
			t.Errorf("asked for %+v, %v", in, err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if answer != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"`+answer+`"}`)
			return
		}
		_, _ = io.WriteString(w, `{"PublicKeyList":[{"Value":"MAD/","Fingerprint":"f1","ValidityStartTime":1.5E9}]}`)
	}, S3Options{})
	ask := func() ([]PublicKey, error) {
		return NewTrailKeys(cfg).PublicKeys(t.Context(), "eu-west-3", noon, noon.Add(time.Hour))
	}
	keys, err := ask()
	if err != nil || len(keys) != 1 || keys[0].Fingerprint != "f1" || string(keys[0].DER) != string(der) {
		t.Errorf("keys %+v, error %v", keys, err)
	}
	for code, transient := range map[string]bool{"AccessDeniedException": false, "ThrottlingException": true, "InternalFailure": true, "OperationNotPermittedException": false} {
		answer = code
		if _, err := ask(); err == nil || errors.Is(err, ErrTransient) != transient || !strings.Contains(err.Error(), "ListPublicKeys in eu-west-3") {
			t.Errorf("%s: error %v", code, err)
		}
	}
}
