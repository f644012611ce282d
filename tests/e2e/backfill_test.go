package e2e

import (
	"flag"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// backfillObjects is how many objects TestBackfill has. With many, as `make
// chaos` has, the lag of the live connector is checked too: see TestBackfill.
var backfillObjects = flag.Int("backfill.objects", 2000, "objects of TestBackfill; from 20000 on, it checks the live connector's lag as well")

const backfillLagFrom = 20_000

// flowPrefix is where the World's own account has its flow logs.
const flowPrefix = "AWSLogs/" + harness.Account + "/vpcflowlogs/" + harness.Region

// flowKeys are the keys of n flow log files, evenly over a day that ended two
// days ago: 288 times five minutes, as AWS names them.
func flowKeys(w *harness.World, n int) (keys iter.Seq[string], from, to time.Time) {
	to = w.Now.Add(-48 * time.Hour).Truncate(24 * time.Hour)
	from = to.Add(-24 * time.Hour)
	return func(yield func(string) bool) {
		for i := range n {
			at := from.Add(time.Duration(i*288/n) * 5 * time.Minute)
			key := fmt.Sprintf("%s/%s%s_vpcflowlogs_%s_fl-0123456789abcdef0_%s_%08x.log.gz",
				flowPrefix, at.Format("2006/01/02/"), harness.Account, harness.Region, at.Format("20060102T1504Z"), i)
			if !yield(key) {
				return
			}
		}
	}, from, to
}

// TestBackfill reads a range of small objects beside a live connector, and is
// interrupted three times, twice by a crash: every record comes, what was
// committed is not read again, and at its end the connector says so and rests.
//
// With -backfill.objects 200000 it also checks that the live connector's lag,
// from the put of an object until its records are in the output's file, stays
// under its interval and two seconds.
func TestBackfill(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		objects := *backfillObjects
		full := objects >= backfillLagFrom
		if full && kind == harness.ABIHost {
			t.Skip("the lag is that of Fluent Bit")
		}
		w := newWorld(t)
		w.Bucket("old")
		w.Bucket("live")
		keys, from, to := flowKeys(w, objects)
		line := "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" +
			fmt.Sprintf("2 %s eni-0 10.0.0.1 10.0.0.2 1 2 6 1 40 %d %d ACCEPT OK\n", harness.Account, from.Unix(), from.Unix()+60)
		if err := w.AWS.PutObjects("old", keys, generate.Gzip([]byte(line)), fakeaws.WithLastModified(to)); err != nil {
			t.Fatal(err)
		}
		backfill := w.Connector("old", "vpcflow", "old", flowPrefix).
			With("start_from", from.Format(time.RFC3339)).With("end_at", to.Format(time.RFC3339)).With("status_interval", "1s").
			With("test_on_start", "off") // which reads an object
		live := w.Connector("live", "cloudtrail", "live", trailPrefix).With("test_on_start", "off")
		config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{live, backfill}}
		var read atomic.Int64 // objects of the backfill
		w.AWS.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Operation != "GetObject" || r.Bucket != "old" {
				return nil
			}
			read.Add(1)
			if full {
				return nil
			}
			return &fakeaws.Fault{Latency: 2 * time.Millisecond} // slow enough that there is a middle
		})
		out := newIDs(config, "old")
		lag := &lagMeter{t: t, w: w, out: newIDs(config, "live")}
		part := func(r *run, what string, n int) {
			t.Helper()
			defer lag.during(r)()
			some := func() (bool, error) {
				err := out.read()
				return len(out.times) >= n, err
			}
			if err := r.WaitFor(r.ctx, what, some); err != nil {
				t.Fatalf("%v: there are %d of %d records", err, len(out.times), objects)
			}
		}
		for i := range 3 {
			r := start(t, kind, config)
			part(r, "a part of the backfill", min(len(out.times)+objects/5, objects))
			if i == 1 {
				r.stop()
			} else if err := r.Crash(r.ctx); err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, kind, config)
		part(r, "the rest of the backfill", objects)
		r.waitLog(fmt.Sprintf("backfill complete connector=old from=%s to=%s objects=%d ", from.Format(time.RFC3339), to.Format(time.RFC3339), objects),
			fmt.Sprintf(`backfill="complete, %d objects"`, objects))
		reads := read.Load()
		r.collect("live", lag.records+put(t, w, "live", trailFiles(w, 99, 0, 1, 10)...))
		r.stop()
		if err := out.read(); err != nil {
			t.Fatal(err)
		}
		if len(out.times) != objects {
			t.Errorf("%d ids, want %d", len(out.times), objects)
		}
		if n := read.Load() - reads; n != 0 {
			t.Errorf("%d objects were read after the end", n)
		}
		t.Logf("%d objects: %d were read, %d records came", objects, reads, out.records)
		// What was on its way at each of the ends, which is some hundred objects,
		// and only that: without a memory it would be 12/5 of all.
		if again := int(reads) - objects; again > 1600 {
			t.Errorf("%d objects were read again", again)
		}
		lag.judge(full)
	})
}

// TestLogsBackfill reads two days of a log group that ended a day and more ago,
// and comes to an end.
func TestLogsBackfill(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.AWS.AddLogGroup("app", harness.Region, harness.Account)
		to := w.Now.Add(-26 * time.Hour)
		const events = 500
		for i := range events {
			e := fakeaws.LogEvent{Time: to.Add(-48*time.Hour + time.Duration(i)*5*time.Minute), Message: fmt.Sprint("event ", i)}
			if err := w.AWS.PutLogEvents("app", "s", e); err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{{
			"connector": "cloudwatch", "connector_name": "logs", "region": harness.Region, "log_groups": "app",
			"access_key": harness.AccessKey, "secret_key": harness.SecretKey, "endpoint_url": w.URL, "test_on_start": "off",
			"interval": "1s", "start_from": to.Add(-48 * time.Hour).Format(time.RFC3339), "end_at": to.Format(time.RFC3339), "status_interval": "1s",
		}}})
		r.waitLog("backfill complete connector=logs", "log_groups=1 records_of_this_run=500", `backfill="complete, 1 log groups"`)
		wantOnce(t, "the backfill", r.stop("logs"), events)
		r.noComplaints()
	})
}
