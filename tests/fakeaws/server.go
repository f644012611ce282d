package fakeaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// maxBody bounds a request's body. The largest AWS body a collector sends is
// an SQS batch of 1 MiB.
const maxBody = 2 << 20

// Options sets a Server up. The zero value is a usable fake.
type Options struct {
	// Region is that of buckets added without one and of host names that
	// name none, such as sts.amazonaws.com (default us-east-1).
	Region string
	// Clock tells the server's time: signatures, expiry, Last-Modified and
	// the Date header (default time.Now).
	Clock func() time.Time
	// MaxSkew is how far a request's time may be from Clock (default 15
	// minutes, as AWS allows; negative: not checked, for tests that stop the
	// server's clock but not the client's).
	MaxSkew time.Duration
	// Sleep waits for d or until ctx is done, and then returns ctx's error
	// (default: a timer). Faults with Latency or BytesPerSecond use it.
	Sleep func(ctx context.Context, d time.Duration) error
	// AccessLog is called once after every request, from its goroutine.
	AccessLog func(Access)
}

// Access is one answered request, as Options.AccessLog gets it.
type Access struct {
	Request Request
	// Status is the HTTP status sent, 0 when the connection was dropped.
	Status int
	// Bytes is the number of body bytes sent.
	Bytes int64
	// Code is the AWS error code of the answer, empty for none.
	Code string
}

// Server is the fake. It is an http.Handler, safe for concurrent use; every
// method may be called while it serves.
type Server struct {
	options  Options
	services []service
	s3       *s3Service
	logs     *logsService
	sqs      *sqsService
	keys     *cloudTrailService
	identity identityStore
	faults   faultHook
	stats    stats
	sequence atomic.Uint64
}

// New returns a fake without buckets, log groups, users or roles.
func New(options Options) *Server {
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.MaxSkew == 0 {
		options.MaxSkew = 15 * time.Minute
	}
	if options.Sleep == nil {
		options.Sleep = sleep
	}
	if options.AccessLog == nil {
		options.AccessLog = func(Access) {}
	}
	s := &Server{options: options, s3: newS3Service(), logs: newLogsService(), sqs: newSQSService(), keys: &cloudTrailService{}}
	// S3 is last: it takes every request that is nobody else's.
	s.services = []service{stsService{}, s.logs, s.sqs, s.keys, s.s3}
	return s
}

// ServeHTTP answers one AWS request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &responseWriter{ResponseWriter: w, ctx: r.Context(), sleep: s.options.Sleep}
	c := &call{
		server: s, w: out, r: r,
		id:  fmt.Sprintf("%016X", s.sequence.Add(1)),
		now: s.options.Clock().UTC(),
	}
	c.host = parseHost(r.Host)
	// The SDKs correct their clock from this header, so it must be ours.
	w.Header().Set("Date", c.now.Format(http.TimeFormat))

	svc, err := s.route(c)
	if err == nil {
		err = s.handle(c, svc)
	}
	code := ""
	if err != nil {
		code = s.refuse(c, svc, err)
	}
	s.options.AccessLog(Access{Request: c.request, Status: out.status, Bytes: out.sent, Code: code})
}

// handle takes one request from its bytes to its answer. The order is that of
// AWS: what is asked, who asks, and only then whether it exists.
func (s *Server) handle(c *call, svc service) error {
	if c.r.ContentLength != 0 {
		body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
		if err != nil {
			return &apiError{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLarge", Message: "The request body is too large or incomplete."}
		}
		c.body = body
	}
	op, err := svc.parse(c)
	c.op = op
	c.request = Request{Service: svc.name(), Operation: op.name, Bucket: op.bucket, Key: op.key, Resource: op.resource, Time: c.now}
	s.stats.count(svc.name() + "." + op.name)
	if err != nil {
		return err
	}
	if op.public {
		c.caller = &principal{}
	} else if c.caller, err = s.authenticate(c, svc); err != nil {
		return err
	}
	c.request.Account = c.caller.account
	if done, err := s.injectFault(c); done || err != nil {
		return err
	}
	return op.serve(c)
}

// refuse answers with err and returns the AWS error code sent. An error after
// the first body byte (the client went away, or a fault cut the body) has no
// answer: net/http closes a connection whose body stayed short.
func (s *Server) refuse(c *call, svc service, err error) string {
	if errors.Is(err, errDropped) {
		return ""
	}
	var failed *apiError
	if !errors.As(err, &failed) {
		failed = &apiError{Status: http.StatusInternalServerError, Code: "InternalError", Message: "We encountered an internal error. Please try again."}
	}
	if c.w.status == 0 {
		svc.writeError(c, failed)
		return failed.Code
	}
	return ""
}

// sleep is the default of Options.Sleep.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
