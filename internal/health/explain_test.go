package health_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"in_stellar_aws/internal/health"
)

// answer is an error as the SDK returns it for an answer of AWS.
func answer(status int, code, message string) error {
	var err error = &smithy.OperationError{
		ServiceID: "S3", OperationName: "ListObjectsV2",
		Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		},
	}
	return fmt.Errorf("list s3://bucket/prefix: %w", err)
}

func TestExplain(t *testing.T) {
	denied := `User: arn:aws:iam::111122223333:user/u is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::b" because no identity-based policy allows it`
	tests := map[string]struct {
		err    error
		status int
		class  string
		why    string
	}{
		"unknown key":     {answer(403, "InvalidAccessKeyId", "m"), 401, "InvalidAccessKeyId", "the credentials are not valid"},
		"expired":         {answer(400, "ExpiredToken", "m"), 401, "ExpiredToken", "the credentials have expired"},
		"clock":           {answer(403, "RequestTimeTooSkewed", "m"), 403, "RequestTimeTooSkewed", "clock"},
		"denied":          {answer(403, "AccessDenied", denied), 403, "AccessDenied", "not permitted: s3:ListBucket on arn:aws:s3:::b"},
		"denied, no text": {answer(403, "AccessDenied", "Access Denied"), 403, "AccessDenied", "not permitted"},
		"bucket":          {answer(404, "NoSuchBucket", "m"), 404, "NoSuchBucket", "no such bucket"},
		"HEAD of it":      {answer(404, "NotFound", ""), 404, "NotFound", "no such bucket"},
		"object":          {answer(404, "NoSuchKey", "m"), 404, "NoSuchKey", "no such object"},
		"bare 404":        {answer(404, "", ""), 404, "Not Found", "nothing is there"},
		"throttled":       {answer(503, "SlowDown", "m"), 503, "SlowDown", "limits the rate"},
		"429":             {answer(429, "", ""), 429, "Too Many Requests", "limits the rate"},
		"region":          {answer(301, "PermanentRedirect", "m"), 301, "PermanentRedirect", "another region"},
		"bad request":     {answer(400, "InvalidRequest", "m"), 400, "InvalidRequest", "configuration is wrong"},
		"no log group":    {answer(400, "ResourceNotFoundException", "m"), 404, "ResourceNotFoundException", "log group"},
		"log class":       {answer(400, "InvalidOperationException", "m"), 400, "InvalidOperationException", "Infrequent Access"},
		"JSON denied":     {answer(400, "AccessDeniedException", denied), 403, "AccessDeniedException", "not permitted: s3:ListBucket"},
		"JSON signature":  {answer(400, "InvalidSignatureException", "m"), 401, "InvalidSignatureException", "the credentials are not valid"},
		"no queue":        {answer(400, "AWS.SimpleQueueService.NonExistentQueue", "m"), 404, "AWS.SimpleQueueService.NonExistentQueue", "no such queue"},
		"messages":        {answer(403, "OverLimit", "m"), 403, "OverLimit", "too many messages"},
		"server":          {answer(500, "InternalError", "m"), 500, "InternalError", "AWS has a problem"},
		"dns":             {fmt.Errorf("x: %w", &net.DNSError{Err: "no such host", Name: "h"}), 0, "the host name cannot be resolved", "cannot be resolved"},
		"refused":         {fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")}), 0, "no connection", "no connection"},
		"proxy":           {fmt.Errorf("x: %w", errors.New("Proxy Authentication Required")), 0, "the proxy does not take the user and password", "proxy"},
		"proxy away":      {fmt.Errorf("x: %w", &net.OpError{Op: "proxyconnect", Err: errors.New("connection refused")}), 0, "the proxy cannot be reached", "the proxy"},
		"no TLS":          {fmt.Errorf("x: %w", &url.Error{Op: "Get", Err: http.ErrSchemeMismatch}), 0, "the other side does not speak TLS", "TLS"},
		"certificate":     {fmt.Errorf("x: %w", &url.Error{Op: "Get", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}), 0, "the certificate of the other side is not trusted", "not trusted"},
		"file":            {fmt.Errorf("open state: %w", &fs.PathError{Op: "open", Path: "/d/x.db", Err: syscall.ENOENT}), 0, "/d/x.db cannot be used: no such file or directory", "/d/x.db"},
		"full disk":       {&fs.PathError{Op: "write", Path: "/d/x.db", Err: syscall.ENOSPC}, 0, "/d/x.db cannot be used: no space left on device", "/d/x.db"},
		"other":           {fmt.Errorf("a: %w", errors.New("something else")), 0, "something else", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := health.Explain(test.err)
			if e.Status != test.status || e.Class != test.class || !strings.Contains(e.Why, test.why) || (e.Why == "") != (e.Advice == "") {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestAdvice holds that the advice names what the refused service is asked by,
// also where another service's request needed it first.
func TestAdvice(t *testing.T) {
	ask := func(service, operation string, err error) error {
		return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: err}
	}
	said := func(status int, code, message string) error {
		return &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		}
	}
	const refusal = "not authorized to perform: %s on resource: arn:aws:x"
	for name, test := range map[string]struct {
		err    error
		advice []string
	}{
		"bucket": {ask("S3", "ListObjectsV2", said(400, "InvalidArgument", "")), []string{"bucket, prefix, region and endpoint_url"}},
		"queue":  {ask("SQS", "ReceiveMessage", said(400, "InvalidAddress", "")), []string{"sqs_queue_url and region"}},
		"group":  {ask("CloudWatch Logs", "FilterLogEvents", said(400, "InvalidParameterException", "")), []string{"log_groups, log_streams and region"}},
		"role":   {ask("S3", "HeadBucket", ask("STS", "AssumeRole", said(400, "ValidationError", ""))), []string{"role_arn, external_id"}},
		"denied role": {
			ask("S3", "HeadBucket", ask("STS", "AssumeRole", said(403, "AccessDenied", fmt.Sprintf(refusal, "sts:AssumeRole")))),
			[]string{"trust policy", "external_id"},
		},
		"denied web identity": {ask("STS", "AssumeRoleWithWebIdentity", said(403, "AccessDenied", "")), []string{"trust policy"}},
		"denied key":          {ask("S3", "GetObject", said(403, "AccessDenied", fmt.Sprintf(refusal, "kms:Decrypt"))), []string{"the key's own policy"}},
		"denied queue":        {ask("SQS", "ReceiveMessage", said(403, "AccessDenied", "")), []string{"STELLAR_AWS_POLICY=1", "the queue's own policy"}},
		"denied object":       {ask("S3", "GetObject", said(403, "AccessDenied", "Access Denied")), []string{"STELLAR_AWS_POLICY=1", "kms:Decrypt", "bucket's", "expected_bucket_owner"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := health.Explain(test.err)
			for _, text := range test.advice {
				if !strings.Contains(e.Advice, text) {
					t.Errorf("no %q in %q", text, e.Advice)
				}
			}
		})
	}
}

func TestCauses(t *testing.T) {
	var log strings.Builder
	now := time.Unix(1_700_000_000, 0)
	c := health.NewCauses(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	said := func(what string) int { return strings.Count(log.String(), what) }

	for range 5 {
		c.Report("list objects", errors.Join(answer(404, "NoSuchBucket", "m"), answer(503, "SlowDown", "m")))
	}
	if said("NoSuchBucket") == 0 || said("level=ERROR") != 2 {
		t.Errorf("each cause once:\n%s", &log)
	}
	now = now.Add(11 * time.Minute)
	c.Report("list objects", answer(404, "NoSuchBucket", "m"))
	if said("errors=6") != 1 {
		t.Errorf("again after ten minutes, with the count:\n%s", &log)
	}
	c.Report("list objects", nil)
	c.Report("list objects", nil)
	if said("works again: list objects") != 2 {
		t.Errorf("the end of both causes, once:\n%s", &log)
	}
	c.Report("list objects", answer(404, "NoSuchBucket", "m"))
	if said("errors=1") != 3 {
		t.Errorf("a new failure is said anew:\n%s", &log)
	}
}
