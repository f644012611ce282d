package fakeaws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"in_stellar_aws/tests/fakeaws"
)

// sqsFixture is a fake whose clock stands still, with a queue "events" whose
// messages go to "dead" after three receives.
type sqsFixture struct {
	*fixture
	clock *clock
	api   *sqs.Client
	url   *string
}

func newSQSFixture(t *testing.T) *sqsFixture {
	t.Helper()
	f := &sqsFixture{clock: &clock{now: time.Now().UTC().Truncate(time.Second)}}
	f.fixture = newFixture(t, fakeaws.Options{Clock: f.clock.Now, MaxSkew: -1})
	f.AddQueue(fakeaws.Queue{Name: "dead", Account: owner})
	f.AddQueue(fakeaws.Queue{Name: "events", Account: owner, DeadLetters: "dead", MaxReceives: 3})
	f.api = f.sqs(ownerUser)
	f.url = aws.String(f.fixture.url + "/" + owner + "/events")
	return f
}

func (f *fixture) sqs(user fakeaws.User) *sqs.Client {
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(f.url), HTTPClient: f.client, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, user.SessionToken),
	})
}

func (f *sqsFixture) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if err := f.SendMessage("events", body); err != nil {
			t.Fatal(err)
		}
	}
}

// receive asks for up to n messages, hidden for 60 s, without waiting.
func (f *sqsFixture) receive(t *testing.T, n int32) []sqstypes.Message {
	t.Helper()
	out, err := f.api.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: f.url, MaxNumberOfMessages: n, VisibilityTimeout: 60,
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

func bodies(messages []sqstypes.Message) string {
	return strings.Join(collect(messages, func(m sqstypes.Message) *string { return m.Body }), " ")
}

func TestReceiveAndDelete(t *testing.T) {
	f := newSQSFixture(t)
	f.send(t, "a", "b", "c")
	first := f.receive(t, 2)
	if got := bodies(first); got != "a b" {
		t.Fatalf("received %q", got)
	}
	if got := first[0].Attributes; got["ApproximateReceiveCount"] != "1" || got["SentTimestamp"] != fmt.Sprint(f.clock.Now().UnixMilli()) {
		t.Errorf("attributes %v", got)
	}
	if got := bodies(f.receive(t, 10)); got != "c" {
		t.Errorf("received %q while a and b are in flight", got)
	}
	if _, err := f.api.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: first[0].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	f.clock.Add(60 * time.Second)
	again := f.receive(t, 10)
	if got := bodies(again); got != "b c" || again[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Errorf("received %q, count %v after the timeout", got, again[0].Attributes)
	}
	// The handle of an earlier receive succeeds, and deletes nothing.
	if _, err := f.api.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: f.url, ReceiptHandle: first[1].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	if got := f.QueueStats("events"); got.InFlight != 2 || got.Deleted != 1 || got.Returned != 2 {
		t.Errorf("stats %+v", got)
	}
}

func TestVisibility(t *testing.T) {
	f := newSQSFixture(t)
	f.send(t, "a", "b")
	held := f.receive(t, 2)
	f.clock.Add(50 * time.Second)
	out, err := f.api.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: f.url, Entries: []sqstypes.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("0"), ReceiptHandle: held[0].ReceiptHandle, VisibilityTimeout: 60},
		{Id: aws.String("1"), ReceiptHandle: held[1].ReceiptHandle, VisibilityTimeout: 0},
		{Id: aws.String("2"), ReceiptHandle: aws.String("nonsense"), VisibilityTimeout: 0},
	}})
	if err != nil || len(out.Successful) != 2 || len(out.Failed) != 1 || aws.ToString(out.Failed[0].Code) != "ReceiptHandleIsInvalid" {
		t.Fatalf("batch: %+v, %v", out, err)
	}
	if got := bodies(f.receive(t, 10)); got != "b" {
		t.Errorf("received %q, want the released one", got)
	}
	f.clock.Add(59 * time.Second)
	if got := bodies(f.receive(t, 10)); got != "" {
		t.Errorf("received %q, want nothing: a's timeout was set anew", got)
	}
}

func TestDeadLetters(t *testing.T) {
	f := newSQSFixture(t)
	f.send(t, "poison")
	for range 3 {
		if got := bodies(f.receive(t, 1)); got != "poison" {
			t.Fatalf("received %q", got)
		}
		f.clock.Add(61 * time.Second)
	}
	if got := bodies(f.receive(t, 1)); got != "" {
		t.Errorf("received %q a fourth time", got)
	}
	if got := f.QueueMessages("dead"); !slices.Equal(got, []string{"poison"}) || f.QueueStats("events").Redriven != 1 {
		t.Errorf("dead letters %v", got)
	}
	out, err := f.api.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: f.url, AttributeNames: []sqstypes.QueueAttributeName{"RedrivePolicy", "QueueArn"}})
	want := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:` + owner + `:dead","maxReceiveCount":3}`
	if err != nil || out.Attributes["RedrivePolicy"] != want || len(out.Attributes) != 2 {
		t.Errorf("attributes %v, %v", out, err)
	}
}

func TestLongPoll(t *testing.T) {
	f := newSQSFixture(t)
	got := make(chan string)
	go func() {
		out, err := f.api.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: f.url, WaitTimeSeconds: 20})
		if err != nil {
			got <- err.Error()
			return
		}
		got <- bodies(out.Messages)
	}()
	select {
	case early := <-got:
		t.Fatalf("an empty queue answered %q at once", early)
	case <-time.After(100 * time.Millisecond):
	}
	f.send(t, "a")
	if body := <-got; body != "a" {
		t.Errorf("received %q", body)
	}
}

// TestQueueHook orders, duplicates and expires as standard queues may.
func TestQueueHook(t *testing.T) {
	f := newSQSFixture(t)
	f.send(t, "a", "b", "c")
	once := true
	err := f.SetQueueHook("events", fakeaws.QueueHook{
		Pick:      func(n int) int { return n - 1 },
		Duplicate: func(body string) bool { defer func() { once = once && body != "b" }(); return once && body == "b" },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := bodies(f.receive(t, 3)); got != "c b a" {
		t.Errorf("received %q", got)
	}
	if got := bodies(f.receive(t, 3)); got != "b" || f.QueueStats("events").Duplicated != 1 {
		t.Errorf("received %q again", got)
	}
	if err := f.ExpireVisibility("events", ownerUser.AccessKey); err != nil {
		t.Fatal(err)
	}
	if got := f.QueueStats("events"); got.Visible != 4 || got.InFlight != 0 {
		t.Errorf("stats %+v", got)
	}
	f.clock.Add(4*24*time.Hour + time.Second)
	if got := f.QueueStats("events"); got.Visible != 0 {
		t.Errorf("%d messages after the retention", got.Visible)
	}
}

func TestSQSErrors(t *testing.T) {
	f := newSQSFixture(t)
	f.send(t, "a")
	held := f.receive(t, 1)[0]
	refused := fakeaws.User{AccessKey: "AKIAREFUSED", SecretKey: "s", Account: owner, ARN: "arn:aws:iam::" + owner + ":user/r", Deny: func(string, string) bool { return true }}
	f.AddUser(refused)
	other := fakeaws.User{AccessKey: "AKIAOTHER", SecretKey: "s", Account: stranger}
	f.AddUser(other)
	wrong := ownerUser
	wrong.SecretKey = "another"
	receive := func(user fakeaws.User, in sqs.ReceiveMessageInput) func() error {
		if in.QueueUrl == nil {
			in.QueueUrl = f.url
		}
		return func() error { _, err := f.sqs(user).ReceiveMessage(t.Context(), &in); return err }
	}
	hide := func(receipt *string, seconds int32) func() error {
		return func() error {
			_, err := f.api.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: f.url, ReceiptHandle: receipt, VisibilityTimeout: seconds})
			return err
		}
	}
	deleteBatch := func(ids ...string) func() error {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: f.url, Entries: []sqstypes.DeleteMessageBatchRequestEntry{}}
		for _, id := range ids {
			in.Entries = append(in.Entries, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(id), ReceiptHandle: held.ReceiptHandle})
		}
		return func() error { _, err := f.api.DeleteMessageBatch(t.Context(), in); return err }
	}
	tests := []struct {
		name string
		do   func() error
		want string
	}{
		{"no such queue", receive(ownerUser, sqs.ReceiveMessageInput{QueueUrl: aws.String(f.fixture.url + "/" + owner + "/none")}), "400 AWS.SimpleQueueService.NonExistentQueue"},
		{"another account", receive(other, sqs.ReceiveMessageInput{}), "400 AWS.SimpleQueueService.NonExistentQueue"},
		{"refused", receive(refused, sqs.ReceiveMessageInput{}), "403 AccessDenied"},
		{"wrong secret", receive(wrong, sqs.ReceiveMessageInput{}), "403 SignatureDoesNotMatch"},
		{"eleven messages", receive(ownerUser, sqs.ReceiveMessageInput{MaxNumberOfMessages: 11}), "400 InvalidParameterValue"},
		{"a long wait", receive(ownerUser, sqs.ReceiveMessageInput{WaitTimeSeconds: 21}), "400 InvalidParameterValue"},
		{"long visibility", receive(ownerUser, sqs.ReceiveMessageInput{VisibilityTimeout: 43201}), "400 InvalidParameterValue"},
		{"no receipt", hide(aws.String("nonsense"), 1), "400 ReceiptHandleIsInvalid"},
		{"no entry", deleteBatch(), "400 AWS.SimpleQueueService.EmptyBatchRequest"},
		{"eleven entries", deleteBatch(strings.Split("0123456789a", "")...), "400 AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
		{"the same entry twice", deleteBatch("a", "a"), "400 AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
		{"beyond 12 hours", func() error {
			if err := hide(held.ReceiptHandle, 43200)(); err != nil {
				return err
			}
			f.clock.Add(time.Second)
			return hide(held.ReceiptHandle, 43200)()
		}, "400 InvalidParameterValue"},
		{"not in flight", func() error {
			if err := hide(held.ReceiptHandle, 0)(); err != nil {
				return err
			}
			return hide(held.ReceiptHandle, 1)()
		}, "400 AWS.SimpleQueueService.MessageNotInflight"},
		{"deleted", func() error {
			if err := deleteBatch("a")(); err != nil {
				return err
			}
			return hide(held.ReceiptHandle, 1)()
		}, "400 InvalidParameterValue"},
	}
	for _, test := range tests { // in order: the last ones change the message
		t.Run(test.name, func(t *testing.T) {
			err := test.do()
			if got := fmt.Sprint(status(err), " ", errorCode(err)); got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
		})
	}
	f.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		return &fakeaws.Fault{Status: 403, Code: "RequestThrottled", Message: r.Operation}
	})
	if err := receive(ownerUser, sqs.ReceiveMessageInput{})(); errorCode(err) != "RequestThrottled" || f.Requests()["sqs.ReceiveMessage"] == 0 {
		t.Errorf("fault: %v; requests %v", err, f.Requests())
	}
}
