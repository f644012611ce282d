package logs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/fakehost"
	"in_stellar_aws/tests/generate"
)

func TestLogsCollectOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "quiet")
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
		w.collect(2 * time.Minute)
	})
}

// TestLogsScenario is four classes over several groups and streams, in pages of
// odd sizes with empty ones, throttled and failing at random, with events that
// appear late and out of order, and a connector that is restarted.
func TestLogsScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "app", "aws-waf-logs-edge", "/aws/events/guardduty", "flows", "/aws/eks/prod/cluster")
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
func (w *world) putFinding(g *generate.Generator, random *rand.Rand) {
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
		w := newWorld(t, "app")
		w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(int) int { return 10 }})
		for i := range 100 {
			w.put("app", "s", fmt.Sprint(i), time.Now().Add(-time.Duration(i)*time.Second), 0)
		}
		w.options.Readers = 1 // else the first batches may be of parts, and smaller than pages
		w.host.Limit, w.host.Stalled = 4, true
		w.start()
		time.Sleep(time.Minute)
		w.host.Change(func() { w.host.Stored = 2 })
		time.Sleep(5 * time.Second)
		w.stop()
		first := w.host
		if n := len(first.IDs(t)); n != 20 {
			t.Fatalf("%d records stored, want two pages", n)
		}

		w.host = fakehost.New()
		w.start()
		time.Sleep(time.Minute)
		w.stop()
		for id := range first.IDs(t) {
			if w.host.IDs(t)[id] > 0 {
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
				w := newWorld(t, "app", "web")
				random := rand.New(rand.NewPCG(seed, 5))
				w.aws.SetLogPaging(fakeaws.LogPaging{PageSize: func(n int) int { return []int{5, 17, 0, 3}[n%4] }})
				w.aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Latency: 700 * time.Millisecond} })
				for i := range 3000 {
					w.put([]string{"app", "web"}[i%2], "s", fmt.Sprint(i), time.Now().Add(-time.Duration(random.IntN(int(20*time.Hour)))), 0)
				}
				stored := map[string]int{}
				gather := func() {
					for id, n := range w.host.IDs(t) {
						stored[id] += n
					}
				}
				for range 8 {
					w.host = fakehost.New()
					w.host.Stalled = true
					w.start()
					for range 10 {
						time.Sleep(time.Duration(random.IntN(10_000)) * time.Millisecond)
						w.put("app", "s", "new", time.Now(), 0)
						w.host.Change(func() { w.host.Stored += uint64(random.IntN(1 + (len(w.host.Batches)-int(w.host.Stored))/2)) })
					}
					w.stop()
					gather()
				}
				w.host = fakehost.New()
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
