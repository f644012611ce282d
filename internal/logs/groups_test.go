package logs_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/tests/fakeaws"
)

func TestLogsExplainAndGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "secret")
		w.options.Groups = append(w.options.Groups, "missing", "arn:aws:logs:"+testRegion+":999999999999:log-group:theirs")
		w.aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount, Deny: func(action, resource string) bool {
			return strings.Contains(resource, "secret")
		}})
		w.put("app", "s", "x", time.Now(), 0)
		w.start()
		time.Sleep(5 * time.Minute)
		w.put("app", "s", "y", time.Now(), 0)
		time.Sleep(time.Minute)
		w.wantAll(1)
		for _, part := range []string{
			"log-group:missing", "status=404", "check log_groups, log_streams and region",
			"log-group:secret", "status=403", "not permitted: logs:FilterLogEvents on arn:aws:logs:" + testRegion, "grant the permission", "999999999999:log-group:theirs",
		} {
			if !strings.Contains(w.log(), part) {
				t.Errorf("no %q in the log:\n%s", part, w.log())
			}
		}
		if n := strings.Count(w.log(), "log-group:missing"); n > 4 { // once, in two attributes
			t.Errorf("said %d times:\n%s", n, w.log())
		}
		w.aws.AddLogGroup("missing", testRegion, testAccount)
		w.put("missing", "s", "now it is there", time.Now(), 0)
		time.Sleep(2 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

// TestLogGroupsNotListed has prefixes that may not be listed, while a group that
// is named goes on.
func TestLogGroupsNotListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "svc/*", "svc/a")
		w.options.Groups = []string{"app", "svc/*"}
		w.aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount, Deny: func(action, _ string) bool {
			return action == "logs:DescribeLogGroups"
		}})
		w.put("app", "s", "x", time.Now(), 0)
		w.start()
		time.Sleep(5 * time.Minute)
		w.wantAll(1)
		if n := strings.Count(w.log(), "not permitted: logs:DescribeLogGroups on arn:aws:logs:"+testRegion+":"+testAccount); n != 1 {
			t.Errorf("said %d times, want once:\n%s", n, w.log())
		}
		w.aws.AddUser(fakeaws.User{AccessKey: testKey, SecretKey: testSecret, Account: testAccount})
		w.put("svc/a", "s", "permitted now", time.Now(), 0)
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

// TestLogGroupsOfAnotherClass has groups whose events cannot be read among those
// of a prefix.
func TestLogGroupsOfAnotherClass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "svc/*", "svc/a", "svc/rare", "svc/vended")
		w.options.Groups = []string{"svc/*"}
		w.aws.SetLogGroupClass("svc/rare", "INFREQUENT_ACCESS")
		w.aws.SetLogGroupClass("svc/vended", "DELIVERY")
		w.put("svc/a", "s", "x", time.Now(), 0)
		w.start()
		time.Sleep(5 * time.Minute)
		w.put("svc/a", "s", "y", time.Now(), 0)
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
		if n := strings.Count(w.log(), "the class of a group cannot be changed"); n != 1 || !strings.Contains(w.log(), "log-group:svc/rare") {
			t.Errorf("said %d times, want once:\n%s", n, w.log())
		}
		if strings.Contains(w.log(), "vended") {
			t.Errorf("a group that nobody reads from is told of:\n%s", w.log())
		}
	})
}

// TestMisfitsAreSaidOnce has lines that are no flow records where they should be.
func TestMisfitsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "flows")
		for i := range 10 {
			w.put("flows", "s", "2 eni-1 10.0.0.1 10.0.0.2", time.Now().Add(-time.Duration(i)*time.Minute), 0)
		}
		w.start()
		time.Sleep(5 * time.Minute)
		w.put("flows", "s", "hello", time.Now(), 0)
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
		if n := strings.Count(w.log(), "are no flow records"); n != 1 {
			t.Errorf("said %d times, want once:\n%s", n, w.log())
		}
	})
}

func TestLogsWrongCredentialsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b", "c")
		client := w.client("AKIAUNKNOWN")
		w.options.Reader, w.options.Lister = client, client
		w.start()
		time.Sleep(5 * time.Minute)
		w.stop()
		if n := strings.Count(w.log(), "level=ERROR"); n != 1 || !strings.Contains(w.log(), "status=401") {
			t.Errorf("%d errors:\n%s", n, w.log())
		}
		if strings.Contains(w.log(), testSecret) {
			t.Error("a secret is in the log")
		}
	})
}

// TestLogGroupsComeAndGo resolves prefixes anew each interval.
func TestLogGroupsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "svc/*", "svc/a")
		for i := range 120 { // more than two pages of groups
			w.aws.AddLogGroup(fmt.Sprintf("svc/%03d", i), testRegion, testAccount)
		}
		w.put("svc/a", "s", "a", time.Now(), 0)
		w.put("svc/119", "s", "119", time.Now(), 0)
		w.start()
		time.Sleep(5 * time.Minute)
		w.wantAll(1)
		w.aws.RemoveLogGroup("svc/119")
		w.aws.AddLogGroup("svc/new", testRegion, testAccount)
		w.put("svc/new", "s", "new", time.Now(), 0)
		time.Sleep(5 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLinkedAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const linked = "222233334444"
		arn := "arn:aws:logs:" + testRegion + ":" + linked + ":log-group:"
		w.options.Groups = []string{arn + "app", arn + "svc/*"}
		w.aws.LinkAccounts(testAccount, linked)
		for _, name := range []string{"app", "svc/1"} {
			w.aws.AddLogGroup(name, testRegion, linked)
			w.expect(digest("log-event\x00"+arn+name+"\x00s\x00"+name), name)
			w.putQuietly(name, "s", fakeaws.LogEvent{ID: name, Time: time.Now(), Message: name})
		}
		w.collect(time.Minute)
	})
}

func TestLogStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app")
		w.options.Streams = []string{"web/*", "db", "web/1", "not-there"}
		for _, stream := range []string{"web/1", "web/2", "db"} {
			w.put("app", stream, stream, time.Now(), 0)
		}
		w.putQuietly("app", "other", fakeaws.LogEvent{Time: time.Now(), Message: "of another stream"})
		w.collect(time.Minute)
		if !strings.Contains(w.log(), "not-there") {
			t.Errorf("the missing stream is not explained:\n%s", w.log())
		}
	})
}
