package connector_test

import (
	"maps"
	"path/filepath"
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

// TestPolicyIsEnoughAndNoMore runs connectors whose user and role may do what
// the printed policy says, and nothing else: they collect everything, and
// nothing is refused. Without any one of its statements, something is.
func TestPolicyIsEnoughAndNoMore(t *testing.T) {
	const role = "arn:aws:iam::" + testAccount + ":role/reader"
	for name, more := range map[string]keys{
		"bucket":        {},
		"organisation":  {"prefix": "AWSLogs/*/CloudTrail/*"},
		"digests":       {"verify_digests": "on"},
		"queue":         {"sqs_queue_url": "queue"},
		"role":          {"role_arn": role},
		"log group":     {"connector": "cloudwatch", "log_groups": "app", "region": "eu-west-1"},
		"log groups":    {"connector": "cloudwatch", "log_groups": "ap*", "region": "eu-west-1"},
		"log streams":   {"connector": "cloudwatch", "log_groups": "app", "log_streams": "s*", "region": "eu-west-1"},
		"groups by ARN": {"connector": "cloudwatch", "log_groups": "arn:aws:logs:eu-west-1:" + testAccount + ":log-group:app", "region": "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newQueueS3World(t)
			for range 3 {
				w.tell(fakeaws.Direct, w.object(10))
			}
			w.digest()
			w.aws.AddLogGroup("app", "eu-west-1", testAccount)
			if err := w.aws.PutLogEvents("app", "s", fakeaws.LogEvent{Time: time.Now().Add(-time.Minute), Message: "m"}); err != nil {
				t.Fatal(err)
			}
			section, start, want := w.s3World.section(t, keys{"status_interval": "0"}), run, 30
			maps.Copy(section, more)
			if section["sqs_queue_url"] != "" {
				section["sqs_queue_url"] = w.url + "/" + testAccount + "/events"
			}
			if section["connector"] == "cloudwatch" {
				start, want = runLogs, 1
				for _, key := range []string{"sub_type", "bucket", "prefix"} {
					delete(section, key)
				}
			}
			cfg, err := config.Parse(section)
			if err != nil {
				t.Fatal(err)
			}
			grants := policy.For(cfg)
			// give gives the last grant's statements to whoever collects.
			give := func(statements []policy.Statement) {
				user := fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount, Deny: deny(grants[0].Document.Statement)}
				if len(grants) > 1 {
					w.aws.AddRole(fakeaws.Role{ARN: role, Trusted: []string{testAccount}, Deny: deny(statements)})
				} else {
					user.Deny = deny(statements)
				}
				w.aws.AddUser(user)
			}
			all := grants[len(grants)-1].Document.Statement
			give(all)
			r := start(t, section)
			r.until("all records", func() bool { return len(r.ids()) == want })
			if more["sqs_queue_url"] != "" {
				r.until("the messages deleted", func() bool { return len(w.aws.QueueMessages("events")) == 0 })
			}
			if more["verify_digests"] != "" {
				r.until("the digest read", func() bool { return w.aws.Requests()["cloudtrail.ListPublicKeys"] > 0 })
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
				give(slices.Concat(all[:i], all[i+1:]))
				section["db"] = filepath.Join(t.TempDir(), "state.db")
				w.tell(fakeaws.Direct, w.object(1))
				r := start(t, section)
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
