package auth

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// signer signs the requests of one client. The SDK's own keeps what it derives
// from a secret until the day ends, by the access key's id alone: a secret that
// is put right in its file, under the same id, would be used tomorrow.
type signer struct {
	options func(*v4.SignerOptions)

	mu      sync.Mutex
	secret  string
	current *v4.Signer // what it has derived is from secret
}

// SignHTTP implements the HTTPSignerV4 of every service.
func (s *signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, at time.Time, more ...func(*v4.SignerOptions)) error {
	return s.of(c.SecretAccessKey).SignHTTP(ctx, c, r, hash, service, region, at, more...)
}

func (s *signer) of(secret string) *v4.Signer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.secret != secret {
		s.secret, s.current = secret, v4.NewSigner(s.options)
	}
	return s.current
}

// withSigner is an option of the SDK's clients.
func withSigner(_ string, options any) {
	plain := &signer{options: func(*v4.SignerOptions) {}}
	switch o := options.(type) {
	case *s3.Options: // whose paths are signed as they are sent, as by the SDK's own
		o.HTTPSignerV4 = &signer{options: func(so *v4.SignerOptions) { so.DisableURIPathEscaping = true }}
	case *sts.Options:
		o.HTTPSignerV4 = plain
	case *sqs.Options:
		o.HTTPSignerV4 = plain
	case *cloudwatchlogs.Options:
		o.HTTPSignerV4 = plain
	case *cloudtrail.Options:
		o.HTTPSignerV4 = plain
	}
}
