package auth

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/internal/config"
)

// TestHosts holds which host each service is asked at, for every partition and
// every form in which users know S3's.
func TestHosts(t *testing.T) {
	cleanEnvironment(t)
	const gov, china = "us-gov-west-1", "cn-north-1"
	for name, test := range map[string]struct {
		region, endpoint string
		network          config.Network
		roles            []string // for the home region, where region is ""
		s3, logs, sts    string
	}{
		"commercial": {region: "eu-west-1", s3: "bucket.s3.eu-west-1.amazonaws.com", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"GovCloud":   {region: gov, s3: "bucket.s3.us-gov-west-1.amazonaws.com", logs: "logs.us-gov-west-1.amazonaws.com", sts: "sts.us-gov-west-1.amazonaws.com"},
		"China":      {region: china, s3: "bucket.s3.cn-north-1.amazonaws.com.cn", logs: "logs.cn-north-1.amazonaws.com.cn", sts: "sts.cn-north-1.amazonaws.com.cn"},
		"by role":    {roles: []string{"arn:aws-cn:iam::111111111111:role/r"}, s3: "bucket.s3.cn-north-1.amazonaws.com.cn", logs: "logs.cn-north-1.amazonaws.com.cn", sts: "sts.cn-north-1.amazonaws.com.cn"},
		"path style": {region: "eu-west-1", network: config.Network{S3PathStyle: true}, s3: "s3.eu-west-1.amazonaws.com/bucket", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"FIPS":       {region: gov, network: config.Network{UseFIPS: true}, s3: "bucket.s3-fips.us-gov-west-1.amazonaws.com", logs: "logs.us-gov-west-1.amazonaws.com", sts: "sts.us-gov-west-1.amazonaws.com"},
		"FIPS east":  {region: "us-east-1", network: config.Network{UseFIPS: true}, s3: "bucket.s3-fips.us-east-1.amazonaws.com", logs: "logs-fips.us-east-1.amazonaws.com", sts: "sts-fips.us-east-1.amazonaws.com"},
		"dual stack": {region: "eu-west-1", network: config.Network{UseDualStack: true}, s3: "bucket.s3.dualstack.eu-west-1.amazonaws.com", logs: "logs.eu-west-1.api.aws", sts: "sts.eu-west-1.api.aws"},

		// The three forms of the connector, and today's.
		"s3.amazonaws.com":                    {region: "eu-west-1", endpoint: "https://s3.amazonaws.com", s3: "bucket.s3.amazonaws.com", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"s3-REGION.amazonaws.com":             {region: "eu-west-1", endpoint: "https://s3-eu-west-1.amazonaws.com", s3: "bucket.s3-eu-west-1.amazonaws.com", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"BUCKET.s3.amazonaws.com":             {region: "eu-west-1", endpoint: "https://bucket.s3.amazonaws.com/", s3: "bucket.s3.amazonaws.com", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"BUCKET.s3-REGION.amazonaws.com":      {region: "eu-west-1", endpoint: "https://bucket.s3-eu-west-1.amazonaws.com", s3: "bucket.s3-eu-west-1.amazonaws.com", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"s3.REGION.amazonaws.com, path style": {region: "eu-west-1", endpoint: "https://s3.eu-west-1.amazonaws.com", network: config.Network{S3PathStyle: true}, s3: "s3.eu-west-1.amazonaws.com/bucket", logs: "logs.eu-west-1.amazonaws.com", sts: "sts.eu-west-1.amazonaws.com"},
		"s3.REGION.amazonaws.com.cn":          {region: china, endpoint: "https://s3.cn-north-1.amazonaws.com.cn", s3: "bucket.s3.cn-north-1.amazonaws.com.cn", logs: "logs.cn-north-1.amazonaws.com.cn", sts: "sts.cn-north-1.amazonaws.com.cn"},

		// Elsewhere than Amazon, one address serves all.
		"store":            {region: "x", endpoint: "http://minio:9000", network: config.Network{S3PathStyle: true}, s3: "minio:9000/bucket", logs: "minio:9000", sts: "minio:9000"},
		"looks like AWS's": {region: "x", endpoint: "https://s3.amazonaws.com.example.org", s3: "bucket.s3.amazonaws.com.example.org", logs: "s3.amazonaws.com.example.org", sts: "s3.amazonaws.com.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			c := withKeys(test.endpoint)
			c.Region, c.S3.Bucket = test.region, "bucket"
			endpoint := c.Network.EndpointURL
			c.Network = test.network
			c.Network.EndpointURL = endpoint
			c.Auth.RoleARNs = test.roles // the method stays that of the keys
			cfg := mustLoad(t, c, WithMaxAttempts(1))
			asked := ""
			cfg.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.Host + strings.TrimSuffix(r.URL.Path, "/")
				return nil, context.Canceled
			})
			_ = list(t, cfg, c) // cancelled, like those below
			if asked != test.s3 {
				t.Errorf("S3 at %s, want %s", asked, test.s3)
			}
			_, _ = cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(t.Context(), nil)
			if asked != test.logs {
				t.Errorf("CloudWatch Logs at %s, want %s", asked, test.logs)
			}
			_, _ = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			if asked != test.sts {
				t.Errorf("STS at %s, want %s", asked, test.sts)
			}
		})
	}
}

func TestDomainOfAnotherBucket(t *testing.T) {
	cleanEnvironment(t)
	c := withKeys("https://theirs.s3.amazonaws.com")
	c.S3.Bucket = "ours"
	if _, err := Load(t.Context(), c); err == nil || !strings.Contains(err.Error(), "is of bucket theirs, the connector's is ours") {
		t.Errorf("got %v", err)
	}
}

// connectProxy is a proxy that tunnels to one address whatever is asked for, for
// those who know the password.
type connectProxy struct {
	to   string
	auth string

	mu   sync.Mutex
	seen []string
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Header.Get("Proxy-Authorization") != p.auth {
		w.Header().Set("Proxy-Authenticate", "Basic")
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	var tunnel sync.WaitGroup
	tunnel.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
	tunnel.Go(func() { _, _ = io.Copy(client, server); _ = client.Close() })
}

// TestTunnel reaches AWS by TLS through a proxy with user and password, with the
// certificate of a private authority; a wrong password is refused, and shown
// nowhere.
func TestTunnel(t *testing.T) {
	cleanEnvironment(t)
	aws := newCloud(t)
	server := httptest.NewTLSServer(aws.Server)
	defer server.Close()
	proxy := &connectProxy{to: server.Listener.Addr().String(), auth: "Basic " + base64.StdEncoding.EncodeToString([]byte("user:p@ss/hunter2"))}
	front := httptest.NewServer(proxy)
	defer front.Close()
	at := func(password string) config.Secret {
		u, err := url.Parse(front.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("user", password)
		return config.Secret(u.String())
	}

	c := withKeys("https://example.com") // httptest's certificate is for this name
	c.Auth = roles(keys("AKIAOWN"), "", ownRole)
	c.Network.CAFile = writeFile(t, t.TempDir()+"/ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	c.Network.ProxyURI = at("p@ss/hunter2")
	if err := list(t, mustLoad(t, c, WithMaxAttempts(1)), c); err != nil {
		t.Fatal(err)
	}
	if len(proxy.seen) == 0 || proxy.seen[0] != "CONNECT example.com:443" {
		t.Errorf("the proxy saw %q", proxy.seen)
	}

	// Neither is tried again: that would only keep the connector from saying so.
	c.Network.ProxyURI = at("wrong-hunter2")
	var tries atomic.Int64
	count := WithObserver(func(string, string, error) { tries.Add(1) })
	err := list(t, mustLoad(t, c, count), c)
	if err == nil || !strings.Contains(err.Error(), "Proxy Authentication Required") || tries.Load() != 1 {
		t.Errorf("got %v after %d tries", err, tries.Load())
	}
	wantNoSecret(t, err.Error())

	c.Network.ProxyURI, c.Network.CAFile = at("p@ss/hunter2"), ""
	tries.Store(0)
	if err := list(t, mustLoad(t, c, count), c); err == nil || !strings.Contains(err.Error(), "certificate") || tries.Load() != 1 {
		t.Errorf("an unknown certificate is trusted: %v after %d tries", err, tries.Load())
	}
}
