package fakeaws

import (
	"fmt"
	"net/http"
	"time"
)

// words say the failure as every service but S3 does.
func (f authFailure) words(c *call) string {
	switch f.problem {
	case authUnsigned:
		return "Request is missing Authentication Token"
	case authMalformed, authWrongScope:
		return f.detail
	case authUnknownKey, authBadToken:
		return "The security token included in the request is invalid."
	case authExpired:
		return "The security token included in the request is expired"
	case authSkewed:
		return skewMessage(f.signed, c.now, c.server.options.MaxSkew)
	case authNotSigned:
		return "'" + f.detail + "' must be a 'SignedHeader' in the AWS Authorization."
	}
	return "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
}

// queryAuthError is the failure with the codes of the services that have, or
// had, the query protocol.
func queryAuthError(c *call, f authFailure) *apiError {
	code := "SignatureDoesNotMatch"
	switch f.problem {
	case authUnsigned:
		code = "MissingAuthenticationToken"
	case authMalformed:
		code = "IncompleteSignature"
	case authUnknownKey, authBadToken:
		code = "InvalidClientTokenId"
	case authExpired:
		code = "ExpiredToken"
	}
	return &apiError{Status: http.StatusForbidden, Code: code, Message: f.words(c)}
}

// skewMessage is how services other than S3 say RequestTimeTooSkewed.
func skewMessage(signed, now time.Time, limit time.Duration) string {
	minutes := int(limit.Minutes())
	if signed.Before(now) {
		oldest := now.Add(-limit).Format(amzDateFormat)
		return fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)", signed.Format(amzDateFormat), oldest, now.Format(amzDateFormat), minutes)
	}
	newest := now.Add(limit).Format(amzDateFormat)
	return fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)", signed.Format(amzDateFormat), newest, now.Format(amzDateFormat), minutes)
}

func (stsService) writeError(c *call, e *apiError) {
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	b := append([]byte(nil), `<ErrorResponse xmlns="`+stsNamespace+`"><Error>`...)
	b = appendElement(b, "Type", kind)
	b = appendElement(b, "Code", e.Code)
	b = appendElement(b, "Message", e.Message)
	b = append(b, "</Error>"...)
	b = appendElement(b, "RequestId", c.id)
	b = append(b, "</ErrorResponse>"...)
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	// A client that does not get the error sees its connection end instead.
	_ = c.respond(e.Status, "text/xml", b)
}
