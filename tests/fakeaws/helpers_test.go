package fakeaws_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"in_stellar_aws/tests/fakeaws"
)

const (
	owner    = "111122223333"
	stranger = "444455556666"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a fake with a listener, its owner's user and a bucket "logs".
type fixture struct {
	*fakeaws.Server
	url    string
	client *http.Client
}

var ownerUser = fakeaws.User{AccessKey: "AKIAOWNER", SecretKey: "owner-secret", Account: owner, ARN: "arn:aws:iam::" + owner + ":user/owner"}

func newFixture(t *testing.T, options fakeaws.Options) *fixture {
	t.Helper()
	aws := fakeaws.New(options)
	aws.AddUser(ownerUser)
	aws.AddBucket("logs", "us-east-1", owner)
	listener := httptest.NewServer(aws)
	// Every host name leads to the listener, so real endpoint names work.
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Listener.Addr().String())
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		listener.Close()
	})
	return &fixture{Server: aws, url: listener.URL, client: &http.Client{Transport: transport}}
}

func (f *fixture) put(t *testing.T, key, body string, options ...fakeaws.ObjectOption) {
	t.Helper()
	if err := f.PutObject("logs", key, []byte(body), options...); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) s3(user fakeaws.User, region string, options ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(f.url), UsePathStyle: true, HTTPClient: f.client,
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, user.SessionToken),
		Retryer:     aws.NopRetryer{},
		DisableLogOutputChecksumValidationSkipped: true,
	}, options...)
}

func (f *fixture) sts(user fakeaws.User, region string) *sts.Client {
	return sts.New(sts.Options{
		Region: region, BaseEndpoint: aws.String(f.url), HTTPClient: f.client,
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, user.SessionToken),
		Retryer:     aws.NopRetryer{},
	})
}

// rawRequest describes a request signed by hand and what is done to it after.
type rawRequest struct {
	method, url     string
	header          map[string]string
	body            string
	service, region string
	user            fakeaws.User
	at              time.Time
	payloadHash     string
	tamper          func(*http.Request)
}

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// send signs and sends r and returns the answer with its body.
func (f *fixture) send(t *testing.T, r rawRequest) (*http.Response, string) {
	t.Helper()
	if r.method == "" {
		r.method = http.MethodGet
	}
	if r.payloadHash == "" {
		r.payloadHash = emptyHash
	}
	request, err := http.NewRequestWithContext(t.Context(), r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.header {
		request.Header.Set(name, value)
	}
	if r.service == "s3" {
		request.Header.Set("X-Amz-Content-Sha256", r.payloadHash)
	}
	if r.service != "" {
		keys := aws.Credentials{AccessKeyID: r.user.AccessKey, SecretAccessKey: r.user.SecretKey, SessionToken: r.user.SessionToken}
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = r.service == "s3" })
		if err := signer.SignHTTP(t.Context(), keys, request, r.payloadHash, r.service, r.region, r.at); err != nil {
			t.Fatal(err)
		}
	}
	if r.tamper != nil {
		r.tamper(request)
	}
	response, err := f.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, response.Body)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func closeIt(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// errorCode returns the AWS error code of err, or "" without one.
func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// status returns the HTTP status that err came with.
func status(err error) int {
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		return answered.HTTPStatusCode()
	}
	return 0
}
