package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// logs is the log groups of a scenario, and the records that are to come.
type logs struct {
	t      *testing.T
	w      *harness.World
	g      *generate.Generator
	random *rand.Rand
	want   map[string]string // id: class
}

// The log groups by what is in them; the classes of the records.
var logClasses = map[string]string{
	"app":                   "aws_cloudwatch_log",
	"/aws/eks/prod/cluster": "aws_cloudwatch_log",
	"aws-waf-logs-edge":     "aws_cloudwatch_waf",
	"flows":                 "aws_cloudwatch_vpcflow",
	"/aws/events/guardduty": "aws_guardduty",
}

func newLogs(t *testing.T, w *harness.World) *logs {
	for group := range logClasses {
		w.AWS.AddLogGroup(group, harness.Region, harness.Account)
	}
	return &logs{t: t, w: w, g: w.Generator(1, time.Hour, generate.Options{}), random: rand.New(rand.NewPCG(1, 1)), want: map[string]string{}}
}

// connector collects all of the groups.
func (l *logs) connector() harness.Connector {
	return harness.Connector{
		"connector": "cloudwatch", "connector_name": "logs", "region": harness.Region,
		"log_groups": "app, aws-waf-logs-edge, flows, /aws/*", "vpc_flow_logs": "on",
		"access_key": harness.AccessKey, "secret_key": harness.SecretKey, "endpoint_url": l.w.URL,
		"interval": "1s", "start_from": "24h",
	}
}

// put stores n events of the last minutes in each group, which become visible
// within lag.
func (l *logs) put(n int, lag time.Duration) {
	for group, class := range logClasses {
		for range n {
			e := fakeaws.LogEvent{
				Time:    time.Now().Add(-10*time.Second - time.Duration(l.random.Int64N(int64(4*time.Minute)))),
				Visible: time.Now().Add(time.Duration(l.random.Int64N(int64(lag) + 1))),
			}
			stream := fmt.Sprintf("stream-%d", l.random.IntN(3))
			e.ID = fmt.Sprintf("%020d%036d", e.Time.UnixMilli(), len(l.want))
			id := "log-event\x00arn:aws:logs:" + harness.Region + ":" + harness.Account + ":log-group:" + group + "\x00" + stream + "\x00" + e.ID
			switch group {
			case "app":
				e.Message = string(l.g.AppendContainer(nil))
			case "/aws/eks/prod/cluster":
				e.Message = string(l.g.AppendAudit(nil))
			case "aws-waf-logs-edge":
				e.Message = string(l.g.AppendWAF(nil))
			case "flows":
				e.Message = fmt.Sprintf("2 %s eni-1 10.0.0.1 10.0.0.2 4000 443 6 10 %d 1748854860 1748854920 ACCEPT OK", harness.Account, len(l.want))
			default:
				finding := string(l.g.AppendFinding(nil))
				id = "guardduty-finding\x00" + member(finding, "id") + "\x00" + member(finding, "updatedAt")
				if e.Message = finding; l.random.IntN(2) == 0 {
					e.Message = `{"version":"0","detail-type":"GuardDuty Finding","detail":` + finding + `}`
				}
			}
			sum := sha256.Sum256([]byte(id))
			l.want[hex.EncodeToString(sum[:16])] = class
			if err := l.w.AWS.PutLogEvents(group, stream, e); err != nil {
				l.t.Fatal(err)
			}
		}
	}
}

// member is the text of an object's first member of a name.
func member(object, name string) string {
	_, text, _ := strings.Cut(object, `"`+name+`":"`)
	text, _, _ = strings.Cut(text, `"`)
	return text
}

// hostile has AWS refuse and fail at random, and cut pages at odd sizes.
func (l *logs) hostile() {
	l.w.AWS.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return []int{61, 0, 33, 0, 0, 7}[n%6] }})
	random := rand.New(rand.NewPCG(2, 2))
	var mu sync.Mutex
	l.w.AWS.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		mu.Lock()
		n := random.IntN(100)
		mu.Unlock()
		switch {
		case r.Service != "logs":
		case n < 30:
			return &fakeaws.Fault{Code: "ThrottlingException", Message: "Rate exceeded"}
		case n < 35:
			return &fakeaws.Fault{Status: 500, Code: "InternalFailure"}
		}
		return nil
	})
}

// missing is how many events no record has come of. A record of no event is an
// error.
func (l *logs) missing(records []harness.Record) int {
	l.t.Helper()
	came := ids(l.t, records)
	missing := 0
	for id := range l.want {
		if came[id] == 0 {
			missing++
		}
	}
	for id := range came {
		if l.want[id] == "" {
			l.t.Errorf("record %s is of no event", id)
		}
	}
	return missing
}

// TestLogs collects five log groups from an AWS that refuses, fails and shows
// events late, while the host is killed and stopped in the middle.
func TestLogs(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		l := newLogs(t, w)
		config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{l.connector()}}
		l.put(60, 0)
		l.hostile()

		r := start(t, kind, config)
		r.collect("logs", 50)
		l.put(5, 5*time.Second)
		if err := r.Crash(r.ctx); err != nil {
			t.Fatal(err)
		}
		came := len(r.records("logs"))
		r = start(t, kind, config)
		r.collect("logs", min(came+50, len(l.want)))
		l.put(5, 5*time.Second)
		r.stop("logs")

		w.AWS.Fault(nil)
		r = start(t, kind, config)
		whole := func() (bool, error) { return l.missing(r.records("logs")) == 0, nil }
		if err := r.WaitFor(r.ctx, "all records", whole); err != nil {
			t.Fatalf("%v: %d of %d are missing", err, l.missing(r.records("logs")), len(l.want))
		}
		l.check(r.stop("logs"))
	})
}

// check compares the classes of the records.
func (l *logs) check(records []harness.Record) {
	l.t.Helper()
	for _, record := range records {
		id := fmt.Sprint(record["stellar_uuid"])
		if record["msg_class"] != l.want[id] {
			l.t.Errorf("record %s is %v, want %s", id, record["msg_class"], l.want[id])
		}
	}
}

// TestLogsExplained has a log group that does not exist, and one that is not
// permitted, while another is collected.
func TestLogsExplained(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.AWS.AddLogGroup("app", harness.Region, harness.Account)
		w.AWS.AddLogGroup("secret", harness.Region, harness.Account)
		w.AWS.AddUser(fakeaws.User{
			AccessKey: harness.AccessKey, SecretKey: harness.SecretKey, Account: harness.Account,
			Deny: func(_, resource string) bool { return strings.Contains(resource, "secret") },
		})
		if err := w.AWS.PutLogEvents("app", "s", fakeaws.LogEvent{Time: time.Now().Add(-time.Minute), Message: "hello"}); err != nil {
			t.Fatal(err)
		}
		l := &logs{w: w}
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{l.connector().With("log_groups", "missing, secret, app")}})
		r.collect("logs", 1)
		r.waitLog("log-group:missing", "status=404", "status=403", "not permitted: logs:FilterLogEvents on arn:aws:logs:"+harness.Region+":"+harness.Account+":log-group:secret")
		r.stop("logs")
	})
}
