package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// bucket is an S3 bucket in memory: it lists as S3 does, and counts.
type bucket struct {
	mu      sync.Mutex
	keys    []string             // sorted
	objects map[string]Object    // those that are not the default
	clock   func() time.Time     // when keys are put
	times   map[string]time.Time // when keys were put, if not at noon
	denied  string               // prefix that cannot be listed
	odd     string               // prefix whose answer makes who reads it panic
	lists   int
	asked   []ListInput
}

func newBucket(keys ...string) *bucket {
	b := &bucket{objects: make(map[string]Object), times: make(map[string]time.Time), clock: func() time.Time { return noon }}
	if slices.IsSorted(keys) {
		b.keys = keys // a million need no second look
		return b
	}
	b.put(keys...)
	return b
}

// put adds objects that say nothing but their key.
func (b *bucket) put(keys ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(keys) == 0 {
		return
	}
	i, _ := slices.BinarySearch(b.keys, slices.Min(keys))
	b.keys = append(b.keys, keys...)
	if at := b.clock(); !at.Equal(noon) {
		for _, k := range keys {
			b.times[k] = at
		}
	}
	slices.Sort(b.keys[i:]) // most often a short piece at the end
	b.keys = b.keys[:i+len(slices.Compact(b.keys[i:]))]
}

func (b *bucket) putObject(o Object) {
	b.put(o.Key)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[o.Key] = o
}

func (b *bucket) object(key string) Object {
	if o, ok := b.objects[key]; ok {
		return o
	}
	at, ok := b.times[key]
	if !ok {
		at = noon
	}
	return Object{Key: key, ETag: "1", Size: 1, LastModified: at}
}

func (b *bucket) ListPage(_ context.Context, in ListInput) (out ListOutput, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.odd != "" && strings.HasPrefix(in.Prefix, b.odd) {
		panic("index out of range")
	}
	b.lists++
	b.asked = append(b.asked, in)
	if b.denied != "" && strings.HasPrefix(in.Prefix, b.denied) {
		return out, errors.New("access denied")
	}
	if in.MaxKeys < 1 || in.MaxKeys > 1000 {
		return out, fmt.Errorf("MaxKeys %d", in.MaxKeys)
	}
	after := max(in.StartAfter, in.Token)
	i, _ := slices.BinarySearch(b.keys, max(after, in.Prefix))
	last := after
	for ; i < len(b.keys) && (b.keys[i] < in.Prefix || strings.HasPrefix(b.keys[i], in.Prefix)); i++ {
		k := b.keys[i]
		if k <= after {
			continue
		}
		common := ""
		if in.Delimiter != "" {
			if n := strings.Index(k[len(in.Prefix):], in.Delimiter); n >= 0 {
				common = k[:len(in.Prefix)+n+1]
			}
		}
		if common != "" && (common == last || strings.HasPrefix(after, common)) {
			continue
		}
		if len(out.Objects)+len(out.Prefixes) == in.MaxKeys {
			out.Token = last
			return out, nil
		}
		if last = k; common != "" {
			last = common
			out.Prefixes = append(out.Prefixes, common)
			continue
		}
		out.Objects = append(out.Objects, b.object(k))
	}
	return out, nil
}

// ledger is a Ledger in memory. Everything found is delivered at once.
type ledger struct {
	mu     sync.Mutex
	marks  map[string]time.Time
	floors map[string]time.Time
	known  map[string]bool
}

func newLedger() *ledger {
	return &ledger{marks: map[string]time.Time{}, floors: map[string]time.Time{}, known: map[string]bool{}}
}

func (l *ledger) Mark(family string) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.marks[family]
	return t, ok
}

func (l *ledger) Marks(folder string) map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]time.Time{}
	for f, t := range l.marks {
		if strings.HasPrefix(f, folder) {
			all[f] = t
		}
	}
	return all
}

func (l *ledger) Floor(family string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.floors[family]
}

func (l *ledger) Known(key, etag string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[key+"\x00"+etag]
}

func (l *ledger) deliver(o Object, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[o.Key+"\x00"+o.ETag] = true
	at := o.Time
	if at.After(now) {
		at = now
	}
	if at.After(l.marks[o.Family]) {
		l.marks[o.Family] = at
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lab is a poller with its surroundings and a clock.
type lab struct {
	t      *testing.T
	bucket *bucket
	ledger *ledger
	layout *Layout
	o      Options
	poller *Poller
	now    time.Time
}

func newLab(t *testing.T, sub config.SubType, prefix string, keys ...string) *lab {
	t.Helper()
	layout, err := Compile(sub, prefix)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{
		t: t, bucket: newBucket(keys...), ledger: newLedger(), layout: layout, now: noon,
		o: Options{Bucket: "logs", Since: noon.Add(-24 * time.Hour), Lookback: 6 * time.Hour, Workers: 4},
	}
	l.bucket.clock = func() time.Time { return l.now }
	l.restart()
	return l
}

// restart makes a new poller over what the ledger knows.
func (l *lab) restart() { l.poller = NewPoller(l.bucket, l.layout, l.ledger, l.o) }

// poll polls, delivers, and returns the keys found, in order.
func (l *lab) poll() ([]string, Stats) {
	l.t.Helper()
	keys, stats, err := l.tryPoll()
	if err != nil {
		l.t.Fatal(err)
	}
	return keys, stats
}

func (l *lab) tryPoll() (keys []string, stats Stats, err error) {
	l.t.Helper()
	before := l.bucket.lists
	last := map[string]string{}
	first := len(l.ledger.known) == 0 // later listings are cut
	stats, err = l.poller.Poll(l.t.Context(), l.now, func(o Object) error {
		if o.Bucket != "logs" || o.Family == "" || o.Time.IsZero() || o.ETag == "" {
			l.t.Errorf("found an incomplete object: %+v", o)
		}
		if o.Key <= last[o.Family] && l.layout.sorted() && first {
			l.t.Errorf("%s came after %s", o.Key, last[o.Family])
		}
		last[o.Family] = o.Key
		keys = append(keys, o.Key)
		l.ledger.deliver(o, l.now)
		return nil
	})
	if got := l.bucket.lists - before; got != stats.Lists {
		l.t.Errorf("Stats.Lists = %d, the bucket counted %d", stats.Lists, got)
	}
	return keys, stats, err
}

// wantPoll polls and compares what was found, in any order.
func (l *lab) wantPoll(want ...string) Stats {
	l.t.Helper()
	got, stats := l.poll()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		l.t.Fatalf("at %s found %d objects\n%s\nwant %d\n%s", l.now.Format(time.DateTime), len(got), list(got), len(want), list(want))
	}
	return stats
}

func list(keys []string) string {
	if len(keys) > 20 {
		keys = append(slices.Clone(keys[:20]), "…")
	}
	return strings.Join(keys, "\n")
}

// trailKey is the n-th CloudTrail key of a minute.
func trailKey(account, region string, at time.Time, n int) string {
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s%s_CloudTrail_%s_%s_%016x.json.gz",
		account, region, at.Format("2006/01/02/"), account, region, at.Format("20060102T1504Z"), n)
}

// manyKeys are total keys like key's, spread evenly over the 12 hours before
// noon and over the families. Sprintf for each of a million takes too long.
func manyKeys(total, families int, key func(family int, at time.Time, n int) string) []string {
	keys := make([]string, 0, total)
	perMinute := total / (12 * 60)
	for at := noon.Add(-12 * time.Hour); at.Before(noon); at = at.Add(time.Minute) {
		for f := range families {
			model := key(f, at, 0)
			hash := strings.LastIndexByte(model, '_') + 1
			dot := hash + strings.IndexByte(model[hash:], '.')
			for range perMinute / families {
				digits := strconv.FormatInt(2*int64(len(keys)), 16) // odd numbers are left for others
				keys = append(keys, model[:dot-len(digits)]+digits+model[dot:])
			}
		}
	}
	return keys
}

// flowKey is a flow log key under a given date folder.
func flowKey(folder, id string, at time.Time, n int) string {
	return fmt.Sprintf("AWSLogs/111122223333/vpcflowlogs/us-east-1/%s111122223333_vpcflowlogs_us-east-1_%s_%s_%08x.log.gz",
		at.Format(folder), id, at.Format("20060102T1504Z"), n)
}
