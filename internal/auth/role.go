package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/internal/config"
)

const (
	// sessionLength is what every role allows, and the most that a role assumed
	// from another one does.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
	sessionLength = time.Hour
	// refreshAhead is how long before its end a session is replaced at the latest.
	refreshAhead = 5 * time.Minute
	// maxSessionName is STS's limit for a session's name.
	maxSessionName = 64
)

// assumeRoles provides the credentials of the last role, each role being
// assumed with those of the one before and the first with cfg's own. The
// external id goes with the last role only: that one is the customer's, the
// ones before are steps within the accounts of whoever runs the connector.
func assumeRoles(cfg aws.Config, c config.Config, r *refresher) aws.CredentialsProvider {
	for i, arn := range c.Auth.RoleARNs {
		last := i == len(c.Auth.RoleARNs)-1
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), arn, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName(c)
			o.Duration = sessionLength
			if last && c.Auth.ExternalID != "" {
				o.ExternalID = aws.String(c.Auth.ExternalID)
			}
		})
		cfg.Credentials = aws.NewCredentialsCache(&role{arn: arn, provider: provider}, func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = refreshAhead
			o.ExpiryWindowJitterFrac = 0.5 // connectors that started together do not refresh together
		})
		r.keep(cfg.Credentials)
	}
	return cfg.Credentials
}

// role names the role in the errors of its provider.
type role struct {
	arn      string
	provider aws.CredentialsProvider
}

// Retrieve implements aws.CredentialsProvider.
func (r *role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := r.provider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("assume role %s: %w", r.arn, err)
	}
	return creds, nil
}

// sessionName is what the user chose, or in_stellar_aws-NAME with what STS does
// not take in NAME turned into "-".
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func sessionName(c config.Config) string {
	if c.Auth.RoleSessionName != "" {
		return c.Auth.RoleSessionName
	}
	name := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("_+=,.@-", r) {
			return r
		}
		return '-'
	}, "in_stellar_aws-"+c.Name)
	return name[:min(len(name), maxSessionName)]
}

// homeRegion is the region in which the partition of the first role, else the
// commercial one, has its global services.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func homeRegion(roleARNs []string) string {
	partition := ""
	if len(roleARNs) > 0 {
		if parts := strings.SplitN(roleARNs[0], ":", 3); len(parts) == 3 {
			partition = parts[1]
		}
	}
	switch partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-iso":
		return "us-iso-east-1"
	case "aws-iso-b":
		return "us-isob-east-1"
	case "aws-iso-e":
		return "eu-isoe-west-1"
	case "aws-iso-f":
		return "us-isof-south-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	default:
		return "us-east-1"
	}
}
