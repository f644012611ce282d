package connector_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/policy"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// deny refuses what a policy does not allow.
func deny(statements []policy.Statement) func(action, resource string) bool {
	covers := func(pattern, name string) bool {
		quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		return regexp.MustCompile("^" + quoted + "$").MatchString(name)
	}
	return func(action, resource string) bool {
		return !slices.ContainsFunc(statements, func(s policy.Statement) bool {
			return s.Allows(action) && slices.ContainsFunc(s.Resource, func(r string) bool { return covers(r, resource) })
		})
	}
}

// digest stores a digest of no log files, signed by a key that AWS lists.
func (w *queueS3World) digest() {
	w.t.Helper()
	key := generate.NewDigestKey(1)
	w.aws.AddPublicKey(fakeaws.PublicKey{Region: "eu-west-1", Value: key.DER(), Fingerprint: key.Fingerprint()})
	chain := generate.New(1, generate.Options{Accounts: []string{testAccount}, Regions: []string{"eu-west-1"}, Bucket: testBucket}).Digests(generate.File{}, generate.AccountTrail)
	chain.Use(key)
	o, err := chain.Next(w.now.Add(-2*time.Hour), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.aws.PutObject(testBucket, o.Key, o.Body, fakeaws.WithMetadata(o.Metadata), fakeaws.WithLastModified(w.now.Add(-2*time.Hour))); err != nil {
		w.t.Fatal(err)
	}
}

// policyCase is a connector and all that it can collect, in an AWS of its own.
type policyCase struct {
	*queueS3World
	section keys
	start   func(*testing.T, keys) *running
	want    int // records
	grants  []policy.Grant
}

const policyRole = "arn:aws:iam::" + testAccount + ":role/reader"

func newPolicyCase(t *testing.T, more keys) *policyCase {
	t.Helper()
	c := &policyCase{queueS3World: newQueueS3World(t), start: run, want: 30}
	for range 3 {
		c.tell(fakeaws.Direct, c.object(10))
	}
	c.digest()
	c.aws.AddLogGroup("app", "eu-west-1", testAccount)
	if err := c.aws.PutLogEvents("app", "s", fakeaws.LogEvent{Time: time.Now().Add(-time.Minute), Message: "m"}); err != nil {
		t.Fatal(err)
	}
	c.section = c.s3World.section(t, keys{"status_interval": "0"})
	maps.Copy(c.section, more)
	if c.section["sqs_queue_url"] != "" {
		c.section["sqs_queue_url"] = c.url + "/" + testAccount + "/events"
	}
	if c.section["connector"] == "cloudwatch" {
		c.start, c.want = runLogs, 1
		for _, key := range []string{"sub_type", "bucket", "prefix"} {
			delete(c.section, key)
		}
	}
	cfg, err := config.Parse(c.section)
	if err != nil {
		t.Fatal(err)
	}
	c.grants = policy.For(cfg)
	return c
}

// collecting are the statements of whoever collects: the user, or its role.
func (c *policyCase) collecting() []policy.Statement {
	return c.grants[len(c.grants)-1].Document.Statement
}

// run starts the connector with these statements for whoever collects.
func (c *policyCase) run(t *testing.T, statements []policy.Statement) *running {
	t.Helper()
	user := fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount, Deny: deny(statements)}
	if len(c.grants) > 1 {
		user.Deny = deny(c.grants[0].Document.Statement)
		c.aws.AddRole(fakeaws.Role{ARN: policyRole, Trusted: []string{testAccount}, Deny: deny(statements)})
	}
	c.aws.AddUser(user)
	return c.start(t, c.section)
}

// TestPolicyIsEnoughAndNoMore runs connectors whose user and role may do what
// the printed policy says, and nothing else: they collect everything, and
// nothing is refused. Without any one of its statements, something is.
func TestPolicyIsEnoughAndNoMore(t *testing.T) {
	for name, more := range map[string]keys{
		"bucket":        {},
		"organisation":  {"prefix": "AWSLogs/*/CloudTrail/*"},
		"digests":       {"verify_digests": "on"},
		"queue":         {"sqs_queue_url": "queue"},
		"role":          {"role_arn": policyRole},
		"log group":     {"connector": "cloudwatch", "log_groups": "app", "region": "eu-west-1"},
		"log groups":    {"connector": "cloudwatch", "log_groups": "ap*", "region": "eu-west-1"},
		"log streams":   {"connector": "cloudwatch", "log_groups": "app", "log_streams": "s*", "region": "eu-west-1"},
		"groups by ARN": {"connector": "cloudwatch", "log_groups": "arn:aws:logs:eu-west-1:" + testAccount + ":log-group:app", "region": "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newPolicyCase(t, more)
			all := c.collecting()
			r := c.run(t, all)
			r.until("all records", func() bool { return len(r.ids()) == c.want })
			if more["sqs_queue_url"] != "" {
				r.until("the messages deleted", func() bool { return len(c.aws.QueueMessages("events")) == 0 })
			}
			if more["verify_digests"] != "" {
				r.until("the digest read", func() bool { return c.aws.Requests()["cloudtrail.ListPublicKeys"] > 0 })
			}
			r.stop()
			if strings.Contains(r.journal.String(), "status=403") {
				t.Errorf("refused with the whole policy:\n%s", r.journal)
			}
			for i, s := range all {
				// The fake AWS encrypts nothing. With a queue, nothing is listed
				// before the queue's first long poll has ended.
				if s.Sid == "OnlyWithSSEKMS" || more["sqs_queue_url"] != "" && s.Allows("s3:ListBucket") {
					continue
				}
				r := newPolicyCase(t, more).run(t, slices.Concat(all[:i], all[i+1:]))
				service, _, _ := strings.Cut(s.Action[0], ":")
				if service == "cloudtrail" { // which is optional
					r.untilSaid("level=WARN", "or allow "+s.Action[0])
				} else {
					r.untilSaid("status=403", "not permitted: "+service+":")
				}
				r.stop()
			}
		})
	}
}
