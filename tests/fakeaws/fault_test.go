package fakeaws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/tests/fakeaws"
)

func read(t *testing.T, client *s3.Client, key string) (string, error) {
	t.Helper()
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("logs"), Key: aws.String(key)})
	if err != nil {
		return "", err
	}
	defer closeIt(t, out.Body)
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

// TestFaultErrors checks each error in both protocols, and that Attempt counts
// per key: the SDK's second attempt succeeds.
func TestFaultErrors(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.put(t, "k", "x")
	for _, fault := range []fakeaws.Fault{
		{Status: 503, Code: "SlowDown", Message: "Please reduce your request rate."},
		{Status: 400, Code: "ThrottlingException", Message: "Rate exceeded"},
		{Status: 500, Code: "InternalError", Message: "We encountered an internal error."},
		{Status: 403, Code: "AccessDenied", Message: "Access Denied"},
		{Code: "ExpiredToken", Message: "The provided token has expired."},
	} {
		f.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fault })
		want := fault.Status
		if want == 0 {
			want = 400
		}
		if _, err := read(t, f.s3(ownerUser, "us-east-1"), "k"); status(err) != want || errorCode(err) != fault.Code {
			t.Errorf("S3 with %+v: %v", fault, err)
		}
		if _, err := f.sts(ownerUser, "us-east-1").GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); status(err) != want || errorCode(err) != fault.Code {
			t.Errorf("STS with %+v: %v", fault, err)
		}
	}

	var mu sync.Mutex
	var seen []fakeaws.Request
	f.ResetRequests()
	f.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
		if r.Attempt == 1 {
			return &fakeaws.Fault{Status: 503, Code: "SlowDown"}
		}
		return nil
	})
	retrying := f.s3(ownerUser, "us-east-1", func(o *s3.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	})
	if body, err := read(t, retrying, "k"); err != nil || body != "x" {
		t.Errorf("with a retry: %q, %v", body, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 2 || seen[1].Service != "s3" || seen[1].Operation != "GetObject" || seen[1].Bucket != "logs" || seen[1].Key != "k" || seen[1].Account != owner || seen[1].Attempt != 2 {
		t.Errorf("hook saw %+v", seen)
	}
	if got := f.Requests()["s3.GetObject"]; got != 2 {
		t.Errorf("counted %d GetObject, want 2", got)
	}
}

func TestFaultBodies(t *testing.T) {
	var mu sync.Mutex
	var waited time.Duration
	f := newFixture(t, fakeaws.Options{Sleep: func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waited += d
		return ctx.Err()
	}})
	body := strings.Repeat("0123456789", 10_000)
	f.put(t, "k", body)
	if err := f.PutObjectFunc("logs", "stream", int64(len(body)), func() (io.ReadSeeker, error) { return strings.NewReader(body), nil }); err != nil {
		t.Fatal(err)
	}
	client := f.s3(ownerUser, "us-east-1")
	for _, key := range []string{"k", "stream"} {
		for _, after := range []int64{0, 1, 5000, 99_999} {
			f.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Cut: true, CutAfter: after} })
			got, err := read(t, client, key)
			if !errors.Is(err, io.ErrUnexpectedEOF) || got != body[:after] {
				t.Errorf("%s cut after %d: %d bytes, %v", key, after, len(got), err)
			}
		}
		f.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Cut: true, CutAfter: int64(len(body))} })
		if got, err := read(t, client, key); err != nil || got != body {
			t.Errorf("%s cut at its end: %d bytes, %v", key, len(got), err)
		}
	}
	f.Fault(func(fakeaws.Request) *fakeaws.Fault {
		return &fakeaws.Fault{BytesPerSecond: 50_000, Latency: time.Hour}
	})
	if got, err := read(t, client, "k"); err != nil || got != body {
		t.Errorf("slow: %d bytes, %v", len(got), err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := time.Hour + 2*time.Second; waited != want {
		t.Errorf("waited %v, want %v", waited, want)
	}
}

func TestFaultDrop(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.put(t, "k", "x")
	f.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Drop: true} })
	_, err := read(t, f.s3(ownerUser, "us-east-1"), "k")
	if err == nil || status(err) != 0 {
		t.Errorf("dropped: %v, want a connection error", err)
	}
	f.Fault(nil)
	if _, err := read(t, f.s3(ownerUser, "us-east-1"), "k"); err != nil {
		t.Errorf("with the hook removed: %v", err)
	}
}

// TestLatencyEndsWithTheRequest cancels a request that would wait an hour. The
// fixture's listener closes only after its handlers have ended.
func TestLatencyEndsWithTheRequest(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.put(t, "k", "x")
	ctx, cancel := context.WithCancel(t.Context())
	f.Fault(func(fakeaws.Request) *fakeaws.Fault {
		cancel()
		return &fakeaws.Fault{Latency: time.Hour}
	})
	_, err := f.s3(ownerUser, "us-east-1").GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("logs"), Key: aws.String("k")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want canceled", err)
	}
}

func TestAccessLog(t *testing.T) {
	log := make(chan fakeaws.Access, 2)
	f := newFixture(t, fakeaws.Options{AccessLog: func(a fakeaws.Access) { log <- a }})
	f.put(t, "k", "four")
	for _, want := range []fakeaws.Access{
		{Request: fakeaws.Request{Key: "k"}, Status: http.StatusOK, Bytes: 4},
		{Request: fakeaws.Request{Key: "missing"}, Status: http.StatusNotFound, Code: "NoSuchKey"},
	} {
		_, _ = read(t, f.s3(ownerUser, "us-east-1"), want.Request.Key)
		got := <-log
		if got.Request.Key != want.Request.Key || got.Status != want.Status || got.Code != want.Code || want.Bytes != 0 && got.Bytes != want.Bytes {
			t.Errorf("logged %+v, want %+v", got, want)
		}
	}
}
