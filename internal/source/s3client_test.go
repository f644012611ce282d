package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type handler = func(w http.ResponseWriter, r *http.Request)

func fixedKeys(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "very-secret"}, nil
}

// client talks to h as to S3.
func client(t *testing.T, h handler, o S3Options) (*S3Client, aws.Config) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(h))
	t.Cleanup(server.Close)
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: server.Client(), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(fixedKeys),
	}
	o.Bucket, o.PathStyle = "logs", true
	c := NewS3Client(cfg, o)
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c, cfg
}

func TestListPage(t *testing.T) {
	odd := "a b/+ü&\x01/" // needs the URL encoding
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		for k, want := range map[string]string{
			"list-type": "2", "prefix": "p/", "delimiter": "/", "start-after": "p/a", "continuation-token": "t1", "max-keys": "7", "encoding-type": "url",
		} {
			if q.Get(k) != want {
				t.Errorf("%s = %q, want %q", k, q.Get(k), want)
			}
		}
		if r.Header.Get("x-amz-request-payer") != "requester" || r.Header.Get("x-amz-expected-bucket-owner") != "111122223333" {
			t.Errorf("headers %v", r.Header)
		}
		type object struct{ Key, ETag, Size, LastModified string }
		type prefix struct{ Prefix string }
		answer(t, w, struct {
			XMLName               xml.Name `xml:"ListBucketResult"`
			EncodingType          string
			IsTruncated           bool
			NextContinuationToken string
			Contents              []object
			CommonPrefixes        []prefix
		}{
			EncodingType: "url", IsTruncated: true, NextContinuationToken: "t2",
			Contents:       []object{{url.QueryEscape(odd), `"e1"`, "12", "2026-11-22T12:00:00.000Z"}},
			CommonPrefixes: []prefix{{url.QueryEscape("p/" + odd)}},
		})
	}, S3Options{RequestPayer: true, ExpectedBucketOwner: "111122223333"})
	out, err := c.ListPage(t.Context(), ListInput{Bucket: "logs", Prefix: "p/", Delimiter: "/", StartAfter: "p/a", Token: "t1", MaxKeys: 7})
	if err != nil {
		t.Fatal(err)
	}
	want := Object{Bucket: "logs", Key: odd, ETag: "e1", Size: 12, LastModified: noon}
	if len(out.Objects) != 1 || out.Objects[0] != want || out.Token != "t2" || len(out.Prefixes) != 1 || out.Prefixes[0] != "p/"+odd {
		t.Errorf("ListPage = %+v", out)
	}
}

func answer(t *testing.T, w io.Writer, v any) {
	t.Helper()
	if err := xml.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

// TestOpenResumes cuts the connection twice and closes it early once.
func TestOpenResumes(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	var ranges []string
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") != `"e1"` {
			t.Errorf("If-Match = %q", r.Header.Get("If-Match"))
		}
		if e := r.Header.Get("Accept-Encoding"); e != "identity" {
			t.Errorf("Accept-Encoding = %q: the transport would inflate the body behind our back", e)
		}
		ranges = append(ranges, r.Header.Get("Range"))
		from := 0
		if s := r.Header.Get("Range"); s != "" {
			if _, err := fmt.Sscanf(s, "bytes=%d-", &from); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		rest := content[from:]
		if len(ranges) < 3 {
			rest = rest[:50_000]
		}
		if _, err := w.Write(rest); err != nil {
			t.Log(err)
		}
		if len(ranges) < 3 {
			panic(http.ErrAbortHandler) // closes the connection
		}
	}, S3Options{})
	body, err := c.Open(t.Context(), Object{Bucket: "logs", Key: "k", ETag: "e1", Size: int64(len(content))}, 16)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content[16:]) {
		t.Errorf("read %d bytes, want %d", len(got), len(content)-16)
	}
	if len(ranges) != 3 || ranges[0] != "bytes=16-" || ranges[1] == ranges[0] {
		t.Errorf("ranges %q", ranges)
	}
}

func TestRangeIgnoredIsAnError(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "from the start") }, S3Options{})
	if _, err := c.Open(t.Context(), Object{Bucket: "logs", Key: "k", ETag: "e"}, 5); err == nil || !strings.Contains(err.Error(), "bytes from 5") {
		t.Errorf("err = %v", err)
	}
}

func TestErrorsAreClassified(t *testing.T) {
	tests := []struct {
		status int
		code   string
		class  Class
	}{
		{404, "NoSuchKey", NotFound},
		{404, "NoSuchBucket", NotFound},
		{412, "PreconditionFailed", Changed},
		{403, "AccessDenied", Denied},
		{403, "SignatureDoesNotMatch", Denied},
		{400, "ExpiredToken", Denied},
		{403, "InvalidObjectState", Permanent},
		{400, "InvalidRequest", Permanent},
		{416, "InvalidRange", Permanent},
		{501, "NotImplemented", Permanent},
		{400, "RequestTimeout", Transient},
		{429, "TooManyRequests", Transient},
		{500, "InternalError", Transient},
		{503, "SlowDown", Transient},
		{502, "", Transient},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status, tt.code), func(t *testing.T) {
			c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				if tt.code != "" {
					answer(t, w, struct {
						XMLName       xml.Name `xml:"Error"`
						Code, Message string
					}{Code: tt.code, Message: "no"})
				}
			}, S3Options{})
			_, _, opened := c.get(t.Context(), Object{Bucket: "logs", Key: "my/key", ETag: "e"}, 0)
			_, listed := c.ListPage(t.Context(), ListInput{Bucket: "logs", Prefix: "my/key", MaxKeys: 1})
			for _, err := range []error{opened, listed} {
				var e *RequestError
				if !errors.As(err, &e) || e.Class != tt.class || e.Status != tt.status || e.Code != tt.code && tt.code != "" {
					t.Fatalf("err = %#v", err)
				}
				if !strings.Contains(err.Error(), "s3://logs/my/key") || strings.Contains(err.Error(), "very-secret") {
					t.Errorf("text: %v", err)
				}
				for class, is := range map[Class]error{Transient: ErrTransient, NotFound: ErrNotFound, Changed: ErrChanged, Denied: ErrDenied} {
					if got := errors.Is(err, is); got != (class == tt.class) {
						t.Errorf("errors.Is(%v, %v) = %v", err, is, got)
					}
				}
			}
			if got, want := IsGone(opened), tt.class == Changed || tt.code == "NoSuchKey"; got != want {
				t.Errorf("IsGone = %v, want %v", got, want)
			}
		})
	}
}

func TestErrorsWithoutAnAnswer(t *testing.T) {
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult><Contents><Ke")
	}
	list := func(ctx context.Context, c *S3Client) Class {
		_, err := c.ListPage(ctx, ListInput{Bucket: "logs", MaxKeys: 1})
		var e *RequestError
		if !errors.As(err, &e) {
			t.Fatalf("err = %v", err)
		}
		return e.Class
	}
	for name, h := range map[string]handler{"connection closed": abort, "half a page": half} {
		c, _ := client(t, h, S3Options{})
		if got := list(t.Context(), c); got != Transient {
			t.Errorf("%s: class %v, want transient", name, got)
		}
	}
	c, cfg := client(t, half, S3Options{})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if got := list(canceled, c); got != Canceled {
		t.Errorf("canceled: class %v", got)
	}
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no credentials anywhere")
	})
	if got := list(t.Context(), NewS3Client(cfg, S3Options{Bucket: "logs"})); got != Denied {
		t.Errorf("no credentials: class %v", got)
	}
}

func TestBucketRegion(t *testing.T) {
	for _, status := range []int{200, 301, 400, 403} {
		_, cfg := client(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodHead {
				t.Errorf("method %s", r.Method)
			}
			w.Header().Set("x-amz-bucket-region", "eu-central-2")
			w.WriteHeader(status)
		}, S3Options{})
		if got, err := BucketRegion(t.Context(), cfg, S3Options{Bucket: "logs", PathStyle: true}); got != "eu-central-2" || err != nil {
			t.Errorf("status %d: %q, %v", status, got, err)
		}
	}
	_, cfg := client(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, S3Options{})
	if _, err := BucketRegion(t.Context(), cfg, S3Options{Bucket: "logs", PathStyle: true}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such bucket: %v", err)
	}
	_, cfg = client(t, func(http.ResponseWriter, *http.Request) {}, S3Options{})
	if got, err := BucketRegion(t.Context(), cfg, S3Options{Bucket: "logs", PathStyle: true}); got != "" || err != nil {
		t.Errorf("a server that does not tell: %q, %v", got, err)
	}
}

// TestOpenAsStored reads a body as it is stored, whatever encoding the object's
// metadata claim: what it is, is told by its content.
func TestOpenAsStored(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(z, "text"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"", "gzip", "aws-chunked", "br", "utf-8"} {
		for _, body := range []string{"text", zipped.String()} {
			c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", encoding)
				w.Header().Set("ETag", `"e"`)
				if _, err := io.WriteString(w, body); err != nil {
					t.Error(err)
				}
			}, S3Options{})
			r, err := c.Open(t.Context(), Object{Bucket: "logs", Key: "k", ETag: "e", Size: int64(len(body))}, 0)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != body {
				t.Errorf("%s: got %q, error %v; want %q", encoding, got, err, body)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
