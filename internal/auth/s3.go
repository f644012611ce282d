package auth

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"in_stellar_aws/internal/config"
)

// S3Options is what an S3 client needs besides the aws.Config:
//
//	s3.NewFromConfig(cfg, auth.S3Options(c))
//
// Checksums are left to where S3 requires them. Otherwise the SDK asks for the
// checksum of each object and computes it over the whole body, which costs a
// second pass of the CPU over data that gzip's own CRC covers; it can check
// neither a range nor an object uploaded in parts, and logs a warning for each
// of those; and S3-compatible stores may refuse the header.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
func S3Options(c config.Config) func(*s3.Options) {
	return func(o *s3.Options) {
		o.UsePathStyle = c.Network.S3PathStyle
		o.UseARNRegion = true // an access point's ARN names its region
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
		// Directory buckets are refused; their session call needs a permission
		// that connectors are not granted.
		o.DisableS3ExpressSessionAuth = aws.Bool(true)
	}
}
