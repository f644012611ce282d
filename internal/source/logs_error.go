package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// LogsError is a failed request to CloudWatch Logs.
type LogsError struct {
	Op    string // the operation
	Group string // the group's ARN, or the prefix of a listing
	Class Class
	Code  string // AWS's error code; "" where the answer held none
	Err   error
}

// Error names the operation and the log group.
func (e *LogsError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Group, e.Err) }

// Unwrap is the SDK's error.
func (e *LogsError) Unwrap() error { return e.Err }

// HTTPStatus is the status that the class stands for where AWS did not answer.
func (e *LogsError) HTTPStatus() int {
	if e.Class == NotFound {
		return http.StatusNotFound
	}
	return 0
}

// ErrorCode is Code; errors that no answer of AWS caused may have one, too.
func (e *LogsError) ErrorCode() string { return e.Code }

// Throttled tells that AWS refused the request because of its quota.
func (e *LogsError) Throttled() bool {
	return e.Code == "ThrottlingException" || e.Code == "TooManyRequestsException" || e.Code == "LimitExceededException"
}

// BadToken tells that a parameter was refused. In a run of pages only its
// token can have become wrong: it lives for 24 hours.
func (e *LogsError) BadToken() bool { return e.Code == "InvalidParameterException" }

// logsCodes are the classes of the error codes, which tell more than the
// status: it is 400 for all of the client's errors
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html).
var logsCodes = map[string]Class{
	"ResourceNotFoundException":           NotFound,
	"AccessDeniedException":               Denied,
	"ExpiredTokenException":               Denied,
	"IncompleteSignature":                 Denied,
	"IncompleteSignatureException":        Denied,
	"InvalidSignatureException":           Denied,
	"MissingAuthenticationTokenException": Denied,
	"NotAuthorized":                       Denied,
	"OptInRequired":                       Denied,
	"UnrecognizedClientException":         Denied,
	"InternalFailure":                     Transient,
	"LimitExceededException":              Transient,
	"OperationAbortedException":           Transient,
	"ServiceUnavailableException":         Transient,
	"TooManyRequestsException":            Transient,
}

// logsError says what an error of the SDK means, and where it happened.
func logsError(op, group string, err error) error {
	e := &LogsError{Op: op, Group: group, Err: err}
	e.Class, e.Code = classOfJSON(err)
	return e
}

// classOfJSON is what an error of one of the JSON services means.
func classOfJSON(err error) (class Class, code string) {
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	status := 0
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	class, known := logsCodes[code]
	switch {
	case errors.Is(err, context.Canceled):
		class = Canceled
	case known:
	case status >= 300 || code != "":
		class = classOf(status, code)
	case errors.As(err, new(*smithy.SerializationError)) || errors.As(err, new(smithy.InvalidParamsError)):
		class = Permanent
	case errors.As(err, new(*smithyhttp.RequestSendError)) || errors.As(err, new(*smithy.DeserializationError)) || status > 0:
		class = Transient // no whole answer came: a fault of the network
	default:
		class = Denied // nothing was sent: no credentials were to be had
	}
	return class, code
}
