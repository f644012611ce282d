package fakeaws

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// Request tells a fault hook, or the access log, what is asked.
type Request struct {
	// Service and Operation as in "s3" and "GetObject".
	Service, Operation string
	// Bucket and Key of an S3 request; Key is empty for bucket operations.
	Bucket, Key string
	// Resource is what a service without buckets acts on: a role ARN.
	Resource string
	// Account is the caller's, empty when the request was not authenticated.
	Account string
	// Attempt counts the requests of this service, operation, bucket, key
	// and resource, from 1. It is 0 while no fault hook is set.
	Attempt int
	// Time is the server's, by Options.Clock.
	Time time.Time
}

// Fault is what goes wrong with one request. Its parts add up: an error may
// come late, a slow body may be cut.
type Fault struct {
	// Code answers with an AWS error in the service's format, for example
	// 503 SlowDown, 400 ThrottlingException, 500 InternalError, 403
	// AccessDenied, 400 ExpiredToken. Status defaults to 400.
	Status        int
	Code, Message string
	// Latency delays the answer; it ends early with the request's context.
	Latency time.Duration
	// BytesPerSecond slows the body down, when positive.
	BytesPerSecond int
	// Cut closes the connection after CutAfter bytes of a body for which
	// Content-Length promised more.
	Cut      bool
	CutAfter int64
	// Drop closes the connection without an answer. HTTP/1 only.
	Drop bool
}

// Fault sets the hook that is asked about every authenticated request; nil
// removes it. The hook returns nil for a request that shall succeed, and may
// be called by many requests at a time.
func (s *Server) Fault(hook func(Request) *Fault) {
	if hook == nil {
		s.faults.Store(nil)
		return
	}
	s.faults.Store(&hook)
}

type faultHook struct {
	atomic.Pointer[func(Request) *Fault]
}

// injectFault asks the hook. It reports done when the request is answered, or
// never will be.
func (s *Server) injectFault(c *call) (done bool, err error) {
	hook := s.faults.Load()
	if hook == nil {
		return false, nil
	}
	c.request.Attempt = s.stats.attempt(c.request)
	fault := (*hook)(c.request)
	if fault == nil {
		return false, nil
	}
	if fault.Latency > 0 {
		if err := s.options.Sleep(c.r.Context(), fault.Latency); err != nil {
			return true, fmt.Errorf("wait for injected latency: %w", err)
		}
	}
	if fault.Drop {
		return true, dropConnection(c.w)
	}
	c.w.bytesPerSecond = fault.BytesPerSecond
	c.w.cut, c.w.cutAfter = fault.Cut, fault.CutAfter
	if fault.Code == "" {
		return false, nil
	}
	status := fault.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return true, &apiError{Status: status, Code: fault.Code, Message: fault.Message}
}

// dropConnection closes the connection under the answer.
func dropConnection(w *responseWriter) error {
	conn, _, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return fmt.Errorf("drop connection: %w", err)
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("close dropped connection: %w", err)
	}
	return errDropped
}
