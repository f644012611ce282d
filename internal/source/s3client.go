package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// S3Options are what an S3Client needs beside credentials.
type S3Options struct {
	Bucket              string
	Region              string // "": found by Connect
	PathStyle           bool
	RequestPayer        bool   // the requester pays
	ExpectedBucketOwner string // account; "": any
}

// S3Client lists and opens through the AWS SDK. It is safe for concurrent use.
type S3Client struct {
	api *s3.Client
	o   S3Options
	// sleep waits between tries of a cut body.
	sleep func(context.Context, time.Duration) error
}

// NewS3Client makes a client that uses cfg's region. It asks nothing of S3.
func NewS3Client(cfg aws.Config, o S3Options) *S3Client {
	api := s3.NewFromConfig(cfg, func(so *s3.Options) {
		so.UsePathStyle = o.PathStyle
		so.UseARNRegion = true // an access point's ARN names its region
		// Otherwise the SDK asks for the checksum of each object and computes it
		// over the whole body, a second pass over what gzip's own CRC covers; it
		// can check neither a range nor an object uploaded in parts, and logs a
		// warning for each of those; and S3-compatible stores may refuse the header.
		// https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
		so.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		so.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		so.DisableLogOutputChecksumValidationSkipped = true
		// Directory buckets are refused; their session call needs a permission
		// that connectors are not granted.
		so.DisableS3ExpressSessionAuth = aws.Bool(true)
	})
	return &S3Client{api: api, o: o, sleep: sleep}
}

// Connect makes a client for the region that the bucket is in, which it
// returns too: the one of o, else what S3 says, else cfg's.
func Connect(ctx context.Context, cfg aws.Config, o S3Options) (*S3Client, string, error) {
	if o.Region != "" {
		cfg.Region = o.Region
		return NewS3Client(cfg, o), cfg.Region, nil
	}
	region, err := BucketRegion(ctx, cfg, o)
	if err != nil {
		return nil, "", fmt.Errorf("find region of bucket %s: %w", o.Bucket, err)
	}
	if region != "" {
		cfg.Region = region
	}
	return NewS3Client(cfg, o), cfg.Region, nil
}

// BucketRegion asks S3 where the bucket is. S3 tells it to everybody, also
// beside a redirect or a refusal; "" means that the endpoint said nothing, as
// some S3-compatible stores do.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func BucketRegion(ctx context.Context, cfg aws.Config, o S3Options) (string, error) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1" // answers for every bucket of its partition
	}
	c := NewS3Client(cfg, o)
	out, err := c.api.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &o.Bucket, ExpectedBucketOwner: optional(o.ExpectedBucketOwner)})
	if err == nil {
		return aws.ToString(out.BucketRegion), nil
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		if region := answer.Response.Header.Get("x-amz-bucket-region"); region != "" {
			return region, nil
		}
	}
	return "", c.wrap("HeadBucket", "", err)
}

// ListPage lists one page with ListObjectsV2.
func (c *S3Client) ListPage(ctx context.Context, in ListInput) (ListOutput, error) {
	var own pageReader
	page, err := c.api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket:              &in.Bucket,
		Prefix:              optional(in.Prefix),
		Delimiter:           optional(in.Delimiter),
		StartAfter:          optional(in.StartAfter),
		ContinuationToken:   optional(in.Token),
		MaxKeys:             aws.Int32(int32(in.MaxKeys)),
		EncodingType:        types.EncodingTypeUrl, // XML cannot hold every key
		RequestPayer:        c.payer(),
		ExpectedBucketOwner: optional(c.o.ExpectedBucketOwner),
	}, s3.WithAPIOptions(own.add))
	if err != nil {
		return ListOutput{}, c.wrap("ListObjectsV2", in.Prefix, err)
	}
	decode := func(s string) (string, error) { return s, nil }
	if page.EncodingType == types.EncodingTypeUrl {
		decode = url.QueryUnescape
	}
	out := ListOutput{Objects: own.objects}
	for _, o := range page.Contents {
		out.Objects = append(out.Objects, Object{
			Key: aws.ToString(o.Key), ETag: unquote(aws.ToString(o.ETag)),
			Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
		})
	}
	for i := range out.Objects {
		o := &out.Objects[i]
		if o.Key, err = decode(o.Key); err != nil {
			return ListOutput{}, fmt.Errorf("decode key in bucket %s: %w", in.Bucket, err)
		}
		o.Bucket = in.Bucket
	}
	for _, p := range page.CommonPrefixes {
		prefix, err := decode(aws.ToString(p.Prefix))
		if err != nil {
			return ListOutput{}, fmt.Errorf("decode prefix %q in bucket %s: %w", aws.ToString(p.Prefix), in.Bucket, err)
		}
		out.Prefixes = append(out.Prefixes, prefix)
	}
	if aws.ToBool(page.IsTruncated) {
		if out.Token = aws.ToString(page.NextContinuationToken); out.Token == "" {
			return ListOutput{}, fmt.Errorf("list s3://%s/%s: a page is truncated and has no continuation token", in.Bucket, in.Prefix)
		}
	}
	return out, nil
}

// Open opens the object's body at byte from. The body of another version than o
// names is ErrChanged. A connection cut while reading is taken up again at the
// byte reached.
func (c *S3Client) Open(ctx context.Context, o Object, from int64) (io.ReadCloser, error) {
	get := func(ctx context.Context, at int64) (io.ReadCloser, int64, error) { return c.get(ctx, o, at) }
	return openResumable(ctx, o, from, get, c.sleep)
}

// Stat completes an object of which only bucket and key are known.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (c *S3Client) Stat(ctx context.Context, o Object) (Object, error) {
	out, err := c.api.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &o.Bucket, Key: &o.Key, RequestPayer: c.payer(), ExpectedBucketOwner: optional(c.o.ExpectedBucketOwner),
	})
	if err != nil {
		return o, c.wrap("HeadObject", o.Key, err)
	}
	o.ETag, o.Size, o.LastModified = unquote(aws.ToString(out.ETag)), aws.ToInt64(out.ContentLength), aws.ToTime(out.LastModified)
	return o, nil
}

// getting asks for the version of an object that o names, whichever there is
// where o has no ETag.
func (c *S3Client) getting(o Object) *s3.GetObjectInput {
	in := &s3.GetObjectInput{
		Bucket:              &o.Bucket,
		Key:                 &o.Key,
		RequestPayer:        c.payer(),
		ExpectedBucketOwner: optional(c.o.ExpectedBucketOwner),
	}
	if o.ETag != "" {
		in.IfMatch = aws.String(`"` + o.ETag + `"`)
	}
	return in
}

// insist does something about an object until it succeeds, trying again while
// the cause is transient. what says it, for the error.
func (c *S3Client) insist(ctx context.Context, what string, do func() error) error {
	for tries := 0; ; tries++ {
		err := do()
		var answer *RequestError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &answer) && answer.Class != Transient:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case tries == maxResumes:
			return &cutError{fmt.Errorf("%s, tried %d times: %w", what, tries+1, err)}
		}
		if err := c.sleep(ctx, min(firstResume<<tries, lastResume)); err != nil {
			return err
		}
	}
}

// get opens the body at byte at, and tells the size of the whole object, -1
// where the server does not.
func (c *S3Client) get(ctx context.Context, o Object, at int64) (io.ReadCloser, int64, error) {
	in := c.getting(o)
	if at > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", at))
	}
	out, err := c.api.GetObject(ctx, in)
	if err != nil {
		return nil, 0, c.wrap("GetObject", o.Key, err)
	}
	if at > 0 && !strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", at)) {
		_ = out.Body.Close()
		return nil, 0, c.wrap("GetObject", o.Key, fmt.Errorf("asked for bytes from %d, got range %q", at, aws.ToString(out.ContentRange)))
	}
	size := int64(-1)
	if out.ContentLength != nil {
		size = at + *out.ContentLength
	}
	return out.Body, size, nil
}

// FirstByte reads the first byte of an object, which is not empty: whether it
// can be read at all. What fails is not tried again beyond the SDK's tries.
func (c *S3Client) FirstByte(ctx context.Context, o Object) (err error) {
	out, err := c.api.GetObject(ctx, &s3.GetObjectInput{
		Bucket:              &o.Bucket,
		Key:                 &o.Key,
		Range:               aws.String("bytes=0-0"),
		RequestPayer:        c.payer(),
		ExpectedBucketOwner: optional(c.o.ExpectedBucketOwner),
	})
	if err != nil {
		return c.wrap("GetObject", o.Key, err)
	}
	defer func() { _ = out.Body.Close() }() // a store that ignores the range sends more
	if _, err := io.ReadFull(out.Body, make([]byte, 1)); err != nil {
		return c.wrap("GetObject", o.Key, err)
	}
	return nil
}

// wrap says what an error of the SDK means, and where it happened.
func (c *S3Client) wrap(op, key string, err error) error {
	e := &RequestError{Op: op, Bucket: c.o.Bucket, Key: key, Err: err}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code = api.ErrorCode()
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		e.Status = answer.HTTPStatusCode()
	}
	switch {
	case errors.Is(err, context.Canceled):
		e.Class = Canceled
	case e.Status > 0 && e.Status != http.StatusOK:
		e.Class = classOf(e.Status, e.Code)
	case e.Code != "":
		e.Class = classOf(0, e.Code)
	case errors.As(err, new(*smithy.SerializationError)) || errors.As(err, new(smithy.InvalidParamsError)):
		e.Class = Permanent
	case errors.As(err, new(*smithyhttp.RequestSendError)) || errors.As(err, new(*smithy.DeserializationError)) || e.Status > 0:
		e.Class = Transient // no whole answer came: a fault of the network
	default:
		e.Class = Denied // nothing was sent: no credentials were to be had
	}
	return e
}

func (c *S3Client) payer() types.RequestPayer {
	if c.o.RequestPayer {
		return types.RequestPayerRequester
	}
	return ""
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func unquote(etag string) string { return strings.Trim(etag, `"`) }
