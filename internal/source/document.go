package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Document is a small object, read whole.
type Document struct {
	Body     []byte
	Metadata map[string]string // by lower-case name, without x-amz-meta-
}

// maxDocument is how many bytes a document may have.
const maxDocument = 32 << 20

// Document reads an object of at most 32 MiB, trying again while the cause is
// transient. Without an ETag o means whatever version there is.
func (c *S3Client) Document(ctx context.Context, o Object) (Document, error) {
	for tries := 0; ; tries++ {
		d, err := c.document(ctx, o)
		var answer *RequestError
		switch {
		case err == nil:
			return d, nil
		case errors.As(err, &answer) && answer.Class != Transient:
			return d, err
		case ctx.Err() != nil:
			return d, context.Cause(ctx)
		case tries == maxResumes:
			return d, &cutError{fmt.Errorf("read s3://%s/%s, tried %d times: %w", o.Bucket, o.Key, tries+1, err)}
		}
		if err := c.sleep(ctx, min(firstResume<<tries, lastResume)); err != nil {
			return d, err
		}
	}
}

func (c *S3Client) document(ctx context.Context, o Object) (d Document, err error) {
	in := &s3.GetObjectInput{
		Bucket:              &o.Bucket,
		Key:                 &o.Key,
		RequestPayer:        c.payer(),
		ExpectedBucketOwner: optional(c.o.ExpectedBucketOwner),
	}
	if o.ETag != "" {
		in.IfMatch = aws.String(`"` + o.ETag + `"`)
	}
	out, err := c.api.GetObject(ctx, in)
	if err != nil {
		return d, c.wrap("GetObject", o.Key, err)
	}
	defer func() { err = errors.Join(err, out.Body.Close()) }()
	d.Metadata = out.Metadata
	d.Body, err = io.ReadAll(io.LimitReader(out.Body, maxDocument+1))
	if err != nil {
		return d, fmt.Errorf("read s3://%s/%s: %w", o.Bucket, o.Key, err)
	}
	if len(d.Body) > maxDocument {
		return d, &RequestError{Op: "GetObject", Bucket: o.Bucket, Key: o.Key, Class: Permanent, Err: fmt.Errorf("it is larger than %d bytes", maxDocument)}
	}
	return d, nil
}
