package config

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
)

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// Access points, also of Object Lambda, of Outposts and multi-region ones.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
	accessPointARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3(-object-lambda)?:[a-z0-9-]*:[0-9]{12}:accesspoint/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	outpostsARN    = regexp.MustCompile(`^arn:aws[a-z-]*:s3-outposts:[a-z0-9-]+:[0-9]{12}:outpost/[a-z0-9-]+/accesspoint/[a-z0-9-]{3,50}$`)
)

// validBucket follows the rules for general purpose buckets, and takes the
// aliases of access points, which are written like one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func validBucket(s string) error {
	if isBucketARN(s) {
		if accessPointARN.MatchString(s) || outpostsARN.MatchString(s) {
			return nil
		}
		return errors.New("is no access point's ARN: want arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, or a bucket's name instead of its ARN")
	}
	switch {
	case strings.Contains(s, "/"):
		return errors.New("holds a slash: want the bucket's name alone, its path belongs to prefix")
	case !bucketName.MatchString(s):
		return errors.New("is no bucket name: want 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends")
	case strings.Contains(s, ".."):
		return errors.New("is no bucket name: it holds two dots in a row")
	case isIPv4(s):
		return errors.New("is no bucket name: it is written like an IP address")
	case strings.HasPrefix(s, "xn--"), strings.HasPrefix(s, "sthree-"):
		return errors.New("is no bucket name: it begins with a reserved prefix")
	case strings.HasSuffix(s, "--x-s3"):
		return errors.New("is a directory bucket, which does not list its keys in order: want a general purpose bucket")
	case strings.HasSuffix(s, "--table-s3"):
		return errors.New("is a table bucket: want a general purpose bucket")
	}
	return nil
}

func isBucketARN(s string) bool { return strings.HasPrefix(s, "arn:") }

func isIPv4(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is4()
}
