package source

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/tests/fakeaws"
)

const queueAccount = "111122223333"

// queueClient is a client of a queue "events" of a fake SQS.
func queueClient(t *testing.T) (*SQSClient, *fakeaws.Server) {
	t.Helper()
	fake := fakeaws.New(fakeaws.Options{})
	fake.AddUser(fakeaws.User{AccessKey: "AKIDEXAMPLE", SecretKey: "very-secret", Account: queueAccount})
	fake.AddQueue(fakeaws.Queue{Name: "dead", Account: queueAccount})
	fake.AddQueue(fakeaws.Queue{Name: "events", Account: queueAccount, DeadLetters: "dead", MaxReceives: 5})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "us-east-1", HTTPClient: server.Client(), RetryMaxAttempts: 1, Credentials: aws.CredentialsProviderFunc(fixedKeys)}
	c, err := NewSQSClient(cfg, server.URL+"/"+queueAccount+"/events")
	if err != nil {
		t.Fatal(err)
	}
	return c, fake
}

func TestSQSClient(t *testing.T) {
	c, fake := queueClient(t)
	for _, body := range []string{"a", "b", "c"} {
		if err := fake.SendMessage("events", body); err != nil {
			t.Fatal(err)
		}
	}
	messages, err := c.Receive(t.Context(), MaxMessages, time.Minute)
	if err != nil || len(messages) != 3 {
		t.Fatalf("received %v, %v", messages, err)
	}
	if m := messages[1]; m.Body != "b" || m.Receives != 1 || m.Receipt == "" || m.ID == "" || time.Since(m.Sent).Abs() > time.Minute {
		t.Errorf("message %+v", m)
	}
	info, err := c.Info(t.Context())
	want := QueueInfo{DeadLetters: "arn:aws:sqs:us-east-1:" + queueAccount + ":dead", MaxReceives: 5}
	if err != nil || info != want {
		t.Errorf("queue %+v, %v", info, err)
	}

	if n, err := c.InFlight(t.Context()); n != 3 || err != nil {
		t.Errorf("%d messages in flight, %v", n, err)
	}

	if failed, err := c.Delete(t.Context(), messages[:1]); len(failed) > 0 || err != nil {
		t.Errorf("delete: %v, %v", failed, err)
	}
	// The first is gone, so it is not this receiver's any more.
	failed, err := c.Hide(t.Context(), messages, []time.Duration{0, 0, time.Hour})
	if len(failed) != 1 || failed[0] != 0 || err == nil || !strings.Contains(err.Error(), "InvalidParameterValue") {
		t.Errorf("hide: %v, %v", failed, err)
	}
	again, err := c.Receive(t.Context(), 1, time.Minute)
	if err != nil || len(again) != 1 || again[0].Body != "b" || again[0].Receives != 2 {
		t.Errorf("received %+v, %v", again, err)
	}

	fake.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Status: 403, Code: "OverLimit"} })
	if _, err := c.Receive(t.Context(), 1, time.Minute); err == nil || !strings.Contains(err.Error(), "OverLimit") || !strings.Contains(err.Error(), "/events") {
		t.Errorf("over the limit: %v", err)
	}
}

func TestQueueEndpoint(t *testing.T) {
	tests := []struct {
		url, base        string // base: cfg's endpoint
		region, endpoint string // "": AWS's of the region
	}{
		{"https://sqs.eu-west-1.amazonaws.com/111122223333/q", "", "eu-west-1", ""},
		{"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q", "", "cn-north-1", ""},
		{"https://sqs.us-gov-west-1.api.aws/111122223333/q", "", "us-gov-west-1", "https://sqs.us-gov-west-1.api.aws"},
		{"https://sqs-fips.us-west-2.amazonaws.com/111122223333/q", "", "us-west-2", "https://sqs-fips.us-west-2.amazonaws.com"},
		{"https://eu-west-1.queue.amazonaws.com/111122223333/q", "", "eu-west-1", ""},
		{"https://vpce-0a1b-2c.sqs.eu-west-1.vpce.amazonaws.com/111122223333/q", "", "eu-west-1", "https://vpce-0a1b-2c.sqs.eu-west-1.vpce.amazonaws.com"},
		{"http://127.0.0.1:9324/111122223333/q", "", "us-east-1", "http://127.0.0.1:9324"},
		{"https://sqs.eu-west-1.amazonaws.com/111122223333/q", "http://proxy:1", "eu-west-1", "http://proxy:1"},
	}
	for _, test := range tests {
		cfg := aws.Config{Region: "us-east-1"}
		if test.base != "" {
			cfg.BaseEndpoint = &test.base
		}
		c, err := NewSQSClient(cfg, test.url)
		if err != nil {
			t.Fatal(err)
		}
		if o := c.api.Options(); o.Region != test.region || aws.ToString(o.BaseEndpoint) != test.endpoint {
			t.Errorf("%s: region %s, endpoint %q", test.url, o.Region, aws.ToString(o.BaseEndpoint))
		}
	}
}
