package fakeaws

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// s3Service is S3's REST API, the read side and PutObject:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
type s3Service struct {
	mu      sync.RWMutex
	buckets map[string]*bucket
}

func newS3Service() *s3Service { return &s3Service{buckets: map[string]*bucket{}} }

func (*s3Service) name() string { return "s3" }

func (*s3Service) accepts(*http.Request) bool { return true }

// parse finds the operation from method, path and query. A query parameter
// that is not implemented fails: ignoring one would be a wrong answer.
func (s *s3Service) parse(c *call) (operation, error) {
	op := operation{name: "Unknown", bucket: c.host.bucket, key: strings.TrimPrefix(c.r.URL.Path, "/")}
	if op.bucket == "" {
		op.bucket, op.key, _ = strings.Cut(op.key, "/")
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil || !utf8.ValidString(c.r.URL.Path) || !validValues(query) {
		return op, &apiError{Status: http.StatusBadRequest, Code: "InvalidURI", Message: "Couldn't parse the specified URI."}
	}
	var known []string
	switch method := c.r.Method; {
	case op.bucket == "":
	case op.key == "" && method == http.MethodGet && query.Get("list-type") == "2":
		op.name, known = "ListObjectsV2", listParameters
		op.serve = func(c *call) error { return s.listObjects(c, query) }
	case op.key == "" && method == http.MethodHead:
		op.name, op.serve = "HeadBucket", s.headBucket
	case op.key != "" && method == http.MethodGet:
		op.name, known = "GetObject", responseParameters
		op.serve = func(c *call) error { return s.getObject(c, query) }
	case op.key != "" && method == http.MethodHead:
		op.name, known = "HeadObject", responseParameters
		op.serve = func(c *call) error { return s.getObject(c, query) }
	case op.key != "" && method == http.MethodPut:
		op.name, op.serve = "PutObject", s.putObject
	}
	if op.serve == nil {
		return op, notImplemented("This fake has no such S3 operation: " + c.r.Method + " " + c.r.URL.Path)
	}
	for name := range query {
		if !slices.Contains(known, name) && name != "x-id" {
			return op, notImplemented("A query parameter you provided implies functionality that is not implemented: " + name)
		}
	}
	return op, nil
}

// validValues tells whether all values are UTF-8, as keys must be.
func validValues(query url.Values) bool {
	for _, values := range query {
		for _, value := range values {
			if !utf8.ValidString(value) {
				return false
			}
		}
	}
	return true
}

func notImplemented(message string) error {
	return &apiError{Status: http.StatusNotImplemented, Code: "NotImplemented", Message: message}
}

// open returns the call's bucket once the caller reached it in the right
// region, names its owner rightly and pays.
func (s *s3Service) open(c *call) (*bucket, error) {
	b := s.find(c.op.bucket)
	if b == nil {
		return nil, &apiError{
			Status: http.StatusNotFound, Code: "NoSuchBucket", Message: "The specified bucket does not exist",
			Fields: []field{{"BucketName", c.op.bucket}},
		}
	}
	if err := checkRegion(c, b); err != nil {
		return nil, err
	}
	if owner := c.r.Header.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != b.owner {
		return nil, accessDenied("Access Denied")
	}
	if b.requesterPays && c.caller.account != b.owner {
		if c.r.Header.Get("X-Amz-Request-Payer") != "requester" {
			return nil, accessDenied("Access Denied")
		}
		c.w.Header().Set("X-Amz-Request-Charged", "requester")
	}
	return b, nil
}

// checkRegion answers a request that came to, or was signed for, the wrong
// region, as S3 does: an endpoint refuses signatures for other regions, and
// redirects for other regions' buckets. A plain address is an endpoint of
// whatever region the request was signed for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html
func checkRegion(c *call, b *bucket) error {
	endpoint := c.host.region
	switch {
	case c.host.global:
		endpoint = b.region
	case endpoint == "":
		endpoint = c.scope.region
	}
	if c.scope.region != endpoint {
		return &apiError{
			Status: http.StatusBadRequest, Code: "AuthorizationHeaderMalformed",
			Message: fmt.Sprintf("The authorization header is malformed; the region '%s' is wrong; expecting '%s'", c.scope.region, endpoint),
			Fields:  []field{{"Region", endpoint}},
		}
	}
	if endpoint != b.region {
		return &apiError{
			Status: http.StatusMovedPermanently, Code: "PermanentRedirect",
			Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			Fields:  []field{{"Endpoint", b.name + ".s3." + b.region + ".amazonaws.com"}, {"Bucket", b.name}},
		}
	}
	return nil
}

// headBucket is https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func (s *s3Service) headBucket(c *call) error {
	b, err := s.open(c)
	if err != nil {
		return err
	}
	if err := c.allow("s3:ListBucket", b.arn("")); err != nil {
		return err
	}
	c.s3Headers()
	c.w.Header().Set("X-Amz-Bucket-Region", b.region)
	c.w.Header().Set("X-Amz-Access-Point-Alias", "false")
	return c.respond(http.StatusOK, "application/xml", nil)
}

// s3Headers sets the headers of every S3 answer.
func (c *call) s3Headers() {
	h := c.w.Header()
	h.Set("X-Amz-Request-Id", c.id)
	h.Set("X-Amz-Id-2", "fake/"+c.id)
	h.Set("Server", "AmazonS3")
}

func regionPartition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
