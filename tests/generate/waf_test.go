package generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestEveryWAFKindIsAnEntry(t *testing.T) {
	g := New(8, Options{})
	for _, kind := range WAFKinds() {
		b, err := g.AppendWAFKind(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		entry := decode(t, b)
		for _, key := range []string{"timestamp", "formatVersion", "webaclId", "terminatingRuleId", "action", "httpSourceName", "httpRequest"} {
			if entry[key] == nil {
				t.Errorf("%s: no %s", kind, key)
			}
		}
		if action := strings.Fields(kind)[0]; action == "block" && entry["action"] != "BLOCK" || action == "captcha" && entry["action"] != "CAPTCHA" {
			t.Errorf("%s: action %v", kind, entry["action"])
		}
		if kind == "old" || kind == "classic" {
			continue
		}
		if len(b) < 1200 || len(b) > 2400 {
			t.Errorf("%s: %d bytes, want 1200 to 2400", kind, len(b))
		}
		if ja3, ja4 := entry["ja3Fingerprint"].(string), entry["ja4Fingerprint"].(string); len(ja3) != 32 || len(ja4) != 36 {
			t.Errorf("%s: ja3 %s ja4 %s", kind, ja3, ja4)
		}
	}
}

func TestWAFMeanSize(t *testing.T) {
	g := New(8, Options{})
	var size int
	for range 10_000 {
		size += len(g.AppendWAF(nil))
	}
	if mean := size / 10_000; mean < 1200 || mean > 2000 {
		t.Errorf("mean size %d bytes, want 1200 to 2000", mean)
	}
}

func TestWAFSized(t *testing.T) {
	for _, size := range []int{1, 70_000, 3 << 20} {
		b := New(8, Options{}).AppendWAFSized(nil, size)
		if len(b) < size || size > 2000 && len(b) > size+size/50 {
			t.Errorf("%d bytes, want %d", len(b), size)
		}
		if decode(t, b)["httpRequest"] == nil {
			t.Error("no httpRequest")
		}
	}
}

func TestWAFFile(t *testing.T) {
	at := time.Date(2025, 6, 2, 7, 3, 9, 0, time.UTC)
	const id = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`
	for name, tt := range map[string]struct {
		file WAFFile
		key  string
	}{
		"regional":   {WAFFile{}, `^AWSLogs/111122223333/WAFLogs/us-east-1/edge-acl_prod/2025/06/02/07/00/111122223333_waflogs_us-east-1_edge-acl_prod_20250602T0700Z_[0-9a-f]{8}\.log\.gz$`},
		"cloudfront": {WAFFile{CloudFront: true, ACL: "cdn", Concatenated: true}, `^AWSLogs/111122223333/WAFLogs/cloudfront/cdn/2025/06/02/07/00/111122223333_waflogs_cloudfront_cdn_20250602T0700Z_[0-9a-f]{8}\.log\.gz$`},
		"plain text": {WAFFile{Plain: true}, `_20250602T0700Z_[0-9a-f]{8}\.log$`},
		"firehose":   {WAFFile{Firehose: true, Concatenated: true, File: File{Prefix: "waf"}}, `^waf/2025/06/02/07/aws-waf-logs-edge-acl_prod-1-2025-06-02-07-03-09-` + id},
		"custom":     {WAFFile{Firehose: true, Plain: true, Folder: func(t time.Time) string { return t.Format("Custom/year=2006/month=1/day=2") }}, `^Custom/year=2025/month=6/day=2/aws-waf-logs-edge-acl_prod-1-2025-06-02-07-03-09-` + id},
	} {
		t.Run(name, func(t *testing.T) {
			tt.file.At = at
			o := New(9, Options{}).WAFFile(tt.file)
			if !regexp.MustCompile(tt.key).MatchString(o.Key) {
				t.Errorf("key %s does not match %s", o.Key, tt.key)
			}
			if o.Gzip == tt.file.Plain || o.Gzip != bytes.HasPrefix(o.Body, []byte{0x1f, 0x8b}) {
				t.Errorf("compressed: %v", o.Gzip)
			}
			raw := rawOf(t, o)
			if lines := bytes.Count(raw, []byte("\n")); lines != map[bool]int{false: o.Records, true: 0}[tt.file.Concatenated] {
				t.Errorf("%d lines", lines)
			}
			count := 0
			for dec := json.NewDecoder(bytes.NewReader(raw)); ; count++ {
				var entry struct{ Timestamp int64 }
				if err := dec.Decode(&entry); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				if when := time.UnixMilli(entry.Timestamp); when.After(o.LastModified) || when.Before(at.Add(-10*time.Minute)) {
					t.Fatalf("entry of %v in an object of %v", when, o.LastModified)
				}
			}
			if count != o.Records {
				t.Errorf("%d entries, want %d", count, o.Records)
			}
		})
	}
}
