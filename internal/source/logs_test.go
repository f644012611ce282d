package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func TestLogSources(t *testing.T) {
	g := LogGroup{ARN: "arn"}
	tests := map[string][]string{
		"":                 {"arn"},
		"a b a":            {"arn:stream:a", "arn:stream:b"},
		"a* ab abc* b":     {"arn:stream:a*", "arn:stream:b"},
		"a* a":             {"arn:stream:a*"},
		"a *":              {"arn"},
		"web/1* web/1":     {"arn:stream:web/1*"},
		"x* y* x* xx* yx*": {"arn:stream:x*", "arn:stream:y*"},
	}
	for streams, want := range tests {
		var got []string
		for _, s := range LogSources(g, strings.Fields(streams)) {
			got = append(got, s.Key())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", streams, got, want)
		}
	}
}

// fakeGroups lists groups of accounts, two on a page.
type fakeGroups struct {
	groups map[string][]string // by account, "" is the caller's
	fail   error
	asked  int
}

func (f *fakeGroups) ListGroups(_ context.Context, q LogGroupQuery) (page LogGroupPage, err error) {
	f.asked++
	if f.fail != nil {
		return page, f.fail
	}
	account := q.Account
	if account == "" {
		account = "111122223333"
	}
	var found []LogGroup
	for _, name := range f.groups[q.Account] {
		if strings.HasPrefix(name, q.Prefix) {
			g, err := parseGroupARN("arn:aws:logs:eu-west-1:" + account + ":log-group:" + name + ":*")
			if err != nil {
				return page, err
			}
			found = append(found, g)
		}
	}
	from := len(q.Token)
	page.Groups = found[from:min(from+2, len(found))]
	if from+2 < len(found) {
		page.Token = strings.Repeat("x", from+2)
	}
	return page, nil
}

func TestLogGroups(t *testing.T) {
	f := &fakeGroups{groups: map[string][]string{"": {"svc/1", "svc/2", "svc/3", "other"}, "222233334444": {"theirs"}}}
	l := NewLogGroups(f, []string{"app", "svc/*", "svc/2", "arn:aws:logs:eu-west-1:222233334444:log-group:the*", "arn:aws:logs:eu-west-1:111122223333:log-group:mine"}, "111122223333", "eu-west-1")
	resolve := func(wantErr bool) (names []string) {
		t.Helper()
		groups, err := l.Resolve(t.Context())
		if (err != nil) != wantErr {
			t.Fatalf("error %v", err)
		}
		for _, g := range groups {
			names = append(names, fmt.Sprint(g.Name, g.Linked))
			if want := "arn:aws:logs:eu-west-1:" + g.Account + ":log-group:" + g.Name; g.ARN != want || g.Region != "eu-west-1" {
				t.Errorf("group %+v", g)
			}
		}
		return names
	}
	want := []string{"appfalse", "minefalse", "svc/1false", "svc/2false", "svc/3false", "theirstrue"}
	if got := resolve(false); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	f.fail = errors.New("no answer")
	if got := resolve(true); !slices.Equal(got, want) {
		t.Errorf("after an error %v, want those known before", got)
	}
	f.fail, f.groups[""] = nil, []string{"svc/9"}
	if got := resolve(false); !slices.Equal(got, []string{"appfalse", "minefalse", "svc/2false", "svc/9false", "theirstrue"}) {
		t.Errorf("after a change %v", got)
	}
}

func TestLogGroupsAskOnlyForPrefixes(t *testing.T) {
	f := &fakeGroups{}
	groups, err := NewLogGroups(f, []string{"a", "b"}, "111122223333", "us-gov-west-1").Resolve(t.Context())
	if err != nil || len(groups) != 2 || f.asked != 0 || groups[0].ARN != "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:a" {
		t.Errorf("%v, %v, asked %d times", groups, err, f.asked)
	}
	if _, err := NewLogGroups(f, []string{"arn:aws:s3:::b"}, "1", "eu-west-1").Resolve(t.Context()); err == nil {
		t.Error("an ARN of something else is taken")
	}
}

func TestLogsErrors(t *testing.T) {
	answer := func(status int, code string) error {
		return &smithy.OperationError{ServiceID: "CloudWatch Logs", OperationName: "FilterLogEvents", Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: &smithy.GenericAPIError{Code: code, Message: "m"},
		}}
	}
	tests := map[string]struct {
		err       error
		class     Class
		throttled bool
	}{
		"no group":     {answer(400, "ResourceNotFoundException"), NotFound, false},
		"denied":       {answer(400, "AccessDeniedException"), Denied, false},
		"expired":      {answer(400, "ExpiredTokenException"), Denied, false},
		"throttled":    {answer(400, "ThrottlingException"), Transient, true},
		"unavailable":  {answer(503, "ServiceUnavailableException"), Transient, false},
		"server":       {answer(500, ""), Transient, false},
		"parameter":    {answer(400, "InvalidParameterException"), Permanent, false},
		"network":      {&smithyhttp.RequestSendError{Err: errors.New("connection refused")}, Transient, false},
		"canceled":     {fmt.Errorf("x: %w", context.Canceled), Canceled, false},
		"credentials":  {errors.New("no credentials"), Denied, false},
		"broken JSON":  {&smithy.DeserializationError{Err: errors.New("cut")}, Transient, false},
		"unknown code": {answer(418, "Teapot"), Permanent, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got *LogsError
			if err := logsError("FilterLogEvents", "arn", test.err); !errors.As(err, &got) || !strings.Contains(err.Error(), "FilterLogEvents arn: ") {
				t.Fatal(err)
			}
			if got.Class != test.class || got.Throttled() != test.throttled {
				t.Errorf("class %v, throttled %v", got.Class, got.Throttled())
			}
		})
	}
}
