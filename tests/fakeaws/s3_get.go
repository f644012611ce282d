package fakeaws

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// responseParameters override headers of the answer.
var responseParameters = []string{
	"response-content-type", "response-content-encoding", "response-content-disposition",
	"response-content-language", "response-cache-control", "response-expires",
}

// getObject answers GetObject and HeadObject:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (s *s3Service) getObject(c *call, query url.Values) error {
	o, err := s.lookUp(c)
	if err != nil {
		return err
	}
	notModified, err := checkConditions(c.r.Header, o)
	if err != nil {
		return err
	}
	if notModified {
		c.s3Headers()
		c.w.Header().Set("ETag", o.content.etag)
		c.w.Header().Set("Last-Modified", httpTime(o.modified))
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	span, partial, err := parseRange(c.r.Header.Get("Range"), o.content.size)
	if err != nil {
		return err
	}
	body, err := o.content.reader(c.r.Method, span)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from

	// Nothing of the object may be in the headers of an error, so they are
	// set when no error can follow.
	status := http.StatusOK
	objectHeaders(c.w.Header(), o, query)
	c.s3Headers()
	if partial {
		status = http.StatusPartialContent
		c.w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", span.start, span.start+span.length-1, o.content.size))
	}
	c.w.Header().Set("Content-Length", strconv.FormatInt(span.length, 10))
	c.w.WriteHeader(status)
	if _, err := body.WriteTo(c.w); err != nil {
		return fmt.Errorf("send object %s/%s: %w", c.op.bucket, c.op.key, err)
	}
	return nil
}

// lookUp returns the object if it exists and may be read. Who may not list a
// bucket does not learn that a key is missing.
func (s *s3Service) lookUp(c *call) (object, error) {
	b, err := s.open(c)
	if err != nil {
		return object{}, err
	}
	if err := c.allow("s3:GetObject", b.arn(c.op.key)); err != nil {
		return object{}, err
	}
	b.mu.RLock()
	o, ok := b.objects.get(c.op.key)
	b.mu.RUnlock()
	if !ok {
		if err := c.allow("s3:ListBucket", b.arn("")); err != nil {
			return object{}, err
		}
		return object{}, &apiError{
			Status: http.StatusNotFound, Code: "NoSuchKey", Message: "The specified key does not exist.",
			Fields: []field{{"Key", c.op.key}},
		}
	}
	if class := o.content.storageClass; c.r.Method == http.MethodGet && (class == "GLACIER" || class == "DEEP_ARCHIVE") {
		return object{}, &apiError{
			Status: http.StatusForbidden, Code: "InvalidObjectState", Message: "The operation is not valid for the object's storage class",
			Fields: []field{{"StorageClass", class}},
		}
	}
	return o, nil
}

func httpTime(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(http.TimeFormat) }

func objectHeaders(h http.Header, o object, query url.Values) {
	h.Set("Accept-Ranges", "bytes")
	h.Set("ETag", o.content.etag)
	h.Set("Last-Modified", httpTime(o.modified))
	contentType := o.content.contentType
	if contentType == "" {
		contentType = "binary/octet-stream"
	}
	h.Set("Content-Type", contentType)
	if o.content.contentEncoding != "" {
		h.Set("Content-Encoding", o.content.contentEncoding)
	}
	if o.content.storageClass != "" {
		h.Set("X-Amz-Storage-Class", o.content.storageClass)
	}
	for name, value := range o.content.metadata {
		h.Set("X-Amz-Meta-"+name, value)
	}
	for _, name := range responseParameters {
		if query.Has(name) {
			h.Set(strings.TrimPrefix(name, "response-"), query.Get(name))
		}
	}
}

// checkConditions evaluates the conditional headers. An ETag condition that
// holds makes the time condition of its kind irrelevant, as the API page says.
func checkConditions(h http.Header, o object) (notModified bool, err error) {
	failed := func(condition string) error {
		return &apiError{
			Status: http.StatusPreconditionFailed, Code: "PreconditionFailed",
			Message: "At least one of the pre-conditions you specified did not hold", Fields: []field{{"Condition", condition}},
		}
	}
	if match := h.Get("If-Match"); match != "" {
		if !matchesETag(match, o.content.etag) {
			return false, failed("If-Match")
		}
	} else if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && o.modified > t.Unix() {
		return false, failed("If-Unmodified-Since")
	}
	if match := h.Get("If-None-Match"); match != "" {
		return matchesETag(match, o.content.etag), nil
	}
	t, timeErr := http.ParseTime(h.Get("If-Modified-Since"))
	return timeErr == nil && o.modified <= t.Unix(), nil
}

// matchesETag compares with a list of ETags, quoted or not, or "*".
func matchesETag(list, etag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.Trim(item, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}
