package fakeaws_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"in_stellar_aws/tests/fakeaws"
)

const (
	stsForm = "Action=GetCallerIdentity&Version=2011-06-15"
	// stsFormHash is the SHA-256 of stsForm.
	stsFormHash = "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843"
)

// TestAuthentication signs requests by hand and breaks each in one way.
func TestAuthentication(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := newFixture(t, fakeaws.Options{Clock: func() time.Time { return at }})
	f.put(t, "k", "x")
	session := fakeaws.User{AccessKey: "ASIASESSION", SecretKey: "s", SessionToken: "hush-token", Account: owner, Expires: at.Add(time.Minute)}
	f.AddUser(session)
	expired := fakeaws.User{AccessKey: "ASIAEXPIRED", SecretKey: "s", SessionToken: "hush-token", Account: owner, Expires: at}
	f.AddUser(expired)
	s3Request := func(change func(*rawRequest)) rawRequest {
		r := rawRequest{url: f.url + "/logs/k?response-cache-control=no%20store", service: "s3", region: "us-east-1", user: ownerUser, at: at}
		change(&r)
		return r
	}
	stsRequest := func(change func(*rawRequest)) rawRequest {
		r := rawRequest{method: http.MethodPost, url: f.url + "/", service: "sts", region: "eu-west-1", user: ownerUser, at: at, body: stsForm, payloadHash: stsFormHash,
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
		change(&r)
		return r
	}
	setUser := func(u fakeaws.User) func(*rawRequest) { return func(r *rawRequest) { r.user = u } }
	setTime := func(d time.Duration) func(*rawRequest) { return func(r *rawRequest) { r.at = at.Add(d) } }
	tamper := func(change func(*http.Request)) func(*rawRequest) { return func(r *rawRequest) { r.tamper = change } }
	wrongSecret := ownerUser
	wrongSecret.SecretKey += "x"
	wrongToken := session
	wrongToken.SessionToken += "x"
	tests := []struct {
		name    string
		request rawRequest
		status  int
		code    string
	}{
		{"S3 good", s3Request(func(*rawRequest) {}), 200, ""},
		{"S3 unsigned payload", s3Request(func(r *rawRequest) { r.payloadHash = "UNSIGNED-PAYLOAD" }), 200, ""},
		{"S3 session", s3Request(setUser(session)), 200, ""},
		{"S3 almost too old", s3Request(setTime(-15 * time.Minute)), 200, ""},
		{"S3 too old", s3Request(setTime(-15*time.Minute - time.Second)), 403, "RequestTimeTooSkewed"},
		{"S3 from the future", s3Request(setTime(16 * time.Minute)), 403, "RequestTimeTooSkewed"},
		{"S3 unknown key", s3Request(setUser(fakeaws.User{AccessKey: "AKIANOBODY", SecretKey: "s"})), 403, "InvalidAccessKeyId"},
		{"S3 wrong secret", s3Request(setUser(wrongSecret)), 403, "SignatureDoesNotMatch"},
		{"S3 wrong token", s3Request(setUser(wrongToken)), 400, "InvalidToken"},
		{"S3 expired", s3Request(setUser(expired)), 400, "ExpiredToken"},
		{"S3 other path", s3Request(tamper(func(r *http.Request) { r.URL.Path = "/logs/l" })), 403, "SignatureDoesNotMatch"},
		{"S3 other query", s3Request(tamper(func(r *http.Request) { r.URL.RawQuery = "response-cache-control=no" })), 403, "SignatureDoesNotMatch"},
		{"S3 other method", s3Request(tamper(func(r *http.Request) { r.Method = http.MethodHead })), 403, ""},
		{"S3 other date", s3Request(tamper(func(r *http.Request) { r.Header.Set("X-Amz-Date", at.Add(time.Second).Format("20060102T150405Z")) })), 403, "SignatureDoesNotMatch"},
		{"S3 other day", s3Request(tamper(func(r *http.Request) { r.Header.Set("X-Amz-Date", at.Add(24*time.Hour).Format("20060102T150405Z")) })), 400, "AuthorizationHeaderMalformed"},
		{"S3 header added", s3Request(tamper(func(r *http.Request) { r.Header.Set("X-Amz-Request-Payer", "requester") })), 403, "AccessDenied"},
		{"S3 other hash", s3Request(tamper(func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", stsFormHash) })), 400, "XAmzContentSHA256Mismatch"},
		{"S3 no hash", s3Request(tamper(func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") })), 400, "InvalidRequest"},
		{"S3 unsigned", s3Request(tamper(func(r *http.Request) { r.Header.Del("Authorization") })), 403, "AccessDenied"},
		{"S3 malformed", s3Request(tamper(func(r *http.Request) { r.Header.Set("Authorization", "Basic eDp5") })), 400, "AuthorizationHeaderMalformed"},
		{"STS good in any region", stsRequest(func(*rawRequest) {}), 200, ""},
		{"STS session", stsRequest(setUser(session)), 200, ""},
		{"STS too old", stsRequest(setTime(-16 * time.Minute)), 403, "SignatureDoesNotMatch"},
		{"STS unknown key", stsRequest(setUser(fakeaws.User{AccessKey: "AKIANOBODY", SecretKey: "s"})), 403, "InvalidClientTokenId"},
		{"STS wrong secret", stsRequest(setUser(wrongSecret)), 403, "SignatureDoesNotMatch"},
		{"STS wrong token", stsRequest(setUser(wrongToken)), 403, "InvalidClientTokenId"},
		{"STS expired", stsRequest(setUser(expired)), 403, "ExpiredToken"},
		{"STS other body", stsRequest(tamper(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(stsForm, "Get", "Got", 1)))
		})), 400, "InvalidAction"},
		{"STS body with more", stsRequest(tamper(func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(stsForm+"&x=")), int64(len(stsForm)+3)
		})), 403, "SignatureDoesNotMatch"},
		{"STS unsigned", stsRequest(tamper(func(r *http.Request) { r.Header.Del("Authorization") })), 403, "MissingAuthenticationToken"},
		{"STS malformed", stsRequest(tamper(func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") })), 400, "IncompleteSignature"},
		{"STS signed for S3", stsRequest(func(r *rawRequest) { r.service, r.url = "s3", "http://sts.eu-west-1.amazonaws.com/" }), 403, "SignatureDoesNotMatch"},
		{"STS of another region", stsRequest(func(r *rawRequest) { r.url = "http://sts.us-west-2.amazonaws.com/" }), 403, "SignatureDoesNotMatch"},
		{"STS global is us-east-1", stsRequest(func(r *rawRequest) { r.url, r.region = "http://sts.amazonaws.com/", "us-east-1" }), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := f.send(t, test.request)
			if response.StatusCode != test.status || !strings.Contains(body, "<Code>"+test.code+"</Code>") && test.code != "" {
				t.Errorf("answer = %d %s, want %d %s", response.StatusCode, body, test.status, test.code)
			}
			if strings.Contains(body, "hush-token") || strings.Contains(body, ownerUser.SecretKey) {
				t.Errorf("answer tells a secret: %s", body)
			}
			if got := response.Header.Get("Date"); got != at.Format(http.TimeFormat) {
				t.Errorf("Date = %s, not the server's clock", got)
			}
		})
	}
}

// TestClockSkewIsCorrected shows that a client learns the server's time from
// its Date header, as the SDK does with AWS.
func TestClockSkewIsCorrected(t *testing.T) {
	f := newFixture(t, fakeaws.Options{Clock: func() time.Time { return time.Now().Add(3 * time.Hour) }})
	client := f.s3(ownerUser, "us-east-1", func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	if _, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("logs")}); status(err) != 403 {
		t.Fatalf("first request: %v, want 403", err)
	}
	if _, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("logs")}); err != nil {
		t.Errorf("second request: %v", err)
	}
	lax := newFixture(t, fakeaws.Options{MaxSkew: -1, Clock: func() time.Time { return time.Unix(0, 0) }})
	if _, err := lax.s3(ownerUser, "us-east-1").HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("logs")}); err != nil {
		t.Errorf("with the check off: %v", err)
	}
}

// TestRegions follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html
func TestRegions(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.AddBucket("euro", "eu-west-1", owner)
	if err := f.PutObject("euro", "a/k", []byte("x")); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	tests := []struct {
		name, url, region string
		status            int
		want, region2     string // in the body, x-amz-bucket-region
	}{
		{"path style, any endpoint", f.url + "/euro?list-type=2", "eu-west-1", 200, "<Key>a/k</Key>", "eu-west-1"},
		{"wrong region", f.url + "/euro?list-type=2", "us-east-1", 301, "<Code>PermanentRedirect</Code>", "eu-west-1"},
		{"virtual host", "http://euro.s3.eu-west-1.amazonaws.com/?list-type=2", "eu-west-1", 200, "<Key>a/k</Key>", "eu-west-1"},
		{"virtual host object", "http://euro.s3.eu-west-1.amazonaws.com/a/k", "eu-west-1", 200, "x", ""},
		{"localhost", "http://euro.localhost/a/k", "eu-west-1", 200, "x", ""},
		{"wrong endpoint", "http://euro.s3.us-east-1.amazonaws.com/a/k", "us-east-1", 301, "<Endpoint>euro.s3.eu-west-1.amazonaws.com</Endpoint>", "eu-west-1"},
		{"signed for another region than the endpoint's", "http://euro.s3.eu-west-1.amazonaws.com/a/k", "us-east-1", 400,
			"the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region>", "eu-west-1"},
		{"global endpoint", "http://euro.s3.amazonaws.com/a/k", "us-east-1", 400, "<Region>eu-west-1</Region>", "eu-west-1"},
		{"no such bucket", f.url + "/nothing?list-type=2", "eu-west-1", 404, "<Code>NoSuchBucket</Code>", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := f.send(t, rawRequest{url: test.url, service: "s3", region: test.region, user: ownerUser, at: at})
			if response.StatusCode != test.status || !strings.Contains(body, test.want) {
				t.Errorf("answer = %d %s, want %d with %s", response.StatusCode, body, test.status, test.want)
			}
			if got := response.Header.Get("X-Amz-Bucket-Region"); got != test.region2 {
				t.Errorf("x-amz-bucket-region = %q, want %q", got, test.region2)
			}
		})
	}
	for _, head := range []struct {
		bucket, service, region string
		status                  int
		want                    string
	}{
		{"euro", "s3", "eu-west-1", 200, "eu-west-1"},
		{"euro", "s3", "us-east-1", 301, "eu-west-1"},
		{"euro", "", "", 403, "eu-west-1"},
		{"nothing", "s3", "us-east-1", 404, ""},
	} {
		response, body := f.send(t, rawRequest{method: http.MethodHead, url: f.url + "/" + head.bucket, service: head.service, region: head.region, user: ownerUser, at: at})
		if response.StatusCode != head.status || response.Header.Get("X-Amz-Bucket-Region") != head.want || body != "" {
			t.Errorf("HeadBucket %+v = %d region %q body %q", head, response.StatusCode, response.Header.Get("X-Amz-Bucket-Region"), body)
		}
	}
	// The SDK's own virtual-hosted addressing.
	virtual := f.s3(ownerUser, "eu-west-1", func(o *s3.Options) {
		o.UsePathStyle, o.BaseEndpoint = false, aws.String("http://s3.eu-west-1.amazonaws.com")
	})
	if _, err := virtual.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("euro"), Key: aws.String("a/k")}); err != nil {
		t.Errorf("SDK with virtual-hosted addressing: %v", err)
	}
}

func TestUnknownRequests(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	at := time.Now()
	for _, r := range []rawRequest{
		{method: http.MethodPost, url: f.url + "/logs/k", service: "s3", region: "us-east-1", user: ownerUser, at: at},
		{url: f.url + "/", service: "s3", region: "us-east-1", user: ownerUser, at: at},
		{url: f.url + "/logs", service: "s3", region: "us-east-1", user: ownerUser, at: at},
		{url: f.url + "/", service: "ec2", region: "us-east-1", user: ownerUser, at: at},
	} {
		if response, body := f.send(t, r); response.StatusCode != http.StatusNotImplemented {
			t.Errorf("%s %s = %d %s, want 501", r.method, r.url, response.StatusCode, body)
		}
	}
}

func TestUserHidesSecrets(t *testing.T) {
	user := fakeaws.User{AccessKey: "AKIA", SecretKey: "hush", SessionToken: "hush"}
	if text := fmt.Sprintf("%v %+v %#v %s", user, user, user, user); strings.Contains(text, "hush") {
		t.Errorf("printed secrets: %s", text)
	}
}
