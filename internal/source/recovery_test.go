package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/state"
)

// TestRecovery runs a poller over a state file through days of a made-up
// bucket's life: objects that come in time and late, deliveries in any order,
// listings cut short, pauses of hours, a clock that is hours wrong for a while,
// and crashes that lose what was in flight. In the end each object has been delivered exactly once: an object
// counts as delivered when its commit returned.
func TestRecovery(t *testing.T) {
	const flows, trails = "AWSLogs/*/vpcflowlogs/*", "AWSLogs/1/CloudTrail/eu"
	flow := func(r *rand.Rand, at time.Time, folder string) string {
		account, region := fmt.Sprintf("%d11122223333", r.IntN(3)), []string{"eu-west-1", "us-east-1"}[r.IntN(2)]
		return fmt.Sprintf("AWSLogs/%s/vpcflowlogs/%s/%s%s_vpcflowlogs_%s_fl-%d_%s_%08x.log.gz",
			account, region, at.Format(folder), account, region, r.IntN(3), at.Format("20060102T1504Z"), r.Uint32())
	}
	tests := map[string]struct {
		sub    config.SubType
		prefix string
		key    func(r *rand.Rand, at time.Time) string
	}{
		"flow logs by day":  {config.SubTypeVPCFlow, flows, func(r *rand.Rand, at time.Time) string { return flow(r, at, "2006/01/02/") }},
		"flow logs by hour": {config.SubTypeVPCFlow, flows, func(r *rand.Rand, at time.Time) string { return flow(r, at, "2006/01/02/15/") }},
		"one trail": {config.SubTypeCloudTrail, trails, func(r *rand.Rand, at time.Time) string {
			return fmt.Sprintf("%s/%s1_CloudTrail_eu_%s_%08x.json.gz", trails, at.Format("2006/01/02/"), at.Format("20060102T1504Z"), r.Uint32())
		}},
		"Firehose": {config.SubTypeWAF, "waf", func(r *rand.Rand, at time.Time) string {
			return fmt.Sprintf("waf/%s%08x-uuid", at.Format("2006/01/02/15/"), r.Uint32())
		}},
		"unpadded dates": {config.SubTypeWAF, "waf///YYYY/////m/////d//", func(r *rand.Rand, at time.Time) string {
			return fmt.Sprintf("waf/%s%08x-uuid", at.Format("2006/1/2/"), r.Uint32())
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			layout, err := Compile(tt.sub, tt.prefix)
			if err != nil {
				t.Fatal(err)
			}
			w := &world{
				t: t, random: rand.New(rand.NewPCG(seed, 0)), layout: layout, path: filepath.Join(t.TempDir(), "state.db"),
				bucket: newBucket(), delivered: map[string]int{}, now: noon, since: noon.Add(-20 * time.Hour),
			}
			w.live(func(at time.Time) string { return tt.key(w.random, at) })
			for _, k := range w.bucket.keys {
				if n := w.delivered[k]; n != 1 {
					t.Errorf("delivered %d times: %s", n, k)
				}
			}
		})
	}
}

// world is a bucket, a poller and a collector that delivers what it is given.
type world struct {
	t          *testing.T
	random     *rand.Rand
	layout     *Layout
	path       string
	bucket     *bucket
	now, since time.Time
	skew       time.Duration // of the machine's clock
	delivered  map[string]int

	db     *state.DB
	state  *state.Connector
	poller *Poller
	flight []Object
}

func (w *world) live(key func(at time.Time) string) {
	put := func(at time.Time) {
		w.bucket.putObject(Object{Key: key(at), ETag: "e", Size: 1, LastModified: at})
	}
	upTo := func(d time.Duration) time.Duration { return time.Duration(w.random.Int64N(int64(d))) }
	w.start()
	defer w.stop()
	for range 800 {
		put(w.now.Add(-time.Minute - upTo(19*time.Hour)))
	}
	for range 50 {
		w.now = w.now.Add(time.Minute + upTo(15*time.Minute))
		if w.random.IntN(20) == 0 {
			w.now = w.now.Add(upTo(30 * time.Hour))
		}
		for range w.random.IntN(40) {
			put(w.now.Add(-upTo(10 * time.Minute)))
		}
		for range w.random.IntN(3) {
			put(w.now.Add(-upTo(4 * time.Hour)))
		}
		switch w.random.IntN(10) {
		case 0:
			w.skew = upTo(3 * time.Hour)
		case 1:
			w.skew = -upTo(3 * time.Hour)
		case 2, 3, 4:
			w.skew = 0
		}
		w.poll(1 + w.random.IntN(1000))
		w.deliver(w.random.IntN(60))
		if w.random.IntN(6) == 0 {
			w.stop()
			w.start()
		}
	}
	w.skew = 0
	for range 10 { // a whole sweep and more
		w.now = w.now.Add(5 * time.Minute)
		w.poll(1 << 30)
		w.deliver(1 << 30)
	}
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	w.t.Helper()
	var err error
	w.db, err = state.Open(w.path, state.Options{})
	w.check(err)
	const lookback = 6 * time.Hour
	w.state, err = w.db.Connector("world", lookback)
	w.check(err)
	since, err := w.state.Since(w.since)
	w.check(err)
	w.poller = NewPoller(w.bucket, w.layout, w.state, Options{Since: since, Lookback: lookback, Workers: 1 + w.random.IntN(4)})
}

// stop ends as a crash does: nothing in flight is committed.
func (w *world) stop() {
	w.t.Helper()
	w.flight = nil
	w.state.Close()
	w.check(w.db.Close())
}

// poll polls until the limit of objects is reached.
func (w *world) poll(limit int) {
	w.t.Helper()
	enough := errors.New("enough")
	_, err := w.poller.Poll(w.t.Context(), w.now.Add(w.skew), func(o Object) error {
		if limit--; limit < 0 {
			return enough
		}
		if _, ok := w.state.Begin(position(o)); !ok {
			w.t.Errorf("found twice: %s", o.Key)
		}
		w.flight = append(w.flight, o)
		if len(w.flight) > 50 {
			w.deliver(w.random.IntN(50))
		}
		return nil
	})
	if !errors.Is(err, enough) {
		w.check(err)
	}
}

// deliver commits any n of the objects in flight.
func (w *world) deliver(n int) {
	w.t.Helper()
	n = min(n, len(w.flight))
	w.random.Shuffle(len(w.flight), func(i, j int) { w.flight[i], w.flight[j] = w.flight[j], w.flight[i] })
	u := state.Update{Now: w.now.Add(w.skew)}
	for _, o := range w.flight[:n] {
		u.Delivered = append(u.Delivered, position(o))
		w.delivered[o.Key]++
	}
	w.flight = w.flight[n:]
	w.check(w.state.Commit(u))
}

func position(o Object) state.Position {
	return state.Position{Fingerprint: state.FingerprintOf(o.Key, o.ETag), Family: o.Family, Time: o.Time}
}
