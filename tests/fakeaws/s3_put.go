package fakeaws

import (
	"net/http"
)

// putObject is https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
// for bodies of up to 2 MiB, without metadata: enough for what archives logs.
func (s *s3Service) putObject(c *call) error {
	b, err := s.open(c)
	if err != nil {
		return err
	}
	if err := c.allow("s3:PutObject", b.arn(c.op.key)); err != nil {
		return err
	}
	o := newContent(c.body, []ObjectOption{WithContentType(c.r.Header.Get("Content-Type"))})
	if err := s.put(b.name, one(c.op.key), o, c.now); err != nil {
		return &apiError{Status: http.StatusBadRequest, Code: "KeyTooLongError", Message: "Your key is too long"}
	}
	c.s3Headers()
	c.w.Header().Set("ETag", o.etag)
	return c.respond(http.StatusOK, "application/xml", nil)
}

// Objects returns the bodies of a bucket's objects by key, those of
// PutObjectFunc left out. A bucket that does not exist has none.
func (s *Server) Objects(bucket string) map[string][]byte {
	all := map[string][]byte{}
	b := s.s3.find(bucket)
	if b == nil {
		return all
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for c := b.objects.seek(""); ; {
		o, ok := c.next()
		if !ok {
			return all
		}
		if o.content.open == nil {
			all[o.key] = o.content.data
		}
	}
}
