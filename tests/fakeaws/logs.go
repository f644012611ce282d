package fakeaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// logsService is CloudWatch Logs' JSON 1.1 protocol, read side:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
type logsService struct {
	mu     sync.Mutex
	groups []*logGroup // by name, then account and region
	links  map[[2]string]bool
	paging LogPaging
	pages  int // answered since the start
	put    uint64

	quotas logsQuotas
}

const (
	logsTarget  = "Logs_20140328."
	logsContent = "application/x-amz-json-1.1"
)

func newLogsService() *logsService { return &logsService{links: map[[2]string]bool{}} }

func (*logsService) name() string { return "logs" }

func (*logsService) accepts(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Target"), logsTarget)
}

// logsOperation reads its parameters from a request's body, and then serves it.
type logsOperation interface {
	// resource names what is acted on, for faults.
	resource() string
	serve(s *logsService, c *call) (answer any, err error)
}

func (s *logsService) parse(c *call) (operation, error) {
	name, _ := strings.CutPrefix(c.r.Header.Get("X-Amz-Target"), logsTarget)
	op := operation{name: name}
	var in logsOperation
	switch name {
	case "DescribeLogGroups":
		in = &describeLogGroups{}
	case "DescribeLogStreams":
		in = &describeLogStreams{}
	case "FilterLogEvents":
		in = &filterLogEvents{}
	case "GetLogEvents":
		in = &getLogEvents{}
	case "":
		op.name = "Unknown"
		return op, logsError("UnknownOperationException", "")
	default:
		return op, notImplemented("This fake has no operation " + name + " of CloudWatch Logs.")
	}
	if err := c.parameters(in); err != nil {
		return op, err
	}
	op.resource = in.resource()
	op.serve = func(c *call) error { return s.serve(c, in) }
	return op, nil
}

// serve answers an authenticated request.
func (s *logsService) serve(c *call, in logsOperation) error {
	if !s.quotas.take(c.caller.account, c.scope.region, c.op.name, c.now) {
		c.server.stats.count("logs." + c.op.name + ".throttled")
		return logsError("ThrottlingException", "Rate exceeded")
	}
	answer, err := in.serve(s, c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	return c.respond(http.StatusOK, logsContent, body)
}

// logsError is an error of the client's: JSON services answer 400 to all,
// whatever the status that REST would use.
func logsError(code, message string) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: code, Message: message}
}

func invalidParameter(message string) *apiError {
	return logsError("InvalidParameterException", message)
}

// permit refuses an action on a log group as logsService words it.
func (c *call) permit(action, resource string) error {
	err := c.allow(action, resource)
	var refused *apiError
	if errors.As(err, &refused) {
		refused.Code, refused.Status = "AccessDeniedException", http.StatusBadRequest
	}
	return err
}

// authError words failures as in
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
func (*logsService) authError(c *call, f authFailure) *apiError {
	code := "InvalidSignatureException"
	switch f.problem {
	case authUnsigned:
		code = "MissingAuthenticationTokenException"
	case authMalformed:
		code = "IncompleteSignatureException"
	case authUnknownKey, authBadToken:
		code = "UnrecognizedClientException"
	case authExpired:
		code = "ExpiredTokenException"
	}
	return logsError(code, f.words(c))
}

func (*logsService) writeError(c *call, e *apiError) {
	body, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{e.Code, e.Message})
	if err != nil {
		body = []byte("{}") // strings always encode
	}
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	// A client that does not get the error sees its connection end instead.
	_ = c.respond(e.Status, logsContent, body)
}
