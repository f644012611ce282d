// Package auth turns a connector's settings into an aws.Config: credentials,
// proxy, endpoint, timeouts and retries. Every AWS client of the project is made
// from what Load returns.
package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"in_stellar_aws/internal/config"
)

// maxBackoff bounds the wait between two attempts. Callers have retries of
// their own, over minutes and hours; the SDK's are for the passing fault.
const maxBackoff = 5 * time.Second

type settings struct {
	version     string
	maxAttempts int
	observer    func(service, operation string, err error)
}

// Option changes what Load does by default.
type Option func(*settings)

// WithVersion names the plugin's version in the user agent; "dev" by default.
func WithVersion(version string) Option {
	return func(s *settings) { s.version = version }
}

// WithMaxAttempts bounds how often a call is tried in all; 5 by default.
func WithMaxAttempts(n int) Option {
	return func(s *settings) { s.maxAttempts = n }
}

// WithObserver has f told of every request to AWS, repeated ones too: SDK's
// name of the service, the operation, and the error that came of it.
func WithObserver(f func(service, operation string, err error)) Option {
	return func(s *settings) { s.observer = f }
}

// Load makes the aws.Config of one connector. It reads files and the
// environment but makes no call to AWS: credentials are fetched by the first
// request, and again before they expire. No error of it or of its credentials
// shows a secret.
//
// Where the connector has no region, that of the environment or the shared
// files applies, else the partition's first one: it serves STS and the search
// for the bucket's region.
func Load(ctx context.Context, c config.Config, opts ...Option) (aws.Config, error) {
	s := settings{version: "dev", maxAttempts: 5}
	for _, opt := range opts {
		opt(&s)
	}
	cfg, err := s.load(ctx, c)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings of connector %s: %w", c.Name, err)
	}
	return cfg, nil
}

func (s settings) load(ctx context.Context, c config.Config) (aws.Config, error) {
	client, err := httpClient(c)
	if err != nil {
		return aws.Config{}, err
	}
	at, err := endpointsOf(c)
	if err != nil {
		return aws.Config{}, err
	}
	load := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(client),
		awsconfig.WithRegion(c.Region), // "" is ignored
		awsconfig.WithDefaultRegion(homeRegion(c.Auth.RoleARNs)),
		awsconfig.WithRetryer(s.retryer),
		awsconfig.WithBaseEndpoint(at.all), // "" is ignored
	}
	keys := keysOf(c.Auth)
	if keys != nil {
		load = append(load, awsconfig.WithCredentialsProvider(aws.NewCredentialsCache(keys)))
	}
	if c.Network.UseFIPS {
		load = append(load, awsconfig.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if c.Network.UseDualStack {
		load = append(load, awsconfig.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return aws.Config{}, err
	}
	if at.all != "" {
		// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is about what others configured.
		cfg.BaseEndpoint = aws.String(at.all)
	}
	cfg.ServiceOptions = append(cfg.ServiceOptions, at.forS3, withSigner)
	cfg.Logger = nil // the SDK's own writes past the host's log, to stderr
	cfg.APIOptions = append(cfg.APIOptions, awsmiddleware.AddUserAgentKeyValue("in_stellar_aws", s.version))
	if s.observer != nil {
		cfg.APIOptions = append(cfg.APIOptions, observe(s.observer))
	}
	r := &refresher{now: time.Now}
	if keys == nil {
		r.source = &chain{current: cfg.Credentials, load: func(ctx context.Context) (aws.CredentialsProvider, error) {
			again, err := awsconfig.LoadDefaultConfig(ctx, load...)
			return again.Credentials, err
		}}
		cfg.Credentials = aws.NewCredentialsCache(r.source)
	}
	r.keep(cfg.Credentials)
	cfg.APIOptions = append(cfg.APIOptions, r.add)
	if c.Auth.Method == config.AuthIAMRole {
		cfg.Credentials = assumeRoles(cfg, c, r)
	}
	return cfg, nil
}

// retryer is a standard one: an adaptive one waits, without a bound, inside a
// call once AWS throttles, where callers want the error.
func (s settings) retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = s.maxAttempts
		o.MaxBackoff = maxBackoff
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(hopeless)}, o.Retryables...)
	})
}

// hopeless are errors that another attempt does not mend: a certificate that is
// not trusted, an answer without TLS, a proxy that refuses the password, and
// credentials that have had their attempts already. The SDK would try each five
// times, and five times five with a role, a minute and more in which nothing is
// said.
func hopeless(err error) aws.Ternary {
	refused := strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)) // of a tunnel; net/http gives no type
	mismatch := errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, new(*tls.CertificateVerificationError))
	if refused || mismatch || errors.As(err, new(*retry.MaxAttemptsError)) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}
