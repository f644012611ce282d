package config

import "time"

// The forms of an S3 object's file that file_type names.
const (
	FileGzip = "gzip"
	FileText = "text"
)

func s3Keys() []Key {
	return []Key{
		{
			Name: "sub_type", Connector: CloudTrail, Required: true,
			Allowed:     "cloudtrail, vpcflow or waf",
			Description: "what the bucket holds",
			set:         choice(func(c *Config) *SubType { return &c.S3.SubType }, SubTypeCloudTrail, SubTypeVPCFlow, SubTypeWAF),
		}, {
			Name: "bucket", Connector: CloudTrail, Required: true,
			Allowed:     "a general purpose bucket's name, or the ARN or alias of an access point",
			Description: "the bucket to read",
			set:         text(func(c *Config) *string { return &c.S3.Bucket }, validBucket),
		}, {
			Name: "prefix", Connector: CloudTrail, Required: true,
			Allowed:     "a path without a slash at either end, * for a whole segment, date variables such as //YYYY// for waf",
			Description: "where in the bucket the logs are, such as AWSLogs/123456789012/CloudTrail/us-east-1",
			set:         text(func(c *Config) *string { return &c.S3.Prefix }, nil), // see rules: needs sub_type
		}, {
			Name: "file_type", Default: FileGzip, Connector: CloudTrail,
			Allowed:     "gzip or text; gzip for cloudtrail and vpcflow",
			Description: "how the objects are stored; compression is also recognised by content",
			set:         choice(func(c *Config) *string { return &c.S3.FileType }, FileGzip, FileText),
		}, {
			Name: "sqs_queue_url", Connector: CloudTrail,
			Allowed:     "http(s)://host/ACCOUNT/QUEUE",
			Description: "take S3 event notifications from this queue instead of listing; prefix then filters",
			set:         link(func(c *Config) *string { return &c.S3.SQSQueueURL }, validQueueURL),
		}, {
			Name: "reconcile_interval", Default: "1h", Connector: CloudTrail,
			Allowed:     "a duration from 1s to 366d, or 0 for off",
			Description: "with sqs_queue_url: how often a listing checks that no notification was missed",
			set:         durationOrOff(func(c *Config) *time.Duration { return &c.S3.ReconcileInterval }),
		}, {
			Name: "request_payer", Default: "off", Connector: CloudTrail,
			Allowed:     "on or off",
			Description: "accept that the requester pays",
			set:         boolean(func(c *Config) *bool { return &c.S3.RequestPayer }),
		}, {
			Name: "expected_bucket_owner", Connector: CloudTrail,
			Allowed:     "an account id of 12 digits",
			Description: "refuse the bucket when another account owns it",
			set:         text(func(c *Config) *string { return &c.S3.ExpectedBucketOwner }, validAccount),
		}, {
			Name: "verify_digests", Default: "off", Connector: CloudTrail,
			Allowed:     "on or off; on for sub_type cloudtrail only",
			Description: "read CloudTrail's digest files as a manifest: fetch what is missing, check hash and signature, report gaps",
			set:         boolean(func(c *Config) *bool { return &c.S3.VerifyDigests }),
		}, {
			Name: "digest_keys_file", Connector: CloudTrail,
			Allowed:     "a file path; with verify_digests on",
			Description: "public keys to verify digests with, as PEM or as `aws cloudtrail list-public-keys` prints them; without it CloudTrail is asked, which needs cloudtrail:ListPublicKeys",
			set:         text(func(c *Config) *string { return &c.S3.DigestKeysFile }, printable),
		},
	}
}
