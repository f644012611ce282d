package fakeaws

import (
	"fmt"
	"net/http"
	"time"
)

// service is one AWS API: how its requests are read and its errors written.
type service interface {
	// name is the service's name in a credential scope, such as "s3".
	name() string
	// accepts tells whether an unsigned request looks like this service's.
	accepts(r *http.Request) bool
	// parse finds the operation. It runs before authentication and must not
	// reveal what exists. On an error the operation has at least a name.
	parse(c *call) (operation, error)
	// authError words a failed authentication as this service does.
	authError(c *call, failure authFailure) *apiError
	// writeError sends an error in the service's protocol.
	writeError(c *call, e *apiError)
}

// operation is one parsed request.
type operation struct {
	name string
	// bucket and key are S3's; resource is what other services act on, such
	// as a role ARN. They identify the request for faults and Attempt.
	bucket, key, resource string
	// public marks an operation that needs no signature.
	public bool
	serve  func(c *call) error
}

// call is one request being served.
type call struct {
	server  *Server
	w       *responseWriter
	r       *http.Request
	body    []byte
	id      string
	now     time.Time
	host    hostName
	scope   credentialScope
	op      operation
	caller  *principal
	request Request
}

// allow returns AccessDenied when the caller's permissions refuse action on
// resource, in the words of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (c *call) allow(action, resource string) error {
	if c.caller.deny == nil || !c.caller.deny(action, resource) {
		return nil
	}
	return &apiError{
		Status: http.StatusForbidden, Code: "AccessDenied",
		Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %q because no identity-based policy allows the %s action",
			c.caller.arn, action, resource, action),
	}
}

// apiError is an AWS error before a service has given it its form.
type apiError struct {
	Status        int
	Code, Message string
	// Fields are further elements of the error, where the protocol has them.
	Fields []field
}

// field is one named value of an error.
type field struct{ name, value string }

func (e *apiError) Error() string {
	return fmt.Sprintf("answer %d %s: %s", e.Status, e.Code, e.Message)
}

// route finds the service of a request: by host name, else by the service
// named in the signature's scope (one loopback address serves them all), else
// by its shape.
func (s *Server) route(c *call) (service, error) {
	name := c.host.service
	if name == "" {
		if scope, err := parseAuthorization(c.r.Header.Get("Authorization")); err == nil {
			name = scope.service
		}
	}
	for _, svc := range s.services {
		if svc.name() == name {
			return svc, nil
		}
	}
	if name != "" {
		return s.s3, &apiError{Status: http.StatusNotImplemented, Code: "NotImplemented", Message: "This fake has no service " + name + "."}
	}
	for _, svc := range s.services {
		if svc.accepts(c.r) {
			return svc, nil
		}
	}
	return s.s3, nil
}
