package config

import "strings"

// PartitionOf is the partition that a region is in, such as aws or aws-us-gov
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
func PartitionOf(region string) string {
	for _, p := range [...][2]string{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"}, {"eu-isoe-", "aws-iso-e"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}

// Partition is the partition that the connector works in: that of its region,
// else of the first ARN among its settings, else the commercial one.
func (c Config) Partition() string {
	if c.Region != "" {
		return PartitionOf(c.Region)
	}
	for _, arn := range append([]string{c.S3.Bucket}, c.Auth.RoleARNs...) {
		if f := strings.SplitN(arn, ":", 3); len(f) == 3 && f[0] == "arn" {
			return f[1]
		}
	}
	return "aws"
}
