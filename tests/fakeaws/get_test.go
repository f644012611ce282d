package fakeaws_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"in_stellar_aws/tests/fakeaws"
)

var modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func getFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, fakeaws.Options{})
	f.put(t, "a/0123456789", "0123456789", fakeaws.WithLastModified(modified), fakeaws.WithETag("tag"),
		fakeaws.WithContentEncoding("gzip"), fakeaws.WithContentType("application/json"), fakeaws.WithMetadata(map[string]string{"signature": "beef"}))
	f.put(t, "empty", "")
	f.put(t, "frozen", "x", fakeaws.WithStorageClass("DEEP_ARCHIVE"))
	f.put(t, "/odd key/ü+%2F?#.gz", "odd")
	open := func() (io.ReadSeeker, error) { return strings.NewReader("streamed body"), nil }
	if err := f.PutObjectFunc("logs", "stream", 13, open); err != nil {
		t.Fatal(err)
	}
	broken := func() (io.ReadSeeker, error) { return nil, errors.New("no disk") }
	if err := f.PutObjectFunc("logs", "broken", 1, broken, fakeaws.WithContentEncoding("gzip")); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestGetObject follows
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func TestGetObject(t *testing.T) {
	f := getFixture(t)
	client := f.s3(ownerUser, "us-east-1")
	const key = "a/0123456789"
	before, after := aws.Time(modified.Add(-time.Hour)), aws.Time(modified.Add(time.Hour))
	tests := []struct {
		name          string
		in            s3.GetObjectInput
		body, content string // body and Content-Range
		status        int    // of the error
		code          string
	}{
		{name: "whole", in: s3.GetObjectInput{Key: aws.String(key)}, body: "0123456789"},
		{name: "first bytes", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=0-3")}, body: "0123", content: "bytes 0-3/10"},
		{name: "from", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=7-")}, body: "789", content: "bytes 7-9/10"},
		{name: "suffix", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=-2")}, body: "89", content: "bytes 8-9/10"},
		{name: "long suffix", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=-99")}, body: "0123456789", content: "bytes 0-9/10"},
		{name: "past the end", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=8-99")}, body: "89", content: "bytes 8-9/10"},
		{name: "several ranges are ignored", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=0-1,3-4")}, body: "0123456789"},
		{name: "nonsense range is ignored", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=5-2")}, body: "0123456789"},
		{name: "behind the end", in: s3.GetObjectInput{Key: aws.String(key), Range: aws.String("bytes=10-")}, status: 416, code: "InvalidRange"},
		{name: "range of empty", in: s3.GetObjectInput{Key: aws.String("empty"), Range: aws.String("bytes=0-")}, status: 416, code: "InvalidRange"},
		{name: "empty", in: s3.GetObjectInput{Key: aws.String("empty")}},
		{name: "stream range", in: s3.GetObjectInput{Key: aws.String("stream"), Range: aws.String("bytes=9-11")}, body: "bod", content: "bytes 9-11/13"},
		{name: "stream", in: s3.GetObjectInput{Key: aws.String("stream")}, body: "streamed body"},
		{name: "odd key", in: s3.GetObjectInput{Key: aws.String("/odd key/ü+%2F?#.gz")}, body: "odd"},
		{name: "If-Match", in: s3.GetObjectInput{Key: aws.String(key), IfMatch: aws.String(`"tag"`), IfUnmodifiedSince: before}, body: "0123456789"},
		{name: "If-Match fails", in: s3.GetObjectInput{Key: aws.String(key), IfMatch: aws.String(`"other"`)}, status: 412, code: "PreconditionFailed"},
		{name: "If-Unmodified-Since fails", in: s3.GetObjectInput{Key: aws.String(key), IfUnmodifiedSince: before}, status: 412, code: "PreconditionFailed"},
		{name: "If-None-Match", in: s3.GetObjectInput{Key: aws.String(key), IfNoneMatch: aws.String(`"tag"`)}, status: 304},
		{name: "If-None-Match beats If-Modified-Since", in: s3.GetObjectInput{Key: aws.String(key), IfNoneMatch: aws.String(`"other"`), IfModifiedSince: after}, body: "0123456789"},
		{name: "If-Modified-Since", in: s3.GetObjectInput{Key: aws.String(key), IfModifiedSince: aws.Time(modified)}, status: 304},
		{name: "If-Modified-Since holds", in: s3.GetObjectInput{Key: aws.String(key), IfModifiedSince: before}, body: "0123456789"},
		{name: "owner", in: s3.GetObjectInput{Key: aws.String(key), ExpectedBucketOwner: aws.String(owner)}, body: "0123456789"},
		{name: "other owner", in: s3.GetObjectInput{Key: aws.String(key), ExpectedBucketOwner: aws.String(stranger)}, status: 403, code: "AccessDenied"},
		{name: "missing", in: s3.GetObjectInput{Key: aws.String("missing")}, status: 404, code: "NoSuchKey"},
		{name: "missing bucket", in: s3.GetObjectInput{Bucket: aws.String("nothing"), Key: aws.String(key)}, status: 404, code: "NoSuchBucket"},
		{name: "archived", in: s3.GetObjectInput{Key: aws.String("frozen")}, status: 403, code: "InvalidObjectState"},
		{name: "body that cannot be opened", in: s3.GetObjectInput{Key: aws.String("broken")}, status: 500, code: "InternalError"},
		{name: "version", in: s3.GetObjectInput{Key: aws.String(key), VersionId: aws.String("1")}, status: 501, code: "NotImplemented"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.in.Bucket == nil {
				test.in.Bucket = aws.String("logs")
			}
			out, err := client.GetObject(t.Context(), &test.in)
			if test.status != 0 {
				if err == nil || status(err) != test.status || test.code != "" && errorCode(err) != test.code {
					t.Fatalf("error = %v, want %d %s", err, test.status, test.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer closeIt(t, out.Body)
			body, err := io.ReadAll(out.Body)
			if err != nil {
				t.Fatal(err)
			}
			if string(body) != test.body || aws.ToString(out.ContentRange) != test.content || aws.ToInt64(out.ContentLength) != int64(len(test.body)) {
				t.Errorf("body %q range %q length %d, want %q %q", body, aws.ToString(out.ContentRange), aws.ToInt64(out.ContentLength), test.body, test.content)
			}
		})
	}
}

// endless is a body of any size without memory: each byte is its offset's.
type endless struct{ at int64 }

func (e *endless) Seek(offset int64, _ int) (int64, error) { e.at = offset; return offset, nil }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e.at)
		e.at++
	}
	return len(p), nil
}

// TestHugeObject reads the end of an object of 5 GB.
func TestHugeObject(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	const size = 5 << 30
	if err := f.PutObjectFunc("logs", "huge", size, func() (io.ReadSeeker, error) { return new(endless), nil }); err != nil {
		t.Fatal(err)
	}
	out, err := f.s3(ownerUser, "us-east-1").GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("logs"), Key: aws.String("huge"), Range: aws.String("bytes=-3")})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, out.Body)
	body, err := io.ReadAll(out.Body)
	if err != nil || string(body) != "\xfd\xfe\xff" || aws.ToString(out.ContentRange) != "bytes 5368709117-5368709119/5368709120" {
		t.Errorf("end = %x of %s, %v", body, aws.ToString(out.ContentRange), err)
	}
}

func TestHeadObject(t *testing.T) {
	f := getFixture(t)
	client := f.s3(ownerUser, "us-east-1")
	out, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("logs"), Key: aws.String("a/0123456789")})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToInt64(out.ContentLength); got != 10 {
		t.Errorf("ContentLength = %d, want 10", got)
	}
	if got := aws.ToString(out.ETag); got != `"tag"` {
		t.Errorf("ETag = %s", got)
	}
	if !out.LastModified.Equal(modified) {
		t.Errorf("LastModified = %v, want %v", out.LastModified, modified)
	}
	if aws.ToString(out.ContentEncoding) != "gzip" || aws.ToString(out.ContentType) != "application/json" || out.Metadata["signature"] != "beef" {
		t.Errorf("encoding %v, type %v, metadata %v", out.ContentEncoding, out.ContentType, out.Metadata)
	}
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("logs"), Key: aws.String("missing")})
	var notFound *types.NotFound
	if !errors.As(err, &notFound) {
		t.Errorf("error of a missing key = %v, want NotFound", err)
	}
}

func TestRequesterPays(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.AddBucket("paid", "us-east-1", owner, fakeaws.WithRequesterPays())
	if err := f.PutObject("paid", "k", []byte("x")); err != nil {
		t.Fatal(err)
	}
	guest := fakeaws.User{AccessKey: "AKIAGUEST", SecretKey: "guest", Account: stranger}
	f.AddUser(guest)
	get := func(user fakeaws.User, payer types.RequestPayer) (*s3.GetObjectOutput, error) {
		out, err := f.s3(user, "us-east-1").GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("paid"), Key: aws.String("k"), RequestPayer: payer})
		if err == nil {
			err = out.Body.Close()
		}
		return out, err
	}
	if _, err := get(guest, ""); status(err) != 403 || errorCode(err) != "AccessDenied" {
		t.Errorf("guest who does not pay: %v, want 403 AccessDenied", err)
	}
	if out, err := get(guest, types.RequestPayerRequester); err != nil || out.RequestCharged != types.RequestChargedRequester {
		t.Errorf("guest who pays: %v", err)
	}
	if _, err := get(ownerUser, ""); err != nil {
		t.Errorf("owner: %v", err)
	}
}

// TestPermissions checks that a refusal names the action and the ARN, and that
// a missing key is hidden from who may not list.
func TestPermissions(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.put(t, "open/k", "x")
	f.put(t, "secret/k", "x")
	limited := fakeaws.User{AccessKey: "AKIALIMITED", SecretKey: "limited", Account: owner, ARN: "arn:aws:iam::" + owner + ":user/limited",
		Deny: func(action, resource string) bool {
			return action == "s3:ListBucket" || strings.HasPrefix(resource, "arn:aws:s3:::logs/secret/")
		}}
	f.AddUser(limited)
	for key, want := range map[string]string{
		"open/k":       "",
		"secret/k":     `User: arn:aws:iam::111122223333:user/limited is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::logs/secret/k" because no identity-based policy allows the s3:GetObject action`,
		"open/missing": `is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::logs"`,
	} {
		out, err := f.s3(limited, "us-east-1").GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("logs"), Key: aws.String(key)})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", key, err)
		case want == "":
			if err := out.Body.Close(); err != nil {
				t.Error(err)
			}
		case errorCode(err) != "AccessDenied" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v, want AccessDenied with %s", key, err, want)
		}
	}
}

func TestPutErrors(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	for _, key := range []string{"", strings.Repeat("k", 1025), "\xff"} {
		if err := f.PutObject("logs", key, nil); err == nil {
			t.Errorf("PutObject accepted key %.20q", key)
		}
	}
	if err := f.PutObject("nothing", "k", nil); err == nil {
		t.Error("PutObject accepted a missing bucket")
	}
	f.put(t, "k", "x")
	if err := f.DeleteObject("logs", "k"); err != nil {
		t.Fatal(err)
	}
	if pages := list(t, f.s3(ownerUser, "us-east-1"), s3.ListObjectsV2Input{}); len(pages[0].Keys) != 0 {
		t.Errorf("keys after the delete: %v", pages[0].Keys)
	}
}
