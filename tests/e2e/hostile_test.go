package e2e

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

var hostileFamilies = flag.Int("hostile.families", 50_000, "families of names in TestHostile's bucket; a million is what it is about")

// TestHostile has somebody write to two of three buckets what is meant to stop a
// collector: 10 GB of zeros in a small object, the same in gzip in gzip, a
// record a million levels deep, one with 70,000 keys in an object and one with
// 70,000 of its own, one that never ends, and more families of names than AWS
// would make. The good objects among them and
// the third bucket arrive all the same, each hostile one is named, and the
// host stays small.
func TestHostile(t *testing.T) {
	const most = 256 << 20 // bytes of memory, of which 3 x 64 MB are the connectors' mem_limit
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		if kind == harness.ABIHost && *hostileFamilies > 50_000 {
			t.Skip("once is enough")
		}
		w := newWorld(t)
		good, want := trail(t, w, "good", trailFiles(w, 1, 10*time.Minute, 5, 40)...)
		files := trailFiles(w, 2, 10*time.Minute, 9, 20)
		attacked, rest := trail(t, w, "attacked", files[0], files[4], files[8])
		bomb, nested, deep, wide, endless, wider := files[1], files[2], files[3], files[5], files[6], files[7]

		member := generate.Gzip(make([]byte, 64<<20))
		putRepeated(t, w, "attacked", bomb.Key, member, 160)
		var layers bytes.Buffer
		outer := gzip.NewWriter(&layers)
		if _, err := io.Copy(outer, io.LimitReader(&loop{b: member}, int64(160*len(member)))); err != nil {
			t.Fatal(err)
		}
		if err := outer.Close(); err != nil {
			t.Fatal(err)
		}
		putBody(t, w, nested.Key, layers.Bytes())
		record := func(key, body string) {
			putBody(t, w, key, generate.Gzip([]byte(`{"Records":[{"eventVersion":"1.11","eventName":"Hostile","requestParameters":`+body+`}]}`)))
		}
		record(deep.Key, strings.Repeat("[", 1_000_000)+strings.Repeat("]", 1_000_000))
		var keys strings.Builder
		for i := range 70_000 {
			fmt.Fprintf(&keys, `"k%d":0,`, i)
		}
		record(wide.Key, `{"a":{`+keys.String()+`"z":1}}`)
		putBody(t, w, wider.Key, generate.Gzip([]byte(`{"Records":[{`+keys.String()+`"eventVersion":"1.11"}]}`)))
		record(endless.Key, `"`+strings.Repeat("x", 40<<20)+`"`)

		flows := "AWSLogs/" + harness.Account + "/vpcflowlogs/" + harness.Region
		families := w.Connector("families", "vpcflow", "families", flows).With("start_from", "1m")
		w.Bucket("families")
		if err := w.AWS.PutObjects("families", manyFamilies(flows, w.Now, *hostileFamilies), []byte("x")); err != nil {
			t.Fatal(err)
		}

		r := start(t, kind, harness.Config{Connectors: []harness.Connector{attacked, families, good}})
		r.collect("good", want)
		for _, told := range []struct{ where, what string }{
			{bomb.Key, "a zip bomb does"},
			{nested.Key, "a zip bomb does"},
			{wider.Key, "keys in one map"},
			{endless.Key, "longer than 16 MiB"},
			{"connector=families", "holds more than 10000 families of object names"},
		} {
			is := func() (bool, error) {
				for _, line := range errorLines(r.Log(), told.where) {
					if strings.Contains(line, told.what) {
						return true, nil
					}
				}
				return false, nil
			}
			if err := r.WaitFor(r.ctx, fmt.Sprintf("error %q of %s", told.what, told.where), is); err != nil {
				t.Fatal(err)
			}
		}
		r.collect("attacked", rest+2) // and the deep record and the wide one
		want += put(t, w, "good", trailFiles(w, 3, 0, 1, 20)...)
		r.collect("good", want)
		memory, err := r.PeakMemory()
		if err != nil || memory > most {
			t.Errorf("the host has used %d bytes, %v; want at most %d", memory, err, most)
		}
		t.Logf("the host has used %d MB; %d requests for lists", memory>>20, w.AWS.Requests()["s3.ListObjectsV2"])
		wantOnce(t, "good", r.stop("good"), want)
	})
}

// manyFamilies are n keys, each of a family of its own, made before the minute
// in which the connector starts.
func manyFamilies(prefix string, now time.Time, n int) iter.Seq[string] {
	day := now.Truncate(24 * time.Hour)
	at := now.Add(-30 * time.Minute)
	if at.Before(day) {
		at = day
	}
	return func(yield func(string) bool) {
		head := prefix + day.Format("/2006/01/02/") + harness.Account + "_vpcflowlogs_" + harness.Region + "_fl-"
		tail := "_" + at.Format("20060102T1504Z") + "_00000000.log.gz"
		for i := range n {
			if !yield(head + fmt.Sprintf("%017x", i) + tail) {
				return
			}
		}
	}
}

func putBody(t *testing.T, w *harness.World, key string, body []byte) {
	t.Helper()
	if err := w.AWS.PutObject("attacked", key, body); err != nil {
		t.Fatal(err)
	}
}

// putRepeated stores an object that is b n times.
func putRepeated(t *testing.T, w *harness.World, bucket, key string, b []byte, n int) {
	t.Helper()
	size := int64(len(b) * n)
	open := func() (io.Reader, error) { return io.LimitReader(&loop{b: b}, size), nil }
	err := w.AWS.PutObjectFunc(bucket, key, size, func() (io.ReadSeeker, error) {
		body, err := open()
		return &again{open: open, body: body}, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// loop is b without an end.
type loop struct {
	b  []byte
	at int
}

func (l *loop) Read(p []byte) (int, error) {
	n := copy(p, l.b[l.at:])
	l.at = (l.at + n) % len(l.b)
	return n, nil
}
