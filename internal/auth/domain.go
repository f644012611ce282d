package auth

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"in_stellar_aws/internal/config"
)

// s3Domain is a host name of Amazon S3, in the forms that users know from the
// connectors: s3.amazonaws.com, s3-REGION.amazonaws.com (and today's
// s3.REGION.amazonaws.com), each with or without "BUCKET." before it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
var s3Domain = regexp.MustCompile(`^(?:(.+)\.)?(s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?)$`)

// endpoints are where the services are reached: all of them at one address, or,
// where that is Amazon S3's own, S3 there and the others at theirs. "" is AWS's
// address for the region.
type endpoints struct{ all, s3 string }

// endpointsOf reads endpoint_url. In an S3 domain the SDK puts the bucket before
// the host by itself, so a bucket that stands there already is taken off.
func endpointsOf(c config.Config) (endpoints, error) {
	if c.Network.EndpointURL == "" {
		return endpoints{}, nil
	}
	u, err := url.Parse(c.Network.EndpointURL)
	if err != nil {
		return endpoints{}, fmt.Errorf("parse endpoint_url: %w", err)
	}
	m := s3Domain.FindStringSubmatch(strings.ToLower(u.Host))
	if m == nil {
		return endpoints{all: c.Network.EndpointURL}, nil
	}
	if m[1] != "" && m[1] != c.S3.Bucket {
		return endpoints{}, fmt.Errorf("endpoint_url %s is of bucket %s, the connector's is %s", c.Network.EndpointURL, m[1], c.S3.Bucket)
	}
	u.Host, u.Path = m[2], ""
	return endpoints{s3: u.String()}, nil
}

// forS3 is an option of the SDK's clients that has only S3's use the endpoint.
func (e endpoints) forS3(_ string, options any) {
	if o, ok := options.(*s3.Options); ok && e.s3 != "" {
		o.BaseEndpoint = aws.String(e.s3)
	}
}
