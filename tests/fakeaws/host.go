package fakeaws

import (
	"net"
	"strings"
)

// hostName is what a Host header says of a request. Everything is empty for a
// plain address, where the path names the bucket and the signature the rest.
type hostName struct {
	service, region, bucket string
	// global marks an amazonaws.com name without a region.
	global bool
}

// parseHost reads AWS's endpoint names: SERVICE.REGION.amazonaws.com with its
// FIPS, dual-stack and China forms, virtual-hosted S3 buckets before them, and
// BUCKET.localhost for tests.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func parseHost(host string) hostName {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if bucket, ok := strings.CutSuffix(host, ".localhost"); ok {
		return hostName{service: "s3", bucket: bucket}
	}
	name, ok := cutAWSDomain(host)
	if !ok {
		return hostName{}
	}
	labels := strings.Split(name, ".")
	// The last label that names the service: a bucket may contain dots, and
	// labels that look like services, before it.
	for i := len(labels) - 1; i >= 0; i-- {
		service, region, ok := serviceLabel(labels[i])
		if !ok {
			continue
		}
		for _, label := range labels[i+1:] {
			if label != "dualstack" {
				region = label
			}
		}
		return hostName{service: service, region: region, bucket: strings.Join(labels[:i], "."), global: region == ""}
	}
	return hostName{}
}

func cutAWSDomain(host string) (string, bool) {
	for _, domain := range []string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws"} {
		if name, ok := strings.CutSuffix(host, domain); ok {
			return name, true
		}
	}
	return "", false
}

// serviceLabel reads "s3", "s3-fips", "sts-fips" and the old "s3-us-west-2".
func serviceLabel(label string) (service, region string, ok bool) {
	service, suffix, _ := strings.Cut(label, "-")
	switch service {
	case "s3":
		if suffix != "fips" {
			region = suffix
		}
		return service, region, true
	case "sts", "logs", "sqs", "cloudtrail":
		return service, "", suffix == "" || suffix == "fips"
	}
	return "", "", false
}
