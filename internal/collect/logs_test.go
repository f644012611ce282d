package collect_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

func TestLogsCollectOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app", "quiet")
		for i := range 300 {
			w.put("app", fmt.Sprintf("s%d", i%3), fmt.Sprintf("line %d", i), time.Now().Add(-time.Duration(i)*time.Minute), 0)
		}
		w.start()
		time.Sleep(time.Minute)
		w.wantAll(1)
		w.put("app", "s0", "new", time.Now(), 0)
		time.Sleep(time.Minute)
		w.wantAll(1)
		w.stop()

		w.put("quiet", "s", "while it was down", time.Now(), 0)
		w.start()
		time.Sleep(2 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

// TestClockWasAhead begins with marks that were made while the machine's clock
// was hours ahead: what has come since is collected at once, and nothing twice
// that is remembered.
func TestClockWasAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.put("app", "s", "before", time.Now().Add(-time.Minute), 0)
		w.start()
		time.Sleep(time.Minute)
		w.stop()

		windows, err := w.db.Windows("logs")
		if err != nil {
			t.Fatal(err)
		}
		const key = "arn:aws:logs:" + logsRegion + ":" + testAccount + ":log-group:app"
		m, ok := windows.Marks(key)
		if !ok {
			t.Fatalf("no marks of %s", key)
		}
		const ahead = 3 * time.Hour
		m.Head += ahead.Milliseconds()
		for age := range m.Sweeps {
			m.Sweeps[age] += ahead.Milliseconds()
		}
		if err := windows.Commit(map[string]state.SourceUpdate{key: {Marks: m, Floor: m.Sweeps[24*time.Hour]}}); err != nil {
			t.Fatal(err)
		}
		windows.Close()
		w.put("app", "s", "while it was wrong", time.Now().Add(-20*time.Second), 0)

		w.start()
		time.Sleep(time.Minute)
		w.put("app", "s", "right again", time.Now(), 0)
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
		if n := strings.Count(w.log(), "the clock was ahead"); n != 1 {
			t.Errorf("it is said %d times, want once", n)
		}
	})
}

// TestLateLogs are events that become visible after their time, within the
// lookback, or so late that only a sweep finds them.
func TestLateLogs(t *testing.T) {
	for name, lag := range map[string]time.Duration{
		"at once": 0, "seconds": 20 * time.Second, "minutes": 9 * time.Minute, "half an hour": 30 * time.Minute, "a day": 23 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLogsWorld(t, "app")
				w.options.Interval = 5 * time.Minute
				w.start()
				time.Sleep(time.Hour)
				for i := range 5 {
					w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*time.Second), lag)
				}
				w.put("app", "s", "in time", time.Now(), 0)
				time.Sleep(30 * time.Hour)
				w.stop()
				w.wantAll(1)
			})
		})
	}
}

// TestLogsScenario is four classes over several groups and streams, in pages of
// odd sizes with empty ones, throttled and failing at random, with events that
// appear late and out of order, and a connector that is restarted.
func TestLogsScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app", "aws-waf-logs-edge", "/aws/events/guardduty", "flows", "/aws/eks/prod/cluster")
		random, faults := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
		var mu sync.Mutex
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return []int{7, 0, 31, 1, 0, 0, 13}[n%7] }})
		w.aws.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Service != "logs" {
				return nil
			}
			mu.Lock()
			n := faults.IntN(100)
			mu.Unlock()
			switch {
			case n < 30:
				return &fakeaws.Fault{Code: "ThrottlingException", Message: "Rate exceeded"}
			case n < 35:
				return &fakeaws.Fault{Status: 500, Code: "InternalFailure"}
			}
			return &fakeaws.Fault{Latency: 100 * time.Millisecond}
		})
		g := generate.New(11, generate.Options{Start: time.Now()})
		flow := func(b []byte) []byte {
			return fmt.Appendf(b, "2 %s eni-1 10.0.0.1 10.0.0.%d 4000 443 6 10 %d 1748854860 1748854920 ACCEPT OK", testAccount, random.IntN(250), random.IntN(1<<30))
		}
		sources := []struct {
			group string
			next  func([]byte) []byte
		}{{"app", g.AppendContainer}, {"aws-waf-logs-edge", g.AppendWAF}, {"flows", flow}, {"/aws/eks/prod/cluster", g.AppendAudit}}
		put := func(n int) {
			for range n {
				s := sources[random.IntN(len(sources))]
				at := time.Now().Add(-time.Duration(random.IntN(8*60_000)) * time.Millisecond)
				w.put(s.group, fmt.Sprintf("stream-%d", random.IntN(4)), string(s.next(nil)), at, time.Duration(random.IntN(100))*time.Second)
				if random.IntN(10) == 0 {
					w.putFinding(g, random)
				}
			}
		}
		put(300)
		for range 6 {
			w.start()
			for range 8 {
				put(20)
				time.Sleep(time.Duration(random.IntN(60_000)) * time.Millisecond)
			}
			w.stop()
			time.Sleep(time.Duration(random.IntN(120)) * time.Second)
		}
		w.aws.Fault(nil)
		w.start()
		time.Sleep(10 * time.Minute)
		w.stop()
		w.wantAll(2)
	})
}

// putFinding stores a finding, bare or in its EventBridge event.
func (w *logsWorld) putFinding(g *generate.Generator, random *rand.Rand) {
	bare := string(g.AppendFinding(nil))
	id := between(bare, `"id":"`, `"`)
	w.expect(digest("guardduty-finding\x00"+id+"\x00"+between(bare, `"updatedAt":"`, `"`)), bare)
	if random.IntN(2) == 0 {
		bare = `{"version":"0","detail-type":"GuardDuty Finding","detail":` + bare + `}`
	}
	w.putQuietly("/aws/events/guardduty", "s", fakeaws.LogEvent{Time: time.Now(), Message: bare})
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

// TestLogsCrash loses what the host has not stored, in the middle of a window.
func TestLogsCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return 10 }})
		for i := range 100 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*time.Second), 0)
		}
		w.host.limit, w.host.stalled = 4, true
		w.start()
		time.Sleep(time.Minute)
		w.host.change(func() { w.host.stored = 2 })
		time.Sleep(5 * time.Second)
		w.stop()
		first := w.host
		if n := len(idsOf(t, first)); n != 20 {
			t.Fatalf("%d records stored, want two pages", n)
		}

		w.host = newHost()
		w.start()
		time.Sleep(time.Minute)
		w.stop()
		for id := range idsOf(t, first) {
			if idsOf(t, w.host)[id] > 0 {
				t.Errorf("%s was stored before the crash and came again", w.want[id])
			}
			delete(w.want, id)
		}
		w.wantAll(1)
	})
}

// TestLogsCrashes loses, again and again, what the host has not stored, while a
// backlog is read by many readers and new events arrive.
func TestLogsCrashes(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLogsWorld(t, "app", "web")
				random := rand.New(rand.NewPCG(seed, 5))
				w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return []int{5, 17, 0, 3}[n%4] }})
				w.aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: 700 * time.Millisecond} })
				for i := range 3000 {
					w.put([]string{"app", "web"}[i%2], "s", fmt.Sprint(i), time.Now().Add(-time.Duration(random.IntN(int(20*time.Hour)))), 0)
				}
				stored := map[string]int{}
				gather := func() {
					for id, n := range idsOf(t, w.host) {
						stored[id] += n
					}
				}
				for range 8 {
					w.host = newHost()
					w.host.stalled = true
					w.start()
					for range 10 {
						time.Sleep(time.Duration(random.IntN(10_000)) * time.Millisecond)
						w.put("app", "s", "new", time.Now(), 0)
						w.host.change(func() { w.host.stored += uint64(random.IntN(1 + (len(w.host.batches)-int(w.host.stored))/2)) })
					}
					w.stop()
					gather()
				}
				w.host = newHost()
				w.start()
				time.Sleep(10 * time.Minute)
				w.stop()
				gather()
				for id := range w.want {
					if stored[id] == 0 {
						t.Fatalf("%s is lost", id)
					}
				}
				if n := sum(stored); n != len(w.want) {
					t.Errorf("%d records of %d events: what the host has stored came again", n, len(w.want))
				}
			})
		})
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// TestLogsSpeed reads a backlog at the quota's speed, whatever a page's round
// trip takes, and wherever in the time range the events are.
func TestLogsSpeed(t *testing.T) {
	const perPage, quota = 4, 5
	// Which reader asks first is chance: over random orders the one hour of 300
	// pages reaches 0.87 to 0.92 of the quota, the others less spread.
	least := map[string]float64{"in one hour 300": 0.85}
	for name, at := range map[string]func(part float64) time.Duration{ // before now
		"evenly":      func(part float64) time.Duration { return time.Duration(part * float64(20*time.Hour)) },
		"in one hour": func(part float64) time.Duration { return 3*time.Hour + time.Duration(part*float64(time.Hour)) },
		"in bursts": func(part float64) time.Duration {
			burst, rest := math.Modf(part * 6)
			return time.Duration(burst)*3*time.Hour + time.Duration(rest*float64(10*time.Minute))
		},
	} {
		for _, pages := range []int{300, 1000} {
			name := fmt.Sprint(name, " ", pages)
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newLogsWorld(t, "app")
					w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return perPage }})
					w.aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: 900 * time.Millisecond} })
					for i := range pages * perPage {
						w.put("app", "s", fmt.Sprint(i), time.Now().Add(-at(float64(i)/float64(pages*perPage))-time.Minute), 0)
					}
					began := time.Now()
					w.start()
					for w.count.get("records_total") < int64(pages*perPage) && time.Since(began) < 10*time.Minute {
						time.Sleep(100 * time.Millisecond)
					}
					took := time.Since(began)
					w.stop()
					w.wantAll(1)
					part := float64(pages) / took.Seconds() / quota
					t.Logf("%v for %d pages: %.2f of the quota; requests %v", took, pages, part, w.aws.Requests())
					if want := cmp.Or(least[name], 0.9); part < want {
						t.Errorf("%.2f of the quota's speed, want %.2f", part, want)
					}
					if n := w.aws.Requests()["logs.FilterLogEvents.throttled"]; n > 3 {
						t.Errorf("throttled %d times", n)
					}
				})
			})
		}
	}
}

// streamByStream is an AWS that answers one stream after another, as none
// should.
type streamByStream struct {
	streams map[string][]source.LogEvent
	names   []string
	page    int
}

func (s *streamByStream) FilterPage(ctx context.Context, in source.FilterInput) (page source.LogPage, err error) {
	if err := sleep(ctx, time.Second); err != nil {
		return page, err
	}
	var all []source.LogEvent
	for _, name := range s.names {
		for _, e := range s.streams[name] {
			if in.From <= e.Timestamp && e.Timestamp < in.To {
				all = append(all, e)
			}
		}
	}
	at := len(in.Token)
	end := min(at+s.page, len(all))
	if page.Events = all[at:end]; end < len(all) {
		page.Token = strings.Repeat("x", end)
	}
	return page, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestLogsOutOfOrder has no order of time to rely on.
func TestLogsOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		aws := &streamByStream{streams: map[string][]source.LogEvent{}, names: []string{"a", "b", "c"}, page: 10}
		for i := range 600 {
			for _, stream := range aws.names {
				id := fmt.Sprint(stream, i)
				at := time.Now().Add(-20*time.Hour + time.Duration(i)*time.Minute)
				aws.streams[stream] = append(aws.streams[stream], source.LogEvent{ID: id, Stream: stream, Message: id, Timestamp: at.UnixMilli()})
				w.expect(logID("app", stream, id), id)
			}
		}
		w.options.Reader, w.options.Lister = aws, w.client(testKey)
		w.start()
		time.Sleep(time.Hour)
		w.stop()
		w.wantAll(2)
		if n := strings.Count(w.log(), "read by one reader"); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

// TestLogsShareAQuota has connectors of one account.
func TestLogsShareAQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.options.Interval = time.Second
		other := *w
		other.db, other.host, other.journal = newLogsWorld(t, "app").db, newHost(), &journal{}
		w.start()
		other.start()
		time.Sleep(5 * time.Minute)
		w.stop()
		other.stop()
		if n := w.aws.Requests()["logs.FilterLogEvents.throttled"]; n > 0 {
			t.Errorf("throttled %d times", n)
		}
	})
}

func TestLogsExplainAndGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app", "secret")
		w.options.Groups = append(w.options.Groups, "missing", "arn:aws:logs:"+logsRegion+":999999999999:log-group:theirs")
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
			"log-group:missing", "status=404", "check bucket, prefix and region",
			"log-group:secret", "status=403", "not permitted: logs:FilterLogEvents on arn:aws:logs:" + logsRegion, "grant the permission", "999999999999:log-group:theirs",
		} {
			if !strings.Contains(w.log(), part) {
				t.Errorf("no %q in the log:\n%s", part, w.log())
			}
		}
		if n := strings.Count(w.log(), "log-group:missing"); n > 4 { // once, in two attributes
			t.Errorf("said %d times:\n%s", n, w.log())
		}
		w.aws.AddLogGroup("missing", logsRegion, testAccount)
		w.put("missing", "s", "now it is there", time.Now(), 0)
		time.Sleep(2 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLogsWrongCredentialsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "a", "b", "c")
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
		w := newLogsWorld(t, "svc/*", "svc/a")
		for i := range 120 { // more than two pages of groups
			w.aws.AddLogGroup(fmt.Sprintf("svc/%03d", i), logsRegion, testAccount)
		}
		w.put("svc/a", "s", "a", time.Now(), 0)
		w.put("svc/119", "s", "119", time.Now(), 0)
		w.start()
		time.Sleep(5 * time.Minute)
		w.wantAll(1)
		w.aws.RemoveLogGroup("svc/119")
		w.aws.AddLogGroup("svc/new", logsRegion, testAccount)
		w.put("svc/new", "s", "new", time.Now(), 0)
		time.Sleep(5 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLinkedAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t)
		const linked = "222233334444"
		arn := "arn:aws:logs:" + logsRegion + ":" + linked + ":log-group:"
		w.options.Groups = []string{arn + "app", arn + "svc/*"}
		w.aws.LinkAccounts(testAccount, linked)
		for _, name := range []string{"app", "svc/1"} {
			w.aws.AddLogGroup(name, logsRegion, linked)
			w.expect(digest("log-event\x00"+arn+name+"\x00s\x00"+name), name)
			w.putQuietly(name, "s", fakeaws.LogEvent{ID: name, Time: time.Now(), Message: name})
		}
		w.start()
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLogStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.options.Streams = []string{"web/*", "db", "web/1", "not-there"}
		for _, stream := range []string{"web/1", "web/2", "db"} {
			w.put("app", stream, stream, time.Now(), 0)
		}
		w.putQuietly("app", "other", fakeaws.LogEvent{Time: time.Now(), Message: "of another stream"})
		w.start()
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
		if !strings.Contains(w.log(), "not-there") {
			t.Errorf("the missing stream is not explained:\n%s", w.log())
		}
	})
}

// TestLogsEndAt is a backfill of a range.
func TestLogsEndAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		now := time.Now()
		w.options.Since, w.options.Until = now.Add(-3*time.Hour), now.Add(-time.Hour)
		w.put("app", "s", "in it", now.Add(-2*time.Hour), 0)
		w.put("app", "s", "at its beginning", now.Add(-3*time.Hour), 0)
		for _, at := range []time.Time{now.Add(-3*time.Hour - time.Millisecond), now.Add(-time.Hour), now} {
			w.putQuietly("app", "s", fakeaws.LogEvent{Time: at, Message: "outside"})
		}
		w.start()
		time.Sleep(time.Hour)
		w.stop()
		w.wantAll(1)
	})
}

// TestLogsBackfill is a range of the past, interrupted: it comes to an end, which
// the log tells, and then nothing is asked any more.
func TestLogsBackfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app", "web")
		now := time.Now()
		w.options.Since, w.options.Until = now.Add(-50*time.Hour), now.Add(-26*time.Hour)
		for i := range 300 {
			at := w.options.Since.Add(time.Duration(i) * 24 * time.Hour / 300)
			w.put("app", "s", fmt.Sprint("app ", i), at, 0)
			w.put("web", "s", fmt.Sprint("web ", i), at, 0)
		}
		w.putQuietly("app", "s", fakeaws.LogEvent{Time: now.Add(-25 * time.Hour), Message: "after it"})
		w.host.change(func() { w.host.stalled = true })
		w.start()
		time.Sleep(20 * time.Second)
		if line := fmt.Sprint(w.options.Status.Line()...); !strings.Contains(line, "0.0 % of the time of 2 log groups") {
			t.Errorf("status %s", line)
		}
		w.stop()
		if strings.Contains(w.log(), "backfill complete") {
			t.Error("complete, although the host has stored nothing")
		}

		w.host.change(func() { w.host.stalled, w.host.batches = false, w.host.batches[:w.host.stored] })
		w.start()
		time.Sleep(2 * time.Minute)
		if !strings.Contains(w.log(), "backfill complete") || !strings.Contains(w.log(), "log_groups=2") {
			t.Errorf("not complete\n%s", w.log())
		}
		w.aws.ResetRequests()
		time.Sleep(time.Hour)
		if requests := w.aws.Requests(); len(requests) > 0 {
			t.Errorf("requests after the end: %v", requests)
		}
		if line := fmt.Sprint(w.options.Status.Line()...); !strings.Contains(line, "complete, 2 log groups") {
			t.Errorf("status %s", line)
		}
		w.stop()
		w.wantAll(1)
	})
}

// TestLogsFromTheBeginning starts at the year 1970 with few requests.
func TestLogsFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.options.Since = time.Time{}
		for i := range 50 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*240*time.Hour-time.Minute), 0)
		}
		w.start()
		time.Sleep(20 * time.Second)
		w.stop()
		w.wantAll(1)
		if n := w.aws.Requests()["logs.FilterLogEvents"]; n > 3 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestLogTokenExpires stalls the host for longer than a token lives.
func TestLogTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return 10 }})
		for i := range 60 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Minute), 0)
		}
		w.host.limit, w.host.stalled = 2, true
		w.start()
		time.Sleep(25 * time.Hour)
		w.host.change(func() { w.host.stalled, w.host.limit, w.host.stored = false, 0, 2 })
		time.Sleep(time.Minute)
		w.stop()
		w.wantAll(1)
	})
}

func TestLogFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorld(t, "app")
		w.options.Drop = func(event []byte) bool { return strings.Contains(string(event), "noise") }
		w.put("app", "s", "kept", time.Now(), 0)
		for range 5 {
			w.putQuietly("app", "s", fakeaws.LogEvent{Time: time.Now(), Message: "noise"})
		}
		w.start()
		time.Sleep(time.Hour)
		w.stop()
		w.wantAll(1)
	})
}

// TestLogsClocks has a host whose clock is wrong, from its start or from the
// middle on.
func TestLogsClocks(t *testing.T) {
	for name, ahead := range map[string][2]time.Duration{
		"ahead": {2 * time.Hour, 2 * time.Hour}, "behind": {-2 * time.Hour, -2 * time.Hour}, "a little": {4 * time.Minute, 4 * time.Minute},
		"set right, was ahead": {26 * time.Hour, 0}, "set right, was behind": {-26 * time.Hour, 0}, "set wrong, ahead": {0, 30 * time.Hour}, "set wrong, behind": {0, -30 * time.Hour},
		"of another year": {-400 * 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLogsWorld(t, "app")
				var now atomic.Int64
				now.Store(int64(ahead[0]))
				w.options.Now = func() time.Time { return time.Now().Add(time.Duration(now.Load())) }
				w.start()
				for _, d := range ahead {
					now.Store(int64(d))
					for range 20 {
						w.put("app", "s", "in time", time.Now(), 0)
						w.put("app", "s", "a little late", time.Now().Add(-time.Minute), 5*time.Second)
						time.Sleep(47 * time.Second)
					}
				}
				time.Sleep(time.Minute)
				w.stop()
				w.wantAll(1)
			})
		})
	}
}

// TestLogsWrongClock has AWS refuse signatures of a time too far off, until the
// first answer has told AWS's time.
func TestLogsWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLogsWorldOf(t, fakeaws.Options{Region: logsRegion, Clock: func() time.Time { return time.Now().Add(-3 * time.Hour) }}, "app")
		w.put("app", "s", "of now, as AWS sees it", time.Now().Add(-3*time.Hour-time.Minute), -4*time.Hour)
		w.start()
		time.Sleep(2 * time.Minute)
		w.stop()
		w.wantAll(1)
	})
}
