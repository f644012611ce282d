package auth

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"in_stellar_aws/internal/config"
)

const (
	dialTimeout = 10 * time.Second
	tlsTimeout  = 10 * time.Second
	// readTimeout is how long a connection may be silent, be it before the
	// answer or within a body. There is none for a whole request: an object may
	// have 5 GB and its reader may be held up by the host.
	readTimeout = 60 * time.Second
	// idleTimeout must be well below readTimeout: that one counts from the
	// moment a connection falls idle, so a request sent late on it would be left
	// with the rest.
	idleTimeout = 20 * time.Second
)

// httpClient makes the client that all services of a connector share, and with
// it one pool of connections. It is of the SDK's own type, since only to that
// does the SDK add what AWS_CA_BUNDLE names.
func httpClient(c config.Config) (*awshttp.BuildableClient, error) {
	roots, err := rootCAs(c.Network.CAFile)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(c.Network.ProxyURI)
	if err != nil {
		return nil, err
	}
	perHost := 2 * max(c.Workers, 1) // a fetch and a listing for each worker
	return awshttp.NewBuildableClient().
		WithReadTimeout(readTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.Proxy = proxy
			t.TLSHandshakeTimeout = tlsTimeout
			t.IdleConnTimeout = idleTimeout
			t.MaxIdleConnsPerHost = perHost
			t.MaxIdleConns = 4 * perHost
			if roots != nil {
				if t.TLSClientConfig == nil {
					t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
				}
				t.TLSClientConfig.RootCAs = roots
			}
		}), nil
}

// rootCAs are the system's certificates and those of the file; nil, which means
// the system's, without a file.
func rootCAs(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read ca_file %s: it holds no PEM certificate", file)
	}
	return pool, nil
}

// proxyFunc sends every request through the proxy, but for those to the
// credential services of an EC2 instance or a container, which only the machine
// itself can reach. Without a proxy_uri the environment decides.
func proxyFunc(uri config.Secret) (func(*http.Request) (*url.URL, error), error) {
	if uri == "" {
		return http.ProxyFromEnvironment, checkEnvironment()
	}
	proxy, err := url.Parse(uri.Reveal())
	if err != nil {
		return nil, errors.New("parse proxy_uri: it is no URL") // err would show the password
	}
	return func(r *http.Request) (*url.URL, error) {
		if isMachineLocal(r.URL.Hostname()) {
			return nil, nil
		}
		return proxy, nil
	}, nil
}

// checkEnvironment refuses proxies that are no URLs: net/http passes over them in
// silence, and asks AWS without.
func checkEnvironment() error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		value := os.Getenv(name)
		if !strings.Contains(value, "://") { // it may do without
			value = "http://" + value
		}
		if _, err := url.Parse(value); err != nil { // err would show the password
			return fmt.Errorf("parse %s of the environment: it is no URL; percent-encode what is special in user and password", name)
		}
	}
	return nil
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
var ec2ServicesIPv6 = netip.MustParsePrefix("fd00:ec2::/32")

func isMachineLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.IsLinkLocalUnicast() || ec2ServicesIPv6.Contains(addr))
}
