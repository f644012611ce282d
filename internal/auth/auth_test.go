package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/source"
)

func list(t *testing.T, cfg aws.Config, c config.Config) error {
	t.Helper()
	client := source.NewS3Client(cfg, source.S3Options{
		Bucket: "bucket", PathStyle: c.Network.S3PathStyle, RequestPayer: c.S3.RequestPayer, ExpectedBucketOwner: c.S3.ExpectedBucketOwner,
	})
	_, err := client.ListPage(t.Context(), source.ListInput{Bucket: "bucket", MaxKeys: 1})
	return err
}

func mustLoad(t *testing.T, c config.Config, opts ...Option) aws.Config {
	t.Helper()
	cfg, err := Load(t.Context(), c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestStaticKeysAndEndpoint(t *testing.T) {
	fake, url := startAWS(t)
	// What others configured for the machine must not lead elsewhere.
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "other")
	for _, ignore := range []string{"", "true"} {
		t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore)
		c := withKeys(url)
		cfg := mustLoad(t, c, WithVersion("1.2.3"))
		if n := len(fake.take()); n != 0 {
			t.Errorf("Load made %d calls", n)
		}
		if err := list(t, cfg, c); err != nil {
			t.Fatal(err)
		}
		if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		calls := fake.take()
		if len(calls) != 2 {
			t.Fatalf("%d calls", len(calls))
		}
		for _, got := range calls {
			if got.accessKey != "AKIASOURCE" || got.token != "token-hunter2" || !strings.Contains(got.userAgent, "in_stellar_aws/1.2.3") {
				t.Errorf("call is %+v", got)
			}
		}
		if calls[0].path != "/bucket" || calls[0].checksum != "" {
			t.Errorf("listing is %+v", calls[0])
		}
		if cfg.Region != "us-east-1" {
			t.Errorf("region %s", cfg.Region)
		}
	}
}

func TestDefaultChain(t *testing.T) {
	fake, url := startAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_REGION", "eu-west-1")
	c := withKeys(url)
	c.Auth = config.Auth{Method: config.AuthDefault}
	cfg := mustLoad(t, c)
	if err := list(t, cfg, c); err != nil {
		t.Fatal(err)
	}
	if got := fake.take(); len(got) != 1 || got[0].accessKey != "AKIAENV" || cfg.Region != "eu-west-1" {
		t.Errorf("calls %+v, region %s", got, cfg.Region)
	}
}

func TestNoCredentialsIsAnErrorOfTheCall(t *testing.T) {
	_, url := startAWS(t)
	c := withKeys(url)
	c.Auth = config.Auth{Method: config.AuthDefault}
	if err := list(t, mustLoad(t, c), c); err == nil || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("got %v", err)
	}
}

func TestEndpointsOfAWS(t *testing.T) {
	cleanEnvironment(t)
	for want, network := range map[string]config.Network{
		"bucket.s3.us-gov-west-1.amazonaws.com":                {},
		"s3.us-gov-west-1.amazonaws.com":                       {S3PathStyle: true},
		"bucket.s3-fips.us-gov-west-1.amazonaws.com":           {UseFIPS: true},
		"bucket.s3.dualstack.us-gov-west-1.amazonaws.com":      {UseDualStack: true},
		"bucket.s3-fips.dualstack.us-gov-west-1.amazonaws.com": {UseFIPS: true, UseDualStack: true},
	} {
		c := withKeys("")
		c.Region, c.Network = "us-gov-west-1", network
		cfg := mustLoad(t, c, WithMaxAttempts(1))
		host := ""
		cfg.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			host = r.URL.Host
			return nil, context.Canceled
		})
		if err := list(t, cfg, c); err == nil || host != want {
			t.Errorf("%+v: host %s, %v, want %s", network, host, err, want)
		}
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// Attempts are bounded, and the error comes once they are used up.
func TestAttemptsAreBounded(t *testing.T) {
	cleanEnvironment(t)
	attempts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		attempts++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	c := withKeys(server.URL)
	if err := list(t, mustLoad(t, c, WithMaxAttempts(2)), c); err == nil || attempts != 2 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
	r := settings{maxAttempts: 7}.retryer()
	delay, err := r.RetryDelay(6, context.DeadlineExceeded)
	if r.MaxAttempts() != 7 || err != nil || delay > maxBackoff {
		t.Errorf("%d attempts, delay %v, %v", r.MaxAttempts(), delay, err)
	}
}

func TestLoadFaults(t *testing.T) {
	cleanEnvironment(t)
	notPEM := writeFile(t, t.TempDir()+"/ca.pem", "no certificate")
	for want, change := range map[string]func(*config.Config){
		"load AWS settings of connector Acme/prod: read ca_file: open /none/ca.pem: no such file or directory": func(c *config.Config) { c.Network.CAFile = "/none/ca.pem" },
		"load AWS settings of connector Acme/prod: read ca_file " + notPEM + ": it holds no PEM certificate":   func(c *config.Config) { c.Network.CAFile = notPEM },
		"load AWS settings of connector Acme/prod: parse proxy_uri: it is no URL":                              func(c *config.Config) { c.Network.ProxyURI = "http://u:hunter2%zz@proxy" },
	} {
		c := withKeys("")
		change(&c)
		if _, err := Load(t.Context(), c); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	t.Setenv("AWS_PROFILE", "missing")
	if _, err := Load(t.Context(), withKeys("")); err == nil || !strings.HasPrefix(err.Error(), "load AWS settings of connector Acme/prod: ") {
		t.Errorf("got %v", err)
	}
}

// A printed aws.Config must not show what the connector holds.
func TestLoadedConfigShowsNoSecret(t *testing.T) {
	_, url := startAWS(t)
	inline := withKeys(url)
	inline.Network.ProxyURI = "http://user:hunter2@127.0.0.1:1"
	roles := inline
	roles.Auth.Method, roles.Auth.RoleARNs = config.AuthIAMRole, []string{"arn:aws:iam::123456789012:role/a"}
	for _, c := range []config.Config{inline, roles} {
		cfg := mustLoad(t, c, WithMaxAttempts(1))
		err := list(t, cfg, c)
		if err == nil {
			t.Fatal("the proxy answers")
		}
		for _, text := range []string{fmt.Sprintf("%v", cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), err.Error(), fmt.Sprintf("%+v", err)} {
			if strings.Contains(text, "hunter2") {
				t.Errorf("shown in %s", text)
			}
		}
	}
}

func TestIdleTimeoutLeavesTimeToRead(t *testing.T) {
	cleanEnvironment(t)
	client, err := httpClient(withKeys(""))
	if err != nil {
		t.Fatal(err)
	}
	read, ok := client.GetReadTimeout()
	transport := client.GetTransport()
	if !ok || read-transport.IdleConnTimeout < 30*time.Second || client.GetTimeout() != 0 {
		t.Errorf("read timeout %v, idle %v, in all %v", read, transport.IdleConnTimeout, client.GetTimeout())
	}
	if transport.MaxIdleConnsPerHost != 8 { // of 4 workers
		t.Errorf("%d idle connections a host", transport.MaxIdleConnsPerHost)
	}
}
