package fakeaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// sqsService is Amazon SQS' JSON 1.0 protocol, the consumer's side, for
// standard queues:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
type sqsService struct {
	mu      sync.Mutex
	queues  []*queue
	changed chan struct{} // closed and replaced when a message may have become visible
	serial  uint64
}

const (
	sqsTarget  = "AmazonSQS."
	sqsContent = "application/x-amz-json-1.0"
)

func newSQSService() *sqsService { return &sqsService{changed: make(chan struct{})} }

func (*sqsService) name() string { return "sqs" }

func (*sqsService) accepts(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Target"), sqsTarget)
}

// sqsOperation reads its parameters from a request's body, and then serves it.
type sqsOperation interface {
	queueURL() string
	// action is the permission that it needs; batches need their single form's.
	action() string
	serve(s *sqsService, c *call, q *queue) (answer any, err error)
}

// queueRequest is what every request has.
type queueRequest struct {
	QueueUrl string
}

func (in queueRequest) queueURL() string { return in.QueueUrl }

func (s *sqsService) parse(c *call) (operation, error) {
	name, _ := strings.CutPrefix(c.r.Header.Get("X-Amz-Target"), sqsTarget)
	op := operation{name: name}
	var in sqsOperation
	switch name {
	case "ReceiveMessage":
		in = &receiveMessage{}
	case "DeleteMessage":
		in = &deleteMessage{}
	case "DeleteMessageBatch":
		in = &deleteMessageBatch{}
	case "ChangeMessageVisibility":
		in = &changeVisibility{}
	case "ChangeMessageVisibilityBatch":
		in = &changeVisibilityBatch{}
	case "GetQueueAttributes":
		in = &getQueueAttributes{}
	case "":
		op.name = "Unknown"
		return op, &apiError{Status: http.StatusBadRequest, Code: "UnknownOperationException"}
	default:
		return op, notImplemented("This fake has no operation " + name + " of SQS.")
	}
	if err := c.parameters(in); err != nil {
		return op, err
	}
	op.resource = in.queueURL()
	op.serve = func(c *call) error { return s.serve(c, in) }
	return op, nil
}

// serve answers an authenticated request.
func (s *sqsService) serve(c *call, in sqsOperation) error {
	if in.queueURL() == "" {
		return &apiError{Status: http.StatusBadRequest, Code: "MissingParameter", Message: "The request must contain the parameter QueueUrl."}
	}
	s.mu.Lock()
	q := s.find(in.queueURL(), c.scope.region)
	s.mu.Unlock()
	if q == nil || q.Account != c.caller.account { // queue policies are not implemented
		return sqsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	}
	if err := c.permitSQS(in.action(), q.arn()); err != nil {
		return err
	}
	answer, err := in.serve(s, c, q)
	if err != nil {
		return err
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	return c.respond(http.StatusOK, sqsContent, body)
}

// sqsError is an error of the client's, by the code of the query protocol
// that SDKs still show.
func sqsError(code, message string) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: code, Message: message}
}

func invalidSQSValue(value any, parameter, reason string) *apiError {
	return sqsError("InvalidParameterValue", fmt.Sprintf("Value %v for parameter %s is invalid. Reason: %s", value, parameter, reason))
}

// permitSQS refuses an action on a queue; SQS writes actions in lower case.
func (c *call) permitSQS(action, resource string) error {
	err := c.allow(action, resource)
	var refused *apiError
	if errors.As(err, &refused) {
		refused.Message = strings.ReplaceAll(refused.Message, action, strings.ToLower(action))
	}
	return err
}

// authError words failures as in
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
func (*sqsService) authError(c *call, f authFailure) *apiError { return queryAuthError(c, f) }

// sqsTypes are the names of errors in the JSON protocol whose code in the
// query protocol is another.
var sqsTypes = map[string]string{
	"AWS.SimpleQueueService.NonExistentQueue":             "com.amazonaws.sqs#QueueDoesNotExist",
	"AWS.SimpleQueueService.MessageNotInflight":           "com.amazonaws.sqs#MessageNotInflight",
	"AWS.SimpleQueueService.EmptyBatchRequest":            "com.amazonaws.sqs#EmptyBatchRequest",
	"AWS.SimpleQueueService.TooManyEntriesInBatchRequest": "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
	"AWS.SimpleQueueService.BatchEntryIdsNotDistinct":     "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
	"AWS.SimpleQueueService.InvalidBatchEntryId":          "com.amazonaws.sqs#InvalidBatchEntryId",
	"ReceiptHandleIsInvalid":                              "com.amazonaws.sqs#ReceiptHandleIsInvalid",
	"InvalidAttributeName":                                "com.amazonaws.sqs#InvalidAttributeName",
	"OverLimit":                                           "com.amazonaws.sqs#OverLimit",
	"AccessDenied":                                        "com.amazon.coral.service#AccessDeniedException",
	"InvalidClientTokenId":                                "com.amazon.coral.service#UnrecognizedClientException",
	"ExpiredToken":                                        "com.amazon.coral.service#ExpiredTokenException",
	"SignatureDoesNotMatch":                               "com.amazon.coral.service#InvalidSignatureException",
	"MissingAuthenticationToken":                          "com.amazon.coral.service#MissingAuthenticationTokenException",
	"IncompleteSignature":                                 "com.amazon.coral.service#IncompleteSignatureException",
}

// writeError sends an error, with the query protocol's code in a header.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
func (*sqsService) writeError(c *call, e *apiError) {
	name, ok := sqsTypes[e.Code]
	if !ok {
		name = "com.amazon.coral.service#" + e.Code
	}
	body, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{name, e.Message})
	if err != nil {
		body = []byte("{}") // strings always encode
	}
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	c.w.Header().Set("X-Amzn-Query-Error", e.Code+";"+fault)
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	// A client that does not get the error sees its connection end instead.
	_ = c.respond(e.Status, sqsContent, body)
}
