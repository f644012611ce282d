package probe_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/probe"
	"in_stellar_aws/tests/fakeaws"
)

const (
	account   = "111122223333"
	other     = "444455556666"
	accessKey = "AKIAIOSFODNN7EXAMPLE"
	secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	region    = "eu-west-1"
	roleARN   = "arn:aws:iam::" + other + ":role/reader"
)

// world is an AWS in which everything that the connectors of this test ask for
// is there.
type world struct {
	*fakeaws.Server
	url string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Server: fakeaws.New(fakeaws.Options{Region: region})}
	w.AddUser(fakeaws.User{AccessKey: accessKey, SecretKey: secretKey, Account: account})
	w.AddRole(fakeaws.Role{ARN: roleARN, Trusted: []string{account}})
	w.AddBucket("trail", region, account)
	for _, a := range []string{account, other} {
		put(t, w, "AWSLogs/"+a+"/CloudTrail/"+region+"/2026/11/27/"+a+"_CloudTrail_"+region+"_20261127T0000Z_x.json.gz")
	}
	w.AddQueue(fakeaws.Queue{Name: "events", Account: account})
	w.AddLogGroup("app", region, account)
	w.AddLogGroup("web/1", region, account)
	w.AddLogGroup("web/2", region, account)
	server := httptest.NewServer(w.Server)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func put(t *testing.T, w *world, key string) {
	t.Helper()
	if err := w.PutObject("trail", key, []byte("{}")); err != nil {
		t.Fatal(err)
	}
}

type section map[string]string

func (s section) Get(key string) string { return s[key] }

func (w *world) config(t *testing.T, name string, keys section) config.Config {
	t.Helper()
	all := section{
		"connector_name": name, "access_key": accessKey, "secret_key": secretKey,
		"endpoint_url": w.url, "s3_path_style": "on",
	}
	for k, v := range keys {
		all[k] = v
	}
	c, err := config.Parse(all)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	trail = section{"connector": "cloudtrail", "sub_type": "cloudtrail", "bucket": "trail", "prefix": "AWSLogs/*/CloudTrail/" + region}
	logs  = section{"connector": "cloudwatch", "region": region, "log_groups": "app,web/*"}
)

func with(keys section, key, value string) section {
	all := section{key: value}
	for k, v := range keys {
		if k != key {
			all[k] = v
		}
	}
	return all
}

func run(t *testing.T, c config.Config) (probe.Report, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	report, err := probe.Run(ctx, c, "test")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := report.Write(&table); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{secretKey, "hunter2"} {
		if strings.Contains(table.String()+report.Summary(), secret) {
			t.Errorf("a secret is in the table:\n%s", table.String())
		}
	}
	return report, table.String()
}

// find is the result of what begins so.
func find(t *testing.T, r probe.Report, what string) probe.Result {
	t.Helper()
	for _, one := range r.Results {
		if strings.HasPrefix(one.What, what) {
			return one
		}
	}
	t.Fatalf("nothing begins with %q among %+v", what, r.Results)
	return probe.Result{}
}

// TestAllPass tests connectors that work.
func TestAllPass(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		keys  section
		tries []string
	}{
		"trail": {trail, []string{
			"credentials (access_key)", "bucket trail",
			"s3://trail/AWSLogs/" + account + "/CloudTrail/", "s3://trail/AWSLogs/" + other + "/CloudTrail/",
		}},
		"role":  {with(trail, "role_arn", roleARN), []string{"role " + roleARN, "bucket trail"}},
		"queue": {with(trail, "sqs_queue_url", queueURL), []string{"queue " + queueURL, "bucket trail"}},
		"logs": {logs, []string{
			"credentials (access_key)", "CloudWatch Logs in " + region, "log group arn:aws:logs:" + region + ":" + account + ":log-group:app",
			"log group arn:aws:logs:" + region + ":" + account + ":log-group:web/1", "log group arn:aws:logs:" + region + ":" + account + ":log-group:web/2",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			report, table := run(t, w.config(t, name, test.keys))
			if report.Failed() != 0 || !strings.Contains(report.Summary(), "all ") {
				t.Errorf("%s\n%s", report.Summary(), table)
			}
			for _, what := range test.tries {
				if r := find(t, report, what); r.Err != nil || r.Status != 200 && !strings.HasPrefix(what, "credentials") || !strings.Contains(table, what) {
					t.Errorf("%s: %+v\n%s", what, r, table)
				}
			}
		})
	}
}

// ways are the five ways in which something fails: what AWS answers, and what
// the user is told.
var ways = []struct {
	status       int
	codes        map[string]string // by service
	told         int
	explanation  string
	recommending map[string]string // by service; "" for all
}{
	{400, map[string]string{"s3": "InvalidArgument", "sts": "ValidationError", "logs": "InvalidParameterException", "sqs": "InvalidAddress"}, 400, "the configuration is wrong", map[string]string{"s3": "check bucket, prefix, region", "sts": "check role_arn, external_id", "logs": "check log_groups", "sqs": "check sqs_queue_url"}},
	{403, map[string]string{"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId", "logs": "UnrecognizedClientException", "sqs": "InvalidClientTokenId"}, 401, "the credentials are not valid", map[string]string{"": "check access_key"}},
	{403, map[string]string{"s3": "AccessDenied", "sts": "AccessDenied", "logs": "AccessDeniedException", "sqs": "AccessDenied"}, 403, "not permitted", map[string]string{"": "grant the permission", "sts": "in the role's trust policy"}},
	{404, map[string]string{"s3": "NoSuchBucket", "sts": "NoSuchEntity", "logs": "ResourceNotFoundException", "sqs": "QueueDoesNotExist"}, 404, "no such ", map[string]string{"s3": "check bucket and region", "sts": "check role_arn", "logs": "check log_groups", "sqs": "check sqs_queue_url"}},
	{429, map[string]string{"s3": "SlowDown", "sts": "Throttling", "logs": "ThrottlingException", "sqs": "RequestThrottled"}, 429, "AWS limits the rate of requests", map[string]string{"": "it is tried again"}},
}

const queueURL = "https://sqs." + region + ".amazonaws.com/" + account + "/events"

// targets are what fails, and the permission that it needs.
var targets = []struct {
	name, what string
	keys       section
	hit        func(fakeaws.Request) bool
	action     string
	resource   string
}{
	{"bucket", "bucket trail", trail, func(r fakeaws.Request) bool {
		return r.Service == "s3" && r.Operation == "HeadBucket" || r.Operation == "ListObjectsV2"
	}, "s3:ListBucket", "arn:aws:s3:::trail"},
	{"account", "s3://trail/AWSLogs/" + other + "/", trail, func(r fakeaws.Request) bool {
		return r.Operation == "GetObject" && strings.Contains(r.Key, "/"+other+"/")
	}, "s3:GetObject", "arn:aws:s3:::trail/AWSLogs/" + other + "/CloudTrail/" + region + "/*"},
	{"role", "role " + roleARN, with(trail, "role_arn", roleARN), func(r fakeaws.Request) bool { return r.Operation == "AssumeRole" }, "sts:AssumeRole", roleARN},
	{"queue", "queue " + queueURL, with(trail, "sqs_queue_url", queueURL), func(r fakeaws.Request) bool { return r.Operation == "GetQueueAttributes" }, `sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueAttributes`, "arn:aws:sqs:" + region + ":" + account + ":events"},
	{"group", "log group arn:aws:logs:" + region + ":" + account + ":log-group:app", logs, func(r fakeaws.Request) bool {
		return r.Operation == "FilterLogEvents" && strings.HasSuffix(r.Resource, "app")
	}, "logs:FilterLogEvents", "arn:aws:logs:" + region + ":" + account + ":log-group:app:*"},
}

// TestFailures has each target fail in each way, and everything else work.
func TestFailures(t *testing.T) {
	for _, target := range targets {
		for _, way := range ways {
			name := fmt.Sprintf("%s_%d", target.name, way.told)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.Fault(func(r fakeaws.Request) *fakeaws.Fault {
					if !target.hit(r) {
						return nil
					}
					return &fakeaws.Fault{Status: way.status, Code: way.codes[r.Service], Message: "no"}
				})
				report, table := run(t, w.config(t, name, target.keys))
				service, _, _ := strings.Cut(target.action, ":")
				recommending := way.recommending[""]
				if of := way.recommending[service]; of != "" {
					recommending = of
				}
				if report.Failed() != 1 {
					t.Fatalf("%d failed, want 1:\n%s", report.Failed(), table)
				}
				r := find(t, report, target.what)
				if r.Status != way.told || !strings.Contains(r.Why, way.explanation) || !strings.Contains(r.Advice, recommending) {
					t.Errorf("told %d, %q, %q", r.Status, r.Why, r.Advice)
				}
				if (r.Missing != nil) != (way.told == 403) {
					t.Errorf("missing: %v", r.Missing)
				}
				want := fmt.Sprintf(`{"Effect":"Allow","Action":["%s"],"Resource":["%s"]}`, target.action, target.resource)
				if r.Missing != nil && r.Missing.String() != want {
					t.Errorf("missing %s\nwant    %s", r.Missing, want)
				}
				for _, text := range []string{"failed", fmt.Sprint(way.told), target.what, way.explanation, recommending} {
					if !strings.Contains(table, text) {
						t.Errorf("no %q in the table:\n%s", text, table)
					}
				}
			})
		}
	}
}

// TestNamedRefusal has AWS name the action and the resource, as it does for the
// caller's own policies. What is missing is the permission for all that the
// connector does there, not for the one request that was tried; a permission
// that nothing asked for by itself is as AWS names it. SQS writes actions in
// lower case.
func TestNamedRefusal(t *testing.T) {
	const (
		key   = "arn:aws:kms:" + region + ":" + account + ":key/1"
		queue = "arn:aws:sqs:" + region + ":" + account + ":events"
	)
	for _, test := range []struct{ operation, action, resource, what, missing string }{
		{
			"GetObject", "s3:GetObject", "arn:aws:s3:::trail/AWSLogs/" + other + "/one.json.gz", "s3://trail/AWSLogs/" + other,
			`{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::trail/AWSLogs/` + other + `/CloudTrail/` + region + `/*"]}`,
		},
		{
			"GetObject", "kms:Decrypt", key, "s3://trail/AWSLogs/" + other,
			`{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":["` + key + `"]}`,
		},
		{
			"GetQueueAttributes", "sqs:getqueueattributes", queue, "queue " + queueURL,
			`{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueAttributes"],"Resource":["` + queue + `"]}`,
		},
	} {
		w := newWorld(t)
		w.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Operation != test.operation {
				return nil
			}
			return &fakeaws.Fault{Status: 403, Code: "AccessDenied", Message: "User: u is not authorized to perform: " + test.action + ` on resource: "` + test.resource + `" because no identity-based policy allows the action`}
		})
		report, table := run(t, w.config(t, "c", with(trail, "sqs_queue_url", queueURL)))
		if r := find(t, report, test.what); r.Missing == nil || r.Missing.String() != test.missing || !strings.Contains(table, "not permitted: "+test.action+" on "+test.resource) {
			t.Errorf("missing %v, want %s\n%s", r.Missing, test.missing, table)
		}
	}
}

// TestNothingThere has a prefix, and a prefix of log groups, that lead nowhere.
func TestNothingThere(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		keys section
		what string
	}{
		"region":   {with(trail, "prefix", "AWSLogs/*/CloudTrail/us-west-2"), "s3://trail/AWSLogs/*/CloudTrail/us-west-2"},
		"prefix":   {with(trail, "prefix", "AWSLogs/999999999999/CloudTrail/"+region), "s3://trail/AWSLogs/999999999999/CloudTrail/" + region + "/"},
		"wildcard": {with(trail, "prefix", "nowhere/AWSLogs/*/CloudTrail/"+region), "bucket trail"},
		"groups":   {with(logs, "log_groups", "nothing/*"), "log groups nothing/*"},
	} {
		report, table := run(t, w.config(t, name, test.keys))
		if r := find(t, report, test.what); r.Status != 404 || !strings.Contains(table, "404 Not Found") || strings.Contains(r.Advice, "log_groups") != (name == "groups") {
			t.Errorf("%s: %+v\n%s", name, r, table)
		}
	}
}

// TestAccountWithoutLogs has an account that "*" stands for and that has no trail,
// as those have that only Config writes for: that is no failure.
func TestAccountWithoutLogs(t *testing.T) {
	w := newWorld(t)
	put(t, w, "AWSLogs/777788889999/Config/"+region+"/x.json.gz")
	report, table := run(t, w.config(t, "c", trail))
	if r := find(t, report, "s3://trail/AWSLogs/777788889999/CloudTrail/"); report.Failed() != 0 || r.Note != "no logs there" || !strings.Contains(table, r.Note) {
		t.Errorf("%+v\n%s", r, table)
	}
}

// TestNoAnswer says in the one line of the summary why nothing was answered.
func TestNoAnswer(t *testing.T) {
	err := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	report := probe.Report{Results: []probe.Result{{What: "bucket trail", Err: err, Explanation: health.Explain(err)}}}
	if summary := report.Summary(); !strings.Contains(summary, "bucket trail (no connection)") {
		t.Errorf("summary: %s", summary)
	}
}

// TestSkipped does not try what cannot work without the first role of a chain.
func TestSkipped(t *testing.T) {
	w := newWorld(t)
	hop := "arn:aws:iam::" + account + ":role/missing"
	report, table := run(t, w.config(t, "c", with(trail, "role_arn", hop+","+roleARN)))
	if report.Failed() != 1 || find(t, report, "role "+hop).Err == nil || !find(t, report, "role "+roleARN).Skipped || !find(t, report, "bucket trail").Skipped {
		t.Errorf("%s", table)
	}
}

// TestOneAtATime starts a second test of a connector while the first is under
// way, and one of another connector.
func TestOneAtATime(t *testing.T) {
	w := newWorld(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	w.Fault(func(fakeaws.Request) *fakeaws.Fault {
		if first.CompareAndSwap(false, true) {
			close(begun)
			<-goOn
		}
		return nil
	})
	c := w.config(t, "c", trail)
	ended := make(chan error, 1)
	go func() {
		_, err := probe.Run(t.Context(), c, "test")
		ended <- err
	}()
	<-begun
	if _, err := probe.Run(t.Context(), c, "test"); !errors.Is(err, probe.ErrRunning) {
		t.Errorf("a second test: %v", err)
	}
	if report, _ := run(t, w.config(t, "d", trail)); report.Failed() != 0 {
		t.Errorf("another connector: %s", report.Summary())
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if report, _ := run(t, c); report.Failed() != 0 {
		t.Errorf("again: %s", report.Summary())
	}
}

// TestAtTheSameTime has two accounts, and two log groups, answered only once
// both are asked for.
func TestAtTheSameTime(t *testing.T) {
	for operation, keys := range map[string]section{"GetObject": trail, "FilterLogEvents": logs} {
		w := newWorld(t)
		var asked sync.Map
		var once sync.Once
		both := make(chan struct{})
		w.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Operation != operation {
				return nil
			}
			n := 0
			asked.Store(r.Key+r.Resource, true)
			asked.Range(func(any, any) bool { n++; return true })
			if n >= 2 {
				once.Do(func() { close(both) })
			}
			<-both
			return nil
		})
		if report, table := run(t, w.config(t, "c", keys)); report.Failed() != 0 {
			t.Errorf("%s:\n%s", operation, table)
		}
	}
}

// TestManyAccounts has more accounts than a table shows, one of which fails.
func TestManyAccounts(t *testing.T) {
	w := newWorld(t)
	for i := range 100 {
		a := fmt.Sprintf("5%011d", i)
		put(t, w, "AWSLogs/"+a+"/CloudTrail/"+region+"/2026/11/27/"+a+"_CloudTrail_"+region+"_20261127T0000Z_x.json.gz")
	}
	w.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		if strings.Contains(r.Key, "500000000099") {
			return &fakeaws.Fault{Status: 403, Code: "AccessDenied", Message: "Access Denied"}
		}
		return nil
	})
	report, table := run(t, w.config(t, "c", trail))
	if report.Failed() != 1 || len(report.Results) != 104 || !strings.Contains(table, "and 53 more that passed") || !strings.Contains(table, "s3://trail/AWSLogs/500000000099/") {
		t.Errorf("%s\n%s", report.Summary(), table)
	}
}

// TestDeadline ends a test that gets no answers.
func TestDeadline(t *testing.T) {
	w := newWorld(t)
	w.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: time.Minute} })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	report, err := probe.Run(ctx, w.config(t, "c", trail), "test")
	if err != nil || report.Failed() == 0 || time.Since(began) > 20*time.Second {
		t.Errorf("%v, %s, after %v", err, report.Summary(), time.Since(began))
	}
}
