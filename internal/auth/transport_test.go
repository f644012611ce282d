package auth

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

func TestProxyIsUsedWithItsPassword(t *testing.T) {
	fake, proxy := startAWS(t)
	c := withRoles("http://aws.invalid")
	c.Auth.RoleARNs = threeRoles[:1]
	c.Network.ProxyURI = config.Secret(strings.Replace(proxy, "http://", "http://user:pa%2Fhunter2@", 1))
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	if err := list(t, mustLoad(t, c), c); err != nil {
		t.Fatal(err)
	}
	calls := fake.take()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:pa/hunter2"))
	for _, got := range calls { // STS as well as S3
		if got.host != "aws.invalid" || got.proxyAuth != want {
			t.Errorf("call is %+v", got)
		}
	}
}

// A proxy that refuses the password, or cannot be reached, is not to have it
// shown in the error.
func TestProxyPasswordIsInNoError(t *testing.T) {
	cleanEnvironment(t)
	for _, endpoint := range []string{"http://aws.invalid", "https://aws.invalid"} {
		c := withKeys(endpoint)
		c.Network.ProxyURI = "http://user:hunter2@127.0.0.1:1"
		err := list(t, mustLoad(t, c, WithMaxAttempts(1)), c)
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "proxyconnect") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestProxyIsNotForTheMachinesOwnServices(t *testing.T) {
	proxy, err := proxyFunc("http://user:hunter2@proxy:3128")
	if err != nil {
		t.Fatal(err)
	}
	for target, direct := range map[string]bool{
		"http://169.254.169.254/latest":     true,
		"http://169.254.170.2/v2":           true,
		"http://[fd00:ec2::254]/latest":     true,
		"http://[fe80::1]/":                 true,
		"https://s3.amazonaws.com/":         false,
		"http://127.0.0.1:9000/":            false,
		"https://169.254.169.254.evil.com/": false,
	} {
		got, err := proxy(httptest.NewRequest(http.MethodGet, target, nil))
		if err != nil || (got == nil) != direct {
			t.Errorf("%s: through a proxy: %v, %v", target, got != nil, err)
		}
	}
}

func TestCAFile(t *testing.T) {
	cleanEnvironment(t)
	fake := &fakeAWS{expires: time.Now}
	server := httptest.NewTLSServer(fake)
	defer server.Close()
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	c := withKeys(server.URL)
	if err := list(t, mustLoad(t, c, WithMaxAttempts(1)), c); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate is trusted: %v", err)
	}
	c.Network.CAFile = writeFile(t, t.TempDir()+"/ca.pem", certificate)
	if err := list(t, mustLoad(t, c), c); err != nil {
		t.Errorf("with ca_file: %v", err)
	}
	c.Network.CAFile = ""
	t.Setenv("AWS_CA_BUNDLE", writeFile(t, t.TempDir()+"/ca.pem", certificate))
	if err := list(t, mustLoad(t, c), c); err != nil {
		t.Errorf("with AWS_CA_BUNDLE: %v", err)
	}
}

// An address that does not speak TLS is told at once.
func TestNoTLS(t *testing.T) {
	cleanEnvironment(t)
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c := withKeys(strings.Replace(server.URL, "http://", "https://", 1))
	var tries atomic.Int64
	err := list(t, mustLoad(t, c, WithObserver(func(string, string, error) { tries.Add(1) })), c)
	if !errors.Is(err, http.ErrSchemeMismatch) || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

// A proxy of the environment that is no URL would be passed over by net/http, in
// silence.
func TestProxyOfTheEnvironment(t *testing.T) {
	for value, ok := range map[string]bool{
		"http://user:p%25ss@proxy:3128": true, "proxy:3128": true, "proxy.example.com": true, "http://10.0.0.1:3128": true,
		"http://user:100%hunter2@proxy:3128": false, "http://user:hunter2@[::1": false, "user:100%hunter2@proxy:3128": false,
	} {
		for _, name := range []string{"HTTPS_PROXY", "http_proxy"} {
			t.Run(name+" "+value, func(t *testing.T) {
				cleanEnvironment(t)
				t.Setenv(name, value)
				_, err := Load(t.Context(), withKeys("http://aws.invalid"))
				if (err == nil) != ok || err != nil && (strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "parse "+name)) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}
