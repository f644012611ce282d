package connector

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/internal/verify"
)

// digestsAfter is how long after the end of a range the digests of its log
// files may be dated.
const digestsAfter = 2 * time.Hour

// digests is what the connector verifies digests with, nil where it does not.
// It is false where ctx has ended.
func (s *S3) digests(ctx context.Context, client *source.S3Client, cfg aws.Config, st *started[*state.Connector]) (*objects.Digests, bool) {
	if !s.cfg.S3.VerifyDigests {
		return nil, true
	}
	d := &objects.Digests{Ledger: st.state, Settings: s.settings(), Interval: s.cfg.Interval}
	ok := s.insist(ctx, "prepare to verify digests", func() (err error) {
		d.Options, err = s.verifyOptions(client, cfg, st)
		return err
	})
	return d, ok
}

func (s *S3) verifyOptions(client *source.S3Client, cfg aws.Config, st *started[*state.Connector]) (o verify.Options, err error) {
	layout, err := source.CompileDigests(s.cfg.S3.Prefix)
	if err != nil {
		return o, err
	}
	of := source.Options{
		Bucket: s.cfg.S3.Bucket, Since: st.since, Until: st.until,
		Lookback: s.cfg.S3.Lookback, Workers: s.cfg.Workers,
	}
	o = verify.Options{
		Since: of.Since, Until: of.Until, Lookback: of.Lookback, Workers: s.cfg.Workers,
		Layout: s.layout, Store: client, Browser: source.NewPoller(client, s.layout, st.state, of),
		List: source.NewTrailKeys(cfg),
	}
	if !of.Until.IsZero() {
		of.Until = of.Until.Add(digestsAfter)
	}
	o.Digests = source.NewPoller(client, layout, st.state, of)
	if name := s.cfg.S3.Bucket; !isAccessPoint(name) {
		o.Bucket = name
	}
	if file := s.cfg.S3.DigestKeysFile; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return o, fmt.Errorf("read digest keys: %w", err)
		}
		if o.Keys, err = digest.ParseKeys(text); err != nil {
			return o, fmt.Errorf("read digest keys %s: %w", file, err)
		}
	}
	return o, nil
}

// isAccessPoint reports whether a bucket is known to CloudTrail by another
// name: it is an access point's ARN or alias.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
func isAccessPoint(bucket string) bool {
	return strings.HasPrefix(bucket, "arn:") || strings.HasSuffix(bucket, "-s3alias") || strings.HasSuffix(bucket, "--ol-s3")
}
