package fakeaws

import (
	"net/http"
	"strconv"
	"time"
)

// S3's errors: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

func accessDenied(message string) error {
	return &apiError{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}

func invalidArgument(name, value, message string) error {
	return &apiError{
		Status: http.StatusBadRequest, Code: "InvalidArgument", Message: message,
		Fields: []field{{"ArgumentName", name}, {"ArgumentValue", value}},
	}
}

func (*s3Service) authError(c *call, f authFailure) *apiError {
	key := field{"AWSAccessKeyId", c.scope.accessKey}
	switch f.problem {
	case authUnsigned:
		return &apiError{Status: 403, Code: "AccessDenied", Message: "Access Denied"}
	case authMalformed, authWrongScope:
		return &apiError{Status: 400, Code: "AuthorizationHeaderMalformed", Message: "The authorization header is malformed; " + f.detail}
	case authUnknownKey:
		return &apiError{Status: 403, Code: "InvalidAccessKeyId", Message: "The AWS Access Key Id you provided does not exist in our records.", Fields: []field{key}}
	case authBadToken:
		return &apiError{Status: 400, Code: "InvalidToken", Message: "The provided token is malformed or otherwise invalid."}
	case authExpired:
		return &apiError{Status: 400, Code: "ExpiredToken", Message: "The provided token has expired."}
	case authSkewed:
		return &apiError{Status: 403, Code: "RequestTimeTooSkewed", Message: "The difference between the request time and the current time is too large.", Fields: []field{
			{"RequestTime", f.signed.Format(amzDateFormat)},
			{"ServerTime", c.now.Format(time.RFC3339)},
			{"MaxAllowedSkewMilliseconds", strconv.FormatInt(c.server.options.MaxSkew.Milliseconds(), 10)},
		}}
	case authNotSigned:
		return &apiError{Status: 403, Code: "AccessDenied", Message: "There were headers present in the request which were not signed", Fields: []field{{"HeadersNotSigned", f.detail}}}
	case authNoPayloadHash:
		return &apiError{Status: 400, Code: "InvalidRequest", Message: "Missing required header for this request: x-amz-content-sha256"}
	case authPayloadHash:
		return &apiError{Status: 400, Code: "XAmzContentSHA256Mismatch", Message: "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	return &apiError{
		Status: 403, Code: "SignatureDoesNotMatch",
		Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		// S3 also sends the canonical request; that one holds session tokens.
		Fields: []field{key, {"StringToSign", f.text}, {"SignatureProvided", c.scope.signature}},
	}
}

// writeError sends an XML error, or only the status to a HEAD request.
func (s *s3Service) writeError(c *call, e *apiError) {
	c.s3Headers()
	s.nameRegion(c, e)
	body := append([]byte(xmlHeader), "<Error>"...)
	body = appendElement(body, "Code", e.Code)
	body = appendElement(body, "Message", e.Message)
	for _, f := range e.Fields {
		body = appendElement(body, f.name, f.value)
	}
	body = appendElement(body, "RequestId", c.id)
	body = appendElement(body, "HostId", "fake/"+c.id)
	body = append(body, "</Error>"...)
	if c.r.Method == http.MethodHead || e.Status == http.StatusNotModified {
		body = nil
	}
	// A client that does not get the error sees its connection end instead.
	_ = c.respond(e.Status, "application/xml", body)
}

// nameRegion adds x-amz-bucket-region where S3 does: to what HeadBucket
// refuses, even unsigned, and to what went to the wrong region.
func (s *s3Service) nameRegion(c *call, e *apiError) {
	b := s.find(c.op.bucket)
	if b == nil {
		return
	}
	switch {
	case c.op.name == "HeadBucket", e.Status == http.StatusMovedPermanently, e.Code == "AuthorizationHeaderMalformed":
		c.w.Header().Set("X-Amz-Bucket-Region", b.region)
	}
}
