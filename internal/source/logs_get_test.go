package source

import (
	"fmt"
	"math"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"in_stellar_aws/tests/fakeaws"
)

// TestGetLogEvents is the measurement behind reading streams that are named
// exactly with FilterLogEvents too: the requests of both, and the seconds that
// these take at AWS's quotas
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
//
// GetLogEvents takes a third to a half of the time for a backlog where its
// quota is the higher one, the same in us-east-1 and us-west-2. A pull that
// finds nothing, as nearly all do, needs two requests in place of one: only a
// token that comes again is the end. But GetLogEvents tells no event id. One
// made of stream, time, message and place among equals is not the id that the
// same event has when its group is read, and an event that appears late among
// equals moves the places: what was delivered would come again under another
// id. Ids that stay are worth more than the first minutes of a backlog.
func TestGetLogEvents(t *testing.T) {
	const account, events, perPage = "111122223333", 300, 10
	fake := fakeaws.New(fakeaws.Options{Region: "eu-central-1"})
	fake.AddUser(fakeaws.User{AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "secret", Account: account})
	fake.AddLogGroup("app", "eu-central-1", account)
	fake.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return perPage }})
	for _, operation := range []string{"FilterLogEvents", "GetLogEvents"} {
		fake.SetLogsQuota(operation, 0)
	}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	client := NewLogsClient(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	})
	from := time.Now().Add(-time.Hour)
	for i := range events - perPage/2 { // the last page is half full
		if err := fake.PutLogEvents("app", "s", fakeaws.LogEvent{Time: from.Add(time.Duration(i) * time.Second), Message: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	filter := func(from, to time.Time) (requests, read int) {
		in := FilterInput{Source: LogSource{LogGroup: LogGroup{Name: "app"}, Stream: "s"}, From: from.UnixMilli(), To: to.UnixMilli()}
		for {
			page, err := client.FilterPage(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			requests, read = requests+1, read+len(page.Events)
			if in.Token = page.Token; in.Token == "" {
				return requests, read
			}
		}
	}
	get := func(from, to time.Time) (requests, read int) {
		in := &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String("app"), LogStreamName: aws.String("s"), StartFromHead: aws.Bool(true),
			StartTime: aws.Int64(from.UnixMilli()), EndTime: aws.Int64(to.UnixMilli()),
		}
		for {
			page, err := client.api.GetLogEvents(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			requests, read = requests+1, read+len(page.Events)
			if aws.ToString(page.NextForwardToken) == aws.ToString(in.NextToken) {
				return requests, read
			}
			in.NextToken = page.NextForwardToken
		}
	}
	quotas := map[string][2]float64{"us-east-1": {25, 25}, "us-west-2": {10, 10}, "eu-west-3": {10, 30}, "eu-central-1": {5, 10}, "elsewhere": {10, 25}}
	for what, span := range map[string][2]time.Time{"a backlog": {from, time.Now()}, "a pull that finds nothing": {from.Add(-time.Hour), from}} {
		byFilter, read := filter(span[0], span[1])
		byGet, same := get(span[0], span[1])
		if read != same {
			t.Fatalf("%s: %d events and %d", what, read, same)
		}
		for region, quota := range quotas {
			a, b := float64(byFilter)/quota[0], float64(byGet)/quota[1]
			t.Logf("%s, %s: FilterLogEvents %d requests, %.2f s; GetLogEvents %d requests, %.2f s; %.2f times", what, region, byFilter, a, byGet, b, b/a)
		}
		if read == 0 && byGet != 2*byFilter || read > 0 && math.Abs(float64(byGet-byFilter)) > 1 {
			t.Errorf("%s: %d requests and %d: the measurement no longer holds", what, byFilter, byGet)
		}
	}
}
