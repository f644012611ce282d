package fakeaws

import (
	"crypto/md5" // an ETag is an MD5, by S3's definition
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"
	"time"
	"unicode/utf8"
)

// content is everything of an object but its key and time. It never changes,
// so many keys may share it.
type content struct {
	etag string // with its quotes
	size int64
	data []byte
	open func() (io.ReadSeeker, error) // nil: data

	contentType, contentEncoding, storageClass string
	metadata                                   map[string]string
	modified                                   time.Time // zero: when it is put
}

// ObjectOption sets a property of an object.
type ObjectOption func(*content)

// WithETag overrides the ETag; quotes are added when missing.
func WithETag(etag string) ObjectOption {
	return func(c *content) { c.etag = `"` + strings.Trim(etag, `"`) + `"` }
}

// WithLastModified overrides the time, by default the server's at the put.
// S3 keeps whole seconds.
func WithLastModified(t time.Time) ObjectOption {
	return func(c *content) { c.modified = t }
}

// WithContentType sets Content-Type (default binary/octet-stream).
func WithContentType(value string) ObjectOption {
	return func(c *content) { c.contentType = value }
}

// WithContentEncoding sets Content-Encoding, which S3 stores and returns but
// does not act on.
func WithContentEncoding(value string) ObjectOption {
	return func(c *content) { c.contentEncoding = value }
}

// WithMetadata sets user metadata, names without their x-amz-meta- prefix.
func WithMetadata(metadata map[string]string) ObjectOption {
	return func(c *content) { c.metadata = maps.Clone(metadata) }
}

// WithStorageClass sets the storage class (default STANDARD). Objects in
// GLACIER and DEEP_ARCHIVE can be listed but not read.
func WithStorageClass(class string) ObjectOption {
	return func(c *content) { c.storageClass = class }
}

// PutObject stores an object, or replaces it. The body is not copied and must
// not change. It fails when the bucket does not exist or the key is not one
// S3 accepts (1 to 1024 bytes of UTF-8).
func (s *Server) PutObject(bucket, key string, body []byte, options ...ObjectOption) error {
	return s.s3.put(bucket, one(key), newContent(body, options), s.options.Clock())
}

// PutObjects stores many objects with the same body and properties in the
// memory of one, for buckets of millions of keys.
func (s *Server) PutObjects(bucket string, keys iter.Seq[string], body []byte, options ...ObjectOption) error {
	return s.s3.put(bucket, keys, newContent(body, options), s.options.Clock())
}

// PutObjectFunc stores an object of size bytes that is opened anew for each
// request, so that it need not be in memory; what open returns is closed after
// use if it is an io.Closer. The default ETag looks like a multipart upload's.
func (s *Server) PutObjectFunc(bucket, key string, size int64, open func() (io.ReadSeeker, error), options ...ObjectOption) error {
	if open == nil || size < 0 {
		return fmt.Errorf("put object %s/%s: no open function or negative size", bucket, key)
	}
	c := &content{size: size, open: open, etag: fmt.Sprintf(`"%x-1"`, md5.Sum(fmt.Append(nil, key, size)))}
	for _, option := range options {
		option(c)
	}
	return s.s3.put(bucket, one(key), c, s.options.Clock())
}

// DeleteObject removes an object, if it is there.
func (s *Server) DeleteObject(bucketName, key string) error {
	return s.s3.change(bucketName, func(b *bucket) error {
		b.objects.delete(key)
		return nil
	})
}

func newContent(body []byte, options []ObjectOption) *content {
	c := &content{data: body, size: int64(len(body))}
	for _, option := range options {
		option(c)
	}
	if c.etag == "" {
		c.etag = fmt.Sprintf(`"%x"`, md5.Sum(body))
	}
	return c
}

func one(key string) iter.Seq[string] {
	return func(yield func(string) bool) { yield(key) }
}

func checkKey(key string) error {
	switch {
	case key == "" || len(key) > 1024:
		return errors.New("key is not 1 to 1024 bytes long")
	case !utf8.ValidString(key):
		return errors.New("key is not UTF-8")
	}
	return nil
}
