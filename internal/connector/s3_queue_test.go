package connector_test

import (
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// queueS3World is a trail whose notifications come into a queue "events".
type queueS3World struct {
	*s3World
	t   *testing.T
	gen *generate.Generator
}

func newQueueS3World(t *testing.T) *queueS3World {
	t.Helper()
	w := &queueS3World{s3World: newS3World(t), t: t}
	w.gen = generate.New(1, generate.Options{Accounts: []string{testAccount}, Regions: []string{"eu-west-1"}, Start: w.now.Add(-3 * time.Hour)})
	w.aws.AddQueue(fakeaws.Queue{Name: "dead", Account: testAccount})
	w.aws.AddQueue(fakeaws.Queue{Name: "events", Account: testAccount, DeadLetters: "dead", MaxReceives: 3})
	return w
}

func (w *queueS3World) section(more keys) keys {
	section := w.s3World.section(w.t, keys{"sqs_queue_url": w.url + "/" + testAccount + "/events"})
	for k, v := range more {
		section[k] = v
	}
	return section
}

// object stores a generated file that is an hour old and returns its key.
func (w *queueS3World) object(records int) (key string) {
	w.t.Helper()
	o := w.gen.CloudTrailFile(generate.TrailFile{File: generate.File{Records: records}})
	if err := w.aws.PutObject(testBucket, o.Key, o.Body, fakeaws.WithLastModified(w.now.Add(-time.Hour))); err != nil {
		w.t.Fatal(err)
	}
	return o.Key
}

// tell sends the notification of objects.
func (w *queueS3World) tell(via fakeaws.Via, keys ...string) {
	w.t.Helper()
	body, err := w.aws.Notification(via, testBucket, keys...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(body)
}

func (w *queueS3World) send(body string) {
	w.t.Helper()
	if err := w.aws.SendMessage("events", body); err != nil {
		w.t.Fatal(err)
	}
}

// TestS3Queue takes objects from S3's three ways of telling and CloudTrail's
// own, finds what it was not told of by listing, and leaves what is for others.
func TestS3Queue(t *testing.T) {
	w := newQueueS3World(t)
	test, err := w.aws.TestNotification(fakeaws.SNS, testBucket)
	if err != nil {
		t.Fatal(err)
	}
	w.send(test)
	w.tell(fakeaws.Direct, w.object(10), w.object(10))
	w.tell(fakeaws.SNS, w.object(10))
	key := w.object(10)
	w.tell(fakeaws.EventBridge, key)
	w.tell(fakeaws.Direct, key)
	w.tell(fakeaws.TrailTopic, w.object(10), w.object(10), key)
	w.send("CloudTrail validation message.")
	if err := w.aws.PutObject(testBucket, "AWSLogs/"+testAccount+"/Config/x.json.gz", nil); err != nil {
		t.Fatal(err)
	}
	w.tell(fakeaws.Direct, "AWSLogs/"+testAccount+"/Config/x.json.gz")
	gone := w.object(10)
	w.tell(fakeaws.Direct, gone)
	if err := w.aws.DeleteObject(testBucket, gone); err != nil {
		t.Fatal(err)
	}
	missed := w.object(10) // nobody tells of it
	old := w.object(0)     // and this is overwritten
	w.tell(fakeaws.Direct, old)
	if err := w.aws.PutObject(testBucket, old, w.gen.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 10}}).Body, fakeaws.WithLastModified(w.now.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	w.tell(fakeaws.Direct, old)

	r := run(t, w.section(nil))
	r.until("all records", func() bool { return len(r.ids()) == 80 })
	r.until("all messages but one", func() bool { return len(w.aws.QueueMessages("events")) == 1 })
	r.stop()
	for id, n := range r.ids() {
		if n != 1 {
			t.Fatalf("record %s came %d times", id, n)
		}
	}
	if left := w.aws.QueueMessages("events"); !strings.Contains(left[0], "Config") {
		t.Errorf("left in the queue: %v", left)
	}
	for _, part := range []string{"objects were found by listing", "is not for this connector", "object is gone before it was read", "key=" + gone, "key=" + old} {
		if !strings.Contains(r.journal.String(), part) {
			t.Errorf("no %q in the log", part)
		}
	}
	if strings.Contains(r.journal.String(), "level=ERROR") {
		t.Errorf("complaints:\n%s", r.journal)
	}

	// A second start fetches nothing, also not what came by listing.
	w.tell(fakeaws.Direct, missed, key)
	w.aws.ResetRequests()
	section := w.section(nil)
	section["db"] = r.section["db"]
	again := run(t, section)
	again.until("the duplicate", func() bool { return len(w.aws.QueueMessages("events")) == 1 })
	again.stop()
	if n := w.aws.Requests()["s3.GetObject"]; n != 0 {
		t.Errorf("%d objects fetched again", n)
	}
}

// TestS3QueueWrong says what is wrong, and goes on once it is right.
func TestS3QueueWrong(t *testing.T) {
	w := newQueueS3World(t)
	w.tell(fakeaws.Direct, w.object(10))
	refused := fakeaws.User{AccessKey: "AKIDREFUSED000000000", SecretKey: testSecret, Account: testAccount, ARN: "arn:aws:iam::" + testAccount + ":user/refused", Deny: func(action, _ string) bool { return action == "sqs:ReceiveMessage" }}
	w.aws.AddUser(refused)
	tests := map[string]struct {
		more keys
		want []string
	}{
		"queue":      {keys{"sqs_queue_url": w.url + "/" + testAccount + "/none"}, []string{"status=404", "NonExistentQueue", "no such queue", "check sqs_queue_url"}},
		"permission": {keys{"access_key": refused.AccessKey}, []string{"status=403", "not permitted: sqs:receivemessage on arn:aws:sqs:eu-west-1:" + testAccount + ":events"}},
		"no redrive": {keys{"sqs_queue_url": w.url + "/" + testAccount + "/dead"}, []string{"has no dead-letter queue"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, w.section(test.more))
			r.untilSaid(test.want...)
			r.stop()
			if n := len(w.aws.QueueMessages("events")); n != 1 {
				t.Errorf("%d messages in the queue, want the one", n)
			}
		})
	}
}
