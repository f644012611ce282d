// Package health tells operators how their connectors are: what a failed AWS
// call means and what to do about it.
package health

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Explanation is what an error means to the person who runs the connector.
type Explanation struct {
	Class  string // what errors of the same cause have in common
	Status int    // HTTP status; 0 when there was no answer
	Name   string // the status's standard name
	Code   string // AWS's error code
	Why    string
	Advice string

	Throttled bool // refused because of its rate: what it delays is done
}

// Attrs is the explanation as attributes of a log line.
func (e Explanation) Attrs() []any {
	var attrs []any
	if e.Status != 0 {
		attrs = append(attrs, "status", e.Status, "name", e.Name)
	}
	if e.Code != "" {
		attrs = append(attrs, "code", e.Code)
	}
	if e.Why != "" {
		attrs = append(attrs, "explanation", e.Why, "recommendation", e.Advice)
	}
	return attrs
}

// Error codes that mean the same whatever the HTTP status that carries them
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/CommonErrors.html). S3
// answers 403 or 400 to credentials that it does not know.
var (
	credentialCodes = set("InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException",
		"InvalidToken", "TokenRefreshRequired", "UnrecognizedClientException", "IncompleteSignature", "MissingAuthenticationToken", "NotSignedUp",
		"InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException")
	throttleCodes = set("SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
		"RequestLimitExceeded", "BandwidthLimitExceeded", "RequestThrottled", "RequestThrottledException", "LimitExceededException", "PriorRequestNotComplete")
	clockCodes = set("RequestTimeTooSkewed", "RequestExpired")
)

// statusOf is what the codes of services that answer 400 to every error of the
// client's mean, CloudWatch Logs among them
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html).
var statusOf = map[string]int{
	"AccessDeniedException":     http.StatusForbidden,
	"ResourceNotFoundException": http.StatusNotFound,
	noQueue:                     http.StatusNotFound,
}

// noQueue is what SQS says where a queue does not exist, or is another
// account's
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
const noQueue = "AWS.SimpleQueueService.NonExistentQueue"

func set(codes ...string) map[string]bool {
	m := make(map[string]bool, len(codes))
	for _, code := range codes {
		m[code] = true
	}
	return m
}

// Explain says what err means. An error of no known kind is its own
// explanation: only Class is set then.
func Explain(err error) Explanation {
	var e Explanation
	var api smithy.APIError
	var coded interface{ ErrorCode() string }
	if errors.As(err, &api) {
		e.Code = api.ErrorCode()
	} else if errors.As(err, &coded) {
		e.Code = coded.ErrorCode()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		e.Status = response.HTTPStatusCode()
	}
	if status := statusOf[e.Code]; status != 0 {
		e.Status = status
	}
	var own interface{ HTTPStatus() int }
	if e.Status == 0 && errors.As(err, &own) {
		e.Status = own.HTTPStatus()
	}
	e.Throttled = throttleCodes[e.Code] || e.Status == http.StatusTooManyRequests
	e.Why, e.Advice = meaning(e.Status, e.Code, err)
	if credentialCodes[e.Code] {
		e.Status = http.StatusUnauthorized // as users know it, whatever the service answered with
	}
	e.Name = http.StatusText(e.Status)
	if e.Class = e.Code; e.Class == "" {
		e.Class = e.Name
	}
	if e.Class == "" {
		e.Class = e.Why
	}
	if e.Class == "" {
		e.Class = root(err).Error()
	}
	return e
}

func meaning(status int, code string, err error) (why, advice string) {
	service, operation := asked(err)
	switch {
	case clockCodes[code]:
		return "this machine's clock is too far from AWS's", "set the clock, for example by NTP"
	case code == "ExpiredToken", code == "ExpiredTokenException":
		return "the credentials have expired", "give new credentials (session_token, or the role's source keys)"
	case credentialCodes[code]:
		return "the credentials are not valid", "check access_key, secret_key and session_token, and that the key is active"
	case throttleCodes[code], status == http.StatusTooManyRequests:
		return "AWS limits the rate of requests", "nothing to do: it is tried again, more slowly; ask AWS for a higher quota if it persists"
	case code == "KMS.DisabledException", code == "KMS.NotFoundException", code == "KMS.KMSInvalidStateException":
		return "the KMS key of the object cannot be used", "enable the key, or restore it"
	case code == noQueue, code == "QueueDoesNotExist":
		return "no such queue", "check sqs_queue_url and region"
	case code == "OverLimit":
		return "too many messages of the queue are in flight", "look for messages that nobody deletes: a queue for this connector alone, with notifications of its prefix only, has none"
	case code == "InvalidOperationException":
		return "the log group's class, Infrequent Access, does not let its events be read", "have what is to be collected logged to a group of the class Standard: the class of a group cannot be changed"
	case code == "ResourceNotFoundException":
		return "no such log group or stream", "check log_groups, log_streams and region"
	case status == http.StatusForbidden:
		return "not permitted" + refused(err), permit(service, operation, err)
	case code == "NoSuchEntity":
		return "no such role", "check role_arn"
	case code == "NoSuchKey":
		return "no such object", "nothing to do, if something deletes objects; else check who does"
	case code == "NoSuchBucket", code == "NotFound": // a HEAD's answer has no code of S3's
		return "no such bucket", "check bucket and region"
	case status == http.StatusNotFound:
		return "nothing is there", "check " + settings(service)
	case status == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed", code == "PermanentRedirect":
		return "the bucket is in another region", "set region to the bucket's, or leave it out to have it found"
	case status == http.StatusBadRequest:
		return "AWS does not accept the request: the configuration is wrong", "check " + settings(service)
	case status >= 500:
		return "AWS has a problem", "nothing to do: it is tried again"
	}
	return unanswered(err)
}

// unanswered is what an error means where AWS has said nothing.
func unanswered(err error) (why, advice string) {
	var network net.Error
	var dns *net.DNSError
	var file *fs.PathError
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)): // of a tunnel; net/http gives no type
		return "the proxy does not take the user and password", "check user and password in proxy_uri, percent-encoded"
	case errors.As(err, &certificate):
		return "the certificate of the other side is not trusted", "name the authority that has signed it in ca_file (a proxy that looks into TLS has one of its own); check endpoint_url and this machine's clock"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the other side does not speak TLS", "check https:// in endpoint_url and proxy_uri"
	case errors.As(err, &dns):
		return "the host name cannot be resolved", "check region, endpoint_url, proxy_uri and this machine's DNS"
	// Before the network: the syscall.Errno in it has the methods of a net.Error.
	case errors.As(err, &file):
		return file.Path + " cannot be used: " + file.Err.Error(), "check that its folder exists, that Fluent Bit's user may read and write there, and that the disk has room"
	case errors.As(err, &dial) && dial.Op == "proxyconnect":
		return "the proxy cannot be reached", "check host and port in proxy_uri"
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time", "check proxy_uri, endpoint_url and this machine's network"
	case errors.As(err, &network):
		return "no connection", "check proxy_uri, endpoint_url and this machine's network"
	}
	return "", ""
}

// asked is the request that came to nothing. A request for which credentials
// were to be had first holds theirs.
func asked(err error) (service, operation string) {
	for op := (*smithy.OperationError)(nil); errors.As(err, &op); err = op.Err {
		service, operation = op.ServiceID, op.OperationName
	}
	return service, operation
}

// settings are the keys that say what a service, by the SDK's name, is asked
// for.
func settings(service string) string {
	switch service {
	case "CloudWatch Logs":
		return "log_groups, log_streams and region"
	case "SQS":
		return "sqs_queue_url and region"
	case "STS":
		return "role_arn, external_id, role_session_name and region"
	}
	return "bucket, prefix, region and endpoint_url"
}

// permit says who is to allow what was refused.
func permit(service, operation string, err error) string {
	action, _ := Refused(err)
	switch {
	case strings.HasPrefix(operation, "AssumeRole"):
		return "allow it on both sides: in the policy of who assumes the role, and in the role's trust policy; check role_arn and external_id"
	case strings.HasPrefix(action, "kms:"):
		return "grant the permission to the connector's user or role, and check the key's own policy"
	}
	const grant = "grant the permission to the connector's user or role (STELLAR_AWS_POLICY=1 prints the whole policy)"
	switch service {
	case "CloudWatch Logs":
		return grant
	case "SQS":
		return grant + "; check the queue's own policy"
	}
	return grant + "; for SSE-KMS also kms:Decrypt; check the bucket's and the role's policies, and expected_bucket_owner"
}

// AWS's text for a refusal, for example "User: arn:… is not authorized to
// perform: s3:ListBucket on resource: \"arn:…\"".
var (
	actionRefused = regexp.MustCompile(`not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)`)
	arnRefused    = regexp.MustCompile(`on resource: "?(arn:[^" ]+)`)
)

// Refused is the action and the resource that AWS's text says were refused; ""
// where it does not.
func Refused(err error) (action, resource string) {
	text := err.Error()
	if m := actionRefused.FindStringSubmatch(text); m != nil {
		action = m[1]
	}
	if m := arnRefused.FindStringSubmatch(text); m != nil {
		resource = m[1]
	}
	return action, resource
}

// refused names them in a sentence.
func refused(err error) (what string) {
	action, resource := Refused(err)
	if action != "" {
		what = ": " + action
	}
	if resource != "" {
		what += " on " + resource
	}
	return what
}

// root is the innermost error of a chain.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
