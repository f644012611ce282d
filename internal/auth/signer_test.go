package auth

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestSecretUnderTheSameID signs with one client of each service, before and
// after a secret was replaced under its access key's id: each time as the SDK
// does that has never seen another.
func TestSecretUnderTheSameID(t *testing.T) {
	cleanEnvironment(t)
	cfg := mustLoad(t, withKeys("http://aws.invalid"))
	type signs interface {
		SignHTTP(context.Context, aws.Credentials, *http.Request, string, string, string, time.Time, ...func(*v4.SignerOptions)) error
	}
	raw := func(so *v4.SignerOptions) { so.DisableURIPathEscaping = true }
	for name, test := range map[string]struct {
		client signs
		sdk    []func(*v4.SignerOptions)
	}{
		"s3":         {s3.NewFromConfig(cfg).Options().HTTPSignerV4, []func(*v4.SignerOptions){raw}},
		"sts":        {sts.NewFromConfig(cfg).Options().HTTPSignerV4, nil},
		"sqs":        {sqs.NewFromConfig(cfg).Options().HTTPSignerV4, nil},
		"logs":       {cloudwatchlogs.NewFromConfig(cfg).Options().HTTPSignerV4, nil},
		"cloudtrail": {cloudtrail.NewFromConfig(cfg).Options().HTTPSignerV4, nil},
	} {
		t.Run(name, func(t *testing.T) {
			sign := func(s signs, secret string) string {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://aws.invalid/a%20b/c", nil)
				if err != nil {
					t.Fatal(err)
				}
				c := aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: secret}
				if err := s.SignHTTP(t.Context(), c, r, "UNSIGNED-PAYLOAD", name, "us-east-1", time.Unix(1_800_000_000, 0)); err != nil {
					t.Fatal(err)
				}
				return r.Header.Get("Authorization")
			}
			for _, secret := range []string{"one", "one", "two", "one"} {
				if got, want := sign(test.client, secret), sign(v4.NewSigner(test.sdk...), secret); got != want {
					t.Errorf("secret %s: got %s, want %s", secret, got, want)
				}
			}
		})
	}
}
