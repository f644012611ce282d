package source

import (
	"context"
	"errors"
	"fmt"
	"io"
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
func (c *S3Client) Document(ctx context.Context, o Object) (d Document, err error) {
	err = c.insist(ctx, "read s3://"+o.Bucket+"/"+o.Key, func() (err error) {
		d, err = c.document(ctx, o)
		return err
	})
	return d, err
}

func (c *S3Client) document(ctx context.Context, o Object) (d Document, err error) {
	out, err := c.api.GetObject(ctx, c.getting(o))
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
