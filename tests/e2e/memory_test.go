package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/tests/harness"
)

// TestMemory has 16 workers at work on 16 objects of 50 MB, and bounds what the
// whole process has resident, without the host's own chunk files. In both hosts
// it does so while nearly every record is dropped; in ours, whose memory does
// not grow, also while the queue to the host is full: nothing is dropped, and
// the workers are faster than its output. `make bench` measures objects ten
// times as large and one of 5 GB, to their ends.
func TestMemory(t *testing.T) {
	const (
		workers = 16
		size    = 50_000_000 // bytes of an object, before and after compression
		queue   = 32_000_000 // bytes that it holds when it is full
		most    = 96_000_000
	)
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		id, times := largeObjects(t, w, workers, size)
		all := w.Connector("large", "cloudtrail", "large", trailPrefix).With("workers", fmt.Sprint(workers)).With("interval", "1h")
		one := all.With("log_filter", "eventID != "+id)
		check := func(what string, c harness.Connector, records int, from, to int64) {
			peak, r := peakResident(t, kind, harness.Config{Connectors: []harness.Connector{c}}, records)
			r.Kill() // the rest is of no interest
			t.Logf("%s: %d MB are resident", what, peak/1e6)
			if peak < from || peak > to {
				t.Errorf("%s: %d bytes are resident, want %d to %d", what, peak, from, to)
			}
		}
		// A tenth of each object is enough to have all buffers in use.
		check("nearly all dropped", one, times*workers/10, 0, most)
		if kind == harness.ABIHost {
			check("queue full", all, 5000, queue, most)
		}
	})
}

// largeObjects puts objects of so many bytes, before compression and after it,
// into the bucket large. It returns the id of a record that each holds so many
// times.
func largeObjects(t *testing.T, w *harness.World, objects, size int) (id string, times int) {
	t.Helper()
	w.Bucket("large")
	files := trailFiles(w, 1, 10*time.Minute, objects, 1)
	raw, err := trailFiles(w, 1, 10*time.Minute, 1, 3000)[0].Raw()
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Records []struct {
			EventID string `json:"eventID"`
		}
	}
	if err := json.Unmarshal(raw, &content); err != nil {
		t.Fatal(err)
	}
	var member bytes.Buffer
	z, err := gzip.NewWriterLevel(&member, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	times = (size + member.Len() - 1) / member.Len()
	for _, f := range files {
		putRepeated(t, w, "large", f.Key, member.Bytes(), times)
	}
	return content.Records[0].EventID, times
}

// peakResident runs a host with a connector until so many records have come
// out, and returns the most that it had resident at any look, and the host.
func peakResident(t *testing.T, kind harness.Kind, c harness.Config, records int) (peak int64, r *run) {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	out := newIDs(c, c.Connectors[0].Tag())
	r = start(t, kind, c)
	err := r.WaitFor(r.ctx, "records", func() (bool, error) {
		now, err := r.Resident(c.Dir)
		if err != nil {
			return false, err
		}
		peak = max(peak, now)
		err = out.read()
		return out.records >= records, err
	})
	if err != nil {
		t.Fatalf("%v: there are %d of %d", err, out.records, records)
	}
	r.noComplaints()
	return peak, r
}

// TestNothingGrows collects a tenth of many small objects, and in a second run
// the rest: neither the memory nor the state's file is larger for it. The live
// heap over 200,000 is in `make bench`.
func TestNothingGrows(t *testing.T) {
	t.Parallel()
	const (
		objects = 4000
		every   = time.Minute // between two; all but the last hour's leave the lookback
		noise   = 6_000_000   // bytes between two runs; 2 KB for each object would be more
	)
	w := newWorld(t)
	w.Bucket("small")
	body := trailFiles(w, 1, 10*time.Minute, 1, 1)[0].Body
	keys := func(yield func(string) bool) {
		for i := range objects {
			at := w.Now.Add(-time.Duration(objects-i) * every)
			if !yield(fmt.Sprintf("%s/%s%s_CloudTrail_%s_%s_%016d.json.gz", trailPrefix, at.Format("2006/01/02/"),
				harness.Account, harness.Region, at.Format("20060102T1504Z"), i)) {
				return
			}
		}
	}
	if err := w.AWS.PutObjects("small", keys, body); err != nil {
		t.Fatal(err)
	}
	connector := w.Connector("small", "cloudtrail", "small", trailPrefix).
		With("workers", "16").With("start_from", "30d").With("lookback", "1h").With("test_on_start", "off")
	c := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{connector}}
	var peaks, states [2]int64
	for i, records := range []int{objects / 10, objects} {
		var r *run
		peaks[i], r = peakResident(t, harness.ABIHost, c, records)
		r.stop()
		db, err := os.Stat(filepath.Join(c.Dir, "state.db"))
		if err != nil {
			t.Fatal(err)
		}
		states[i] = db.Size()
	}
	t.Logf("after %d objects and after %d: %v bytes are resident, %v in the state's file", objects/10, objects, peaks, states)
	if peaks[1] > peaks[0]+noise {
		t.Errorf("%d MB are resident after a tenth of the objects, %d MB after all", peaks[0]/1e6, peaks[1]/1e6)
	}
	if states[1] > states[0] {
		t.Errorf("the state's file has %d bytes after a tenth of the objects, %d after all", states[0], states[1])
	}
}
