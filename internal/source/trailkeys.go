package source

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
)

// PublicKey is a key whose private half signs CloudTrail's digest files.
type PublicKey struct {
	DER         []byte
	Fingerprint string
}

// TrailKeys lists the public keys of digest files through the AWS SDK. It is
// safe for concurrent use. It needs the permission cloudtrail:ListPublicKeys.
type TrailKeys struct{ cfg aws.Config }

// NewTrailKeys makes a client. It asks nothing of CloudTrail.
func NewTrailKeys(cfg aws.Config) *TrailKeys { return &TrailKeys{cfg: cfg} }

// PublicKeys lists the keys that a region's digests were signed with at some
// time of the range. Every region has its own.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
func (k *TrailKeys) PublicKeys(ctx context.Context, region string, from, to time.Time) ([]PublicKey, error) {
	api := cloudtrail.NewFromConfig(k.cfg, func(o *cloudtrail.Options) { o.Region = region })
	var keys []PublicKey
	for in := (&cloudtrail.ListPublicKeysInput{StartTime: &from, EndTime: &to}); ; {
		page, err := api.ListPublicKeys(ctx, in)
		if err != nil {
			class, _ := classOfJSON(err)
			return nil, &KeysError{Region: region, Class: class, Err: err}
		}
		for _, key := range page.PublicKeyList {
			keys = append(keys, PublicKey{DER: key.Value, Fingerprint: aws.ToString(key.Fingerprint)})
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return keys, nil
		}
	}
}

// KeysError is a failed request for public keys.
type KeysError struct {
	Region string
	Class  Class
	Err    error
}

// Error names the operation and the region.
func (e *KeysError) Error() string {
	return fmt.Sprintf("ListPublicKeys in %s: %v", e.Region, e.Err)
}

// Unwrap is the SDK's error.
func (e *KeysError) Unwrap() error { return e.Err }

// Is makes errors.Is find a transient fault, which is worth another try.
func (e *KeysError) Is(target error) bool { return target == ErrTransient && e.Class == Transient }
