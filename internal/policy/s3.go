package policy

import (
	"net/url"
	"strings"

	"in_stellar_aws/internal/config"
)

// s3 is what a connector of S3 needs.
//
// s3:ListBucket is for the whole bucket, without a condition on s3:prefix: with
// one, S3 answers 403 instead of 404 to the GET of an object that was deleted in
// the meantime, and what is gone could not be told from what is refused.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func s3(c config.Config) []Statement {
	all := []Statement{
		ListBucket(c),
		{Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: objects(c)},
		decrypt(c),
	}
	if c.S3.SQSQueueURL != "" {
		all = append(all, ReadQueue(c))
	}
	if c.S3.VerifyDigests && c.S3.DigestKeysFile == "" {
		// It knows no resources.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
		all = append(all, Allow("cloudtrail:ListPublicKeys", "*"))
	}
	return all
}

// s3Notes say what a policy cannot know.
func s3Notes(c config.Config) []string {
	notes := []string{`"OnlyWithSSEKMS" is for objects that are encrypted with a KMS key: remove it otherwise; else put the key's ARN in place of "*".`}
	if strings.HasSuffix(c.S3.Bucket, "-s3alias") {
		notes = append(notes, "The bucket is an access point's alias, which policies do not know: put the access point's ARN in its place.")
	}
	return notes
}

// ListBucket lets the bucket be listed.
func ListBucket(c config.Config) Statement { return Allow("s3:ListBucket", bucketARN(c)) }

// GetObject lets the object with this key be read.
func GetObject(c config.Config, key string) Statement {
	return Allow("s3:GetObject", objectARN(c, key))
}

// ReadQueue lets the notifications be taken from the queue.
func ReadQueue(c config.Config) Statement {
	return Statement{
		Effect:   "Allow",
		Action:   []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"},
		Resource: []string{queueARN(c)},
	}
}

func bucketARN(c config.Config) string {
	if strings.HasPrefix(c.S3.Bucket, "arn:") {
		return c.S3.Bucket
	}
	return "arn:" + c.Partition() + ":s3:::" + c.S3.Bucket
}

// objectARN is an object's ARN; of an access point's they lie below "object".
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func objectARN(c config.Config, key string) string {
	if strings.HasPrefix(c.S3.Bucket, "arn:") {
		return c.S3.Bucket + "/object/" + key
	}
	return bucketARN(c) + "/" + key
}

// objects are the ARNs of all that the prefix stands for. A "*" of a policy
// goes across slashes, as the prefix's does not: it never stands for less.
func objects(c config.Config) []string {
	all := []string{objectARN(c, pattern(c.S3.Prefix)+"/*")}
	if c.S3.VerifyDigests {
		// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
		digests := strings.Replace(c.S3.Prefix+"/", "/CloudTrail/", "/CloudTrail-Digest/", 1)
		all = appendNew(all, objectARN(c, pattern(digests)+"*"))
	}
	return all
}

// pattern is the prefix with "*" in place of its date variables.
func pattern(prefix string) string {
	parts, err := config.SplitPrefix(prefix)
	if err != nil {
		return prefix // config has checked it
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Variable != "" {
			b.WriteByte('*')
		}
		b.WriteString(p.Literal)
	}
	return b.String()
}

// decrypt lets objects be decrypted with any key, but only by S3 and only
// those of the bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func decrypt(c config.Config) Statement {
	region := c.Region
	if region == "" {
		region = "*"
	}
	domain := ".amazonaws.com"
	if c.Partition() == "aws-cn" {
		domain = ".amazonaws.com.cn"
	}
	condition := map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3." + region + domain}}}
	if !strings.HasPrefix(c.S3.Bucket, "arn:") { // an access point's ARN does not name its bucket
		condition["StringLike"]["kms:EncryptionContext:aws:s3:arn"] = []string{bucketARN(c), bucketARN(c) + "/*"}
	}
	return Statement{
		Sid: "OnlyWithSSEKMS", Effect: "Allow", Action: []string{"kms:Decrypt"},
		Resource: []string{"*"}, Condition: condition,
	}
}

// queueARN is the ARN of https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE.
func queueARN(c config.Config) string {
	u, err := url.Parse(c.S3.SQSQueueURL)
	if err != nil {
		return "*" // config has checked it
	}
	region := c.Region
	if f := strings.Split(u.Hostname(), "."); len(f) > 2 && (f[0] == "sqs" || f[0] == "sqs-fips") {
		region = f[1]
	}
	if region == "" {
		region = "*"
	}
	path := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(path) < 2 {
		return "*"
	}
	account, name := path[len(path)-2], path[len(path)-1]
	partition := c.Partition()
	if region != "*" {
		partition = config.PartitionOf(region)
	}
	return "arn:" + partition + ":sqs:" + region + ":" + account + ":" + name
}
