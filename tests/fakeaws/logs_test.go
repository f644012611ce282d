package fakeaws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"in_stellar_aws/tests/fakeaws"
)

// logsFixture is a fake whose clock stands still, with a log group "app".
type logsFixture struct {
	*fixture
	clock *clock
	start time.Time
}

func newLogsFixture(t *testing.T) *logsFixture {
	t.Helper()
	start := time.Now().UTC().Truncate(time.Second)
	f := &logsFixture{clock: &clock{now: start}, start: start}
	f.fixture = newFixture(t, fakeaws.Options{Clock: f.clock.Now, MaxSkew: -1})
	f.AddLogGroup("app", "", owner)
	return f
}

func (f *logsFixture) api(user fakeaws.User) *cloudwatchlogs.Client {
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(f.url), HTTPClient: f.client, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, user.SessionToken),
	})
}

// put stores n events a millisecond apart from start on, named after the
// stream.
func (f *logsFixture) put(t *testing.T, group, stream string, n int) {
	t.Helper()
	var events []fakeaws.LogEvent
	for i := range n {
		events = append(events, fakeaws.LogEvent{Time: f.start.Add(time.Duration(i) * time.Millisecond), Message: fmt.Sprintf("%s%d", stream, i)})
	}
	if err := f.PutLogEvents(group, stream, events...); err != nil {
		t.Fatal(err)
	}
}

// filter reads all pages of a query and returns the messages and the sizes of
// the pages.
func (f *logsFixture) filter(t *testing.T, in cloudwatchlogs.FilterLogEventsInput) (messages []string, sizes []int) {
	t.Helper()
	for {
		out, err := f.api(ownerUser).FilterLogEvents(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			messages = append(messages, aws.ToString(e.Message))
		}
		sizes = append(sizes, len(out.Events))
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return messages, sizes
		}
	}
}

func TestFilterLogEvents(t *testing.T) {
	f := newLogsFixture(t)
	f.put(t, "app", "a", 3)
	f.put(t, "app", "b", 2)
	at := func(ms int) *int64 { return aws.Int64(f.start.UnixMilli() + int64(ms)) }
	tests := map[string]struct {
		in   cloudwatchlogs.FilterLogEventsInput
		want string
	}{
		"all, interleaved":   {cloudwatchlogs.FilterLogEventsInput{}, "a0 b0 a1 b1 a2"},
		"the end inclusive":  {cloudwatchlogs.FilterLogEventsInput{StartTime: at(1), EndTime: at(1)}, "a1 b1"},
		"one stream":         {cloudwatchlogs.FilterLogEventsInput{LogStreamNames: []string{"b"}}, "b0 b1"},
		"a prefix":           {cloudwatchlogs.FilterLogEventsInput{LogStreamNamePrefix: aws.String("a")}, "a0 a1 a2"},
		"nothing that early": {cloudwatchlogs.FilterLogEventsInput{EndTime: at(-1)}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.in.LogGroupName = aws.String("app")
			messages, _ := f.filter(t, test.in)
			if got := strings.Join(messages, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestLogPages cuts pages at odd sizes, makes empty ones, and ends with the
// page that a full one promised in vain.
func TestLogPages(t *testing.T) {
	f := newLogsFixture(t)
	f.put(t, "app", "a", 6)
	sizes := []int{2, 0, 0, 3, 1, 5}
	f.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return sizes[n-1] }})
	messages, got := f.filter(t, cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("app")})
	if want := []int{2, 0, 0, 3, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("pages of %v events, want %v", got, want)
	}
	if len(messages) != 6 {
		t.Errorf("read %v", messages)
	}
}

func TestLogPageBytes(t *testing.T) {
	f := newLogsFixture(t)
	big := strings.Repeat("x", 400<<10)
	for i := range 5 {
		if err := f.PutLogEvents("app", "s", fakeaws.LogEvent{Time: f.start.Add(time.Duration(i)), Message: big}); err != nil {
			t.Fatal(err)
		}
	}
	if _, sizes := f.filter(t, cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("app")}); !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("pages of %v events, want 1 MB at the most", sizes)
	}
}

func TestLogEventsBecomeVisible(t *testing.T) {
	f := newLogsFixture(t)
	late := fakeaws.LogEvent{Time: f.start.Add(-time.Hour), Message: "late", Visible: f.start.Add(30 * time.Second)}
	if err := f.PutLogEvents("app", "s", late); err != nil {
		t.Fatal(err)
	}
	in := cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("app")}
	if messages, _ := f.filter(t, in); len(messages) != 0 {
		t.Errorf("visible at once: %v", messages)
	}
	f.clock.Add(30 * time.Second)
	if messages, _ := f.filter(t, in); len(messages) != 1 {
		t.Errorf("not visible after its lag")
	}
}

func TestGetLogEvents(t *testing.T) {
	f := newLogsFixture(t)
	f.put(t, "app", "a", 5)
	in := cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String("app"), LogStreamName: aws.String("a"), StartFromHead: aws.Bool(true), Limit: aws.Int32(2),
		StartTime: aws.Int64(f.start.UnixMilli()), EndTime: aws.Int64(f.start.UnixMilli() + 4),
	}
	var messages []string
	for range 10 {
		out, err := f.api(ownerUser).GetLogEvents(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			messages = append(messages, aws.ToString(e.Message))
		}
		if aws.ToString(out.NextForwardToken) == aws.ToString(in.NextToken) {
			break
		}
		in.NextToken = out.NextForwardToken
	}
	if got := strings.Join(messages, " "); got != "a0 a1 a2 a3" { // the end is exclusive
		t.Errorf("read %q", got)
	}
}

func TestLogErrors(t *testing.T) {
	f := newLogsFixture(t)
	f.put(t, "app", "a", 3)
	refused := fakeaws.User{AccessKey: "AKIAREFUSED", SecretKey: "s", Account: owner, Deny: func(string, string) bool { return true }}
	f.AddUser(refused)
	app := aws.String("app")
	filter := func(user fakeaws.User, in cloudwatchlogs.FilterLogEventsInput) func() error {
		return func() error { _, err := f.api(user).FilterLogEvents(t.Context(), &in); return err }
	}
	first, err := f.api(ownerUser).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, Limit: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	wrongKey := ownerUser
	wrongKey.SecretKey = "another"
	tests := map[string]struct {
		do   func() error
		want string
	}{
		"no such group":  {filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("none")}), "ResourceNotFoundException"},
		"no such stream": {filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, LogStreamNames: []string{"z"}}), "ResourceNotFoundException"},
		"name and id":    {filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, LogGroupIdentifier: app}), "InvalidParameterException"},
		"foreign token":  {filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, StartTime: aws.Int64(1), NextToken: first.NextToken}), "InvalidParameterException"},
		"refused":        {filter(refused, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app}), "AccessDeniedException"},
		"wrong key":      {filter(wrongKey, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app}), "InvalidSignatureException"},
		"a filter":       {filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, FilterPattern: aws.String("x")}), "NotImplemented"},
		"an old token": {func() error {
			f.clock.Add(24 * time.Hour)
			return filter(ownerUser, cloudwatchlogs.FilterLogEventsInput{LogGroupName: app, NextToken: first.NextToken})()
		}, "InvalidParameterException"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if code := errorCode(test.do()); code != test.want {
				t.Errorf("code %q, want %q", code, test.want)
			}
		})
	}
}

func TestLogQuota(t *testing.T) {
	f := newLogsFixture(t)
	f.SetLogsQuota("FilterLogEvents", 3)
	count := func() (ok, throttled int) {
		for range 10 {
			_, err := f.api(ownerUser).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("app")})
			switch errorCode(err) {
			case "":
				ok++
			case "ThrottlingException":
				throttled++
			default:
				t.Fatal(err)
			}
		}
		return ok, throttled
	}
	if ok, throttled := count(); ok != 3 || throttled != 7 {
		t.Errorf("%d answered and %d throttled, want 3 and 7", ok, throttled)
	}
	f.clock.Add(500 * time.Millisecond)
	if ok, _ := count(); ok != 1 {
		t.Errorf("%d answered after half a second, want 1", ok)
	}
	// A clock that was ahead, and is set right, does not end the quota.
	f.clock.Add(10 * time.Minute)
	count()
	f.clock.Add(-10 * time.Minute)
	count()
	f.clock.Add(time.Second)
	if ok, _ := count(); ok != 3 {
		t.Errorf("%d answered a second after the clock was set back, want 3", ok)
	}
}

func TestLinkedAccount(t *testing.T) {
	f := newLogsFixture(t)
	f.AddLogGroup("app", "us-east-1", stranger)
	arn := "arn:aws:logs:us-east-1:" + stranger + ":log-group:app"
	if err := f.PutLogEvents(arn, "s", fakeaws.LogEvent{Time: f.start, Message: "theirs"}); err != nil {
		t.Fatal(err)
	}
	in := cloudwatchlogs.FilterLogEventsInput{LogGroupIdentifier: aws.String(arn)}
	if _, err := f.api(ownerUser).FilterLogEvents(t.Context(), &in); errorCode(err) != "ResourceNotFoundException" {
		t.Errorf("not linked: %v", err)
	}
	f.LinkAccounts(owner, stranger)
	if messages, _ := f.filter(t, in); !slices.Equal(messages, []string{"theirs"}) {
		t.Errorf("read %v", messages)
	}
	out, err := f.api(ownerUser).DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{
		IncludeLinkedAccounts: aws.Bool(true), AccountIdentifiers: []string{stranger}, LogGroupNamePrefix: aws.String("a"),
	})
	if err != nil || len(out.LogGroups) != 1 || aws.ToString(out.LogGroups[0].LogGroupArn) != arn || aws.ToString(out.LogGroups[0].Arn) != arn+":*" {
		t.Errorf("described %v (%v)", out, err)
	}
}

func TestDescribeLogsPages(t *testing.T) {
	f := newLogsFixture(t)
	for i := range 120 {
		f.AddLogGroup(fmt.Sprintf("g%03d", i), "", owner)
		f.put(t, "app", fmt.Sprintf("s%03d", i), 1)
	}
	groups := cloudwatchlogs.NewDescribeLogGroupsPaginator(f.api(ownerUser), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("g")})
	var names []string
	for groups.HasMorePages() {
		page, err := groups.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, collect(page.LogGroups, func(g logstypes.LogGroup) *string { return g.LogGroupName })...)
	}
	if len(names) != 120 || !slices.IsSorted(names) {
		t.Errorf("%d groups", len(names))
	}
	streams := cloudwatchlogs.NewDescribeLogStreamsPaginator(f.api(ownerUser), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String("app"), LogStreamNamePrefix: aws.String("s1")})
	names = nil
	for streams.HasMorePages() {
		page, err := streams.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, collect(page.LogStreams, func(s logstypes.LogStream) *string { return s.LogStreamName })...)
	}
	if len(names) != 20 || names[0] != "s100" {
		t.Errorf("streams %v", names)
	}
}

func collect[T any](items []T, name func(T) *string) (names []string) {
	for _, item := range items {
		names = append(names, aws.ToString(name(item)))
	}
	return names
}
