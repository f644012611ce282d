package docs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"in_stellar_aws/internal/health"
)

// answer is an error as the SDK returns it for AWS's answer.
func answer(status int, code, message string) error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: message},
	}
}

// of is the error of a service's request.
func of(service, operation string, err error) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: err}
}

// refusals are errors of every meaning that the plugin knows; those of one
// meaning follow each other.
var refusals = []struct {
	name string // of an error that is no answer
	err  error
}{
	{"", answer(400, "InvalidRequest", "")},
	{"", of("SQS", "ReceiveMessage", answer(400, "InvalidAddress", ""))},
	{"", of("STS", "AssumeRole", answer(400, "ValidationError", ""))},
	{"", of("CloudWatch Logs", "FilterLogEvents", answer(400, "InvalidParameterException", ""))},
	{"", answer(403, "InvalidAccessKeyId", "")},
	{"", answer(403, "SignatureDoesNotMatch", "")},
	{"", answer(400, "UnrecognizedClientException", "")},
	{"", answer(400, "ExpiredToken", "")},
	{"", answer(400, "ExpiredTokenException", "")},
	{"", answer(403, "RequestTimeTooSkewed", "")},
	{"", answer(403, "AccessDenied", `not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::my-trail-bucket/…"`)},
	{"", of("STS", "AssumeRole", answer(403, "AccessDenied", `not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/…`))},
	{"", of("SQS", "ReceiveMessage", answer(403, "AccessDenied", `not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:111122223333:…`))},
	{"", of("CloudWatch Logs", "FilterLogEvents", answer(400, "AccessDeniedException", `not authorized to perform: logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:111122223333:log-group:…`))},
	{"", answer(403, "AccessDenied", `not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/…`)},
	{"", answer(400, "KMS.DisabledException", "")},
	{"", answer(400, "KMS.NotFoundException", "")},
	{"", answer(404, "NoSuchBucket", "")},
	{"", answer(404, "NoSuchKey", "")},
	{"", answer(404, "NoSuchEntity", "")},
	{"404 without a code: no object below a prefix", answer(404, "", "")},
	{"", answer(400, "ResourceNotFoundException", "")},
	{"", answer(400, "InvalidOperationException", "")},
	{"", answer(400, "AWS.SimpleQueueService.NonExistentQueue", "")},
	{"", answer(403, "OverLimit", "")},
	{"", answer(301, "PermanentRedirect", "")},
	{"", answer(400, "AuthorizationHeaderMalformed", "")},
	{"", answer(503, "SlowDown", "")},
	{"", answer(400, "ThrottlingException", "")},
	{"", answer(429, "TooManyRequestsException", "")},
	{"", answer(500, "InternalError", "")},
	{"407 from the proxy", errors.New(http.StatusText(http.StatusProxyAuthRequired))},
	{"a TLS handshake", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}},
	{"an answer without TLS", http.ErrSchemeMismatch},
	{"no proxy", &net.OpError{Op: "proxyconnect", Err: errors.New("connection refused")}},
	{"no address", &net.DNSError{Err: "no such host"}},
	{"no answer", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
	{"a file of this machine", &fs.PathError{Op: "open", Path: "stellar_aws.db", Err: os.ErrPermission}},
	{"no connection", &net.OpError{Op: "dial", Err: errors.New("connection refused")}},
}

// errorsTable is what the plugin says to errors of AWS.
func errorsTable() string {
	var b strings.Builder
	b.WriteString(row("what comes", "explanation", "recommendation") + "|---|---|---|\n")
	var names []string
	for i, r := range refusals {
		e := health.Explain(r.err)
		name := r.name
		if name == "" {
			name = fmt.Sprintf("%d `%s`", e.Status, e.Code)
		}
		names = append(names, name)
		if i+1 < len(refusals) {
			if next := health.Explain(refusals[i+1].err); next.Why == e.Why && next.Advice == e.Advice {
				continue
			}
		}
		b.WriteString(row(strings.Join(names, ", "), e.Why, e.Advice))
		names = nil
	}
	return b.String()
}

// meanings are the functions that hold all that an error may be said to mean.
var meanings = map[string]bool{"meaning": true, "unanswered": true, "settings": true, "permit": true}

// TestErrorsAreAll finds the meanings in the code that the table lacks.
func TestErrorsAreAll(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/health/explain.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	table, found := errorsTable(), 0
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && !meanings[f.Name.Name] {
			return false
		}
		result, ok := n.(*ast.ReturnStmt)
		if !ok {
			return true
		}
		ast.Inspect(result, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				if found++; !strings.Contains(table, text) {
					t.Errorf("the table has no %q: add an error that means it", text)
				}
			}
			return true
		})
		return false
	})
	if found < 40 {
		t.Fatalf("only %d texts in %v: are they still there?", found, meanings)
	}
}
