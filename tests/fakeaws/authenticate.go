package fakeaws

import (
	"crypto/hmac"
	"errors"
	"slices"
	"strings"
	"time"
)

// authProblem is why a request was not authenticated; each service has its
// own code and words for it.
type authProblem int

const (
	authUnsigned      authProblem = iota // no Authorization header
	authMalformed                        // header unreadable, detail says how
	authWrongScope                       // service or region of the scope, detail says which
	authUnknownKey                       // no such access key
	authBadToken                         // session token missing, wrong or not expected
	authExpired                          // session over
	authSkewed                           // clock too far off
	authMismatch                         // signature wrong
	authNotSigned                        // a header that must be signed is not; detail names it
	authNoPayloadHash                    // S3: x-amz-content-sha256 missing
	authPayloadHash                      // S3: body is not the one that was signed
)

// authFailure is a problem with what is known about it.
type authFailure struct {
	problem authProblem
	detail  string
	// signed is the time that the client signed for.
	signed time.Time
	// text is the string to sign, as the server made it.
	text string
}

// authenticate checks the request's signature in full and returns who signed.
func (s *Server) authenticate(c *call, svc service) (*principal, error) {
	p, failure := s.verify(c, svc)
	if failure != nil {
		return nil, svc.authError(c, *failure)
	}
	return p, nil
}

func (s *Server) verify(c *call, svc service) (*principal, *authFailure) {
	scope, err := parseAuthorization(c.r.Header.Get("Authorization"))
	c.scope = scope
	if errors.Is(err, errNoAuthorization) {
		return nil, &authFailure{problem: authUnsigned}
	}
	if err != nil {
		return nil, &authFailure{problem: authMalformed, detail: err.Error()}
	}
	amzDate := c.r.Header.Get("X-Amz-Date")
	signed, err := time.Parse(amzDateFormat, amzDate)
	if err != nil || scope.date != signed.Format("20060102") {
		return nil, &authFailure{problem: authMalformed, detail: "X-Amz-Date is missing, unreadable or of another day than the credential scope"}
	}
	if scope.service != svc.name() {
		return nil, &authFailure{problem: authWrongScope, detail: "Credential should be scoped to correct service: '" + svc.name() + "'."}
	}
	if region := c.endpointRegion(); region != "" && scope.region != region && svc.name() != "s3" {
		return nil, &authFailure{problem: authWrongScope, detail: "Credential should be scoped to a valid region."}
	}
	if skew := c.now.Sub(signed).Abs(); s.options.MaxSkew > 0 && skew > s.options.MaxSkew {
		return nil, &authFailure{problem: authSkewed, signed: signed}
	}
	if name := unsignedHeader(c, scope); name != "" {
		return nil, &authFailure{problem: authNotSigned, detail: name}
	}
	p := s.identity.find(scope.accessKey)
	if p == nil {
		return nil, &authFailure{problem: authUnknownKey}
	}
	if c.r.Header.Get("X-Amz-Security-Token") != p.token {
		return nil, &authFailure{problem: authBadToken}
	}
	if p.expired(c.now) {
		return nil, &authFailure{problem: authExpired}
	}
	return p, checkSignature(c, svc, scope, p, amzDate)
}

// endpointRegion is the region of the endpoint that the host names, empty for
// a plain address, which stands for every region. S3 judges regions itself: it
// depends on the bucket.
func (c *call) endpointRegion() string {
	if c.host.global {
		return c.server.options.Region
	}
	return c.host.region
}

// checkSignature recomputes the signature over what was received.
func checkSignature(c *call, svc service, scope credentialScope, p *principal, amzDate string) *authFailure {
	isS3 := svc.name() == "s3"
	payloadHash := sha256Hex(c.body)
	if isS3 {
		claimed := c.r.Header.Get("X-Amz-Content-Sha256")
		switch claimed {
		case "":
			return &authFailure{problem: authNoPayloadHash}
		case unsignedPayload, payloadHash:
			payloadHash = claimed
		default:
			return &authFailure{problem: authPayloadHash}
		}
	}
	canonical, err := canonicalRequest(c.r, scope.signedHeaders, payloadHash, !isS3)
	if err != nil {
		return &authFailure{problem: authMalformed, detail: err.Error()}
	}
	text := stringToSign(amzDate, scope, canonical)
	if !hmac.Equal([]byte(sign(p.secret, scope, text)), []byte(scope.signature)) {
		return &authFailure{problem: authMismatch, text: text}
	}
	return nil
}

// unsignedHeader returns a header that the signature had to cover and does
// not: host, and every x-amz-* header that is present.
func unsignedHeader(c *call, scope credentialScope) string {
	if !slices.Contains(scope.signedHeaders, "host") {
		return "host"
	}
	for name := range c.r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !slices.Contains(scope.signedHeaders, name) {
			return name
		}
	}
	return ""
}
