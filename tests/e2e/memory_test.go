package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
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
		// A fifth of each object is enough to have all buffers in use.
		if peak := peakResident(t, kind, one, times*workers/5); peak > most {
			t.Errorf("%d MB are resident, want at most %d", peak/1e6, int64(most/1e6))
		} else {
			t.Logf("nearly all dropped: %d MB are resident", peak/1e6)
		}
		if kind == harness.FluentBit {
			return
		}
		if peak := peakResident(t, kind, all, 5000); peak < queue || peak > most {
			t.Errorf("with a full queue %d MB are resident, want from %d to %d", peak/1e6, int64(queue/1e6), int64(most/1e6))
		} else {
			t.Logf("queue full: %d MB are resident", peak/1e6)
		}
	})
}

// largeObjects puts objects of so many bytes, before compression and after it,
// into the bucket large. It returns the id of a record that each holds so many
// times.
func largeObjects(t *testing.T, w *harness.World, objects, size int) (id string, times int) {
	t.Helper()
	w.Bucket("large")
	files := trailFiles(w, 1, 10*time.Minute, objects, 3000)
	raw, err := files[0].Raw()
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
// out, and returns the most that it had resident at any look.
func peakResident(t *testing.T, kind harness.Kind, c harness.Connector, records int) (peak int64) {
	t.Helper()
	config := harness.Config{Dir: t.TempDir(), Connectors: []harness.Connector{c}}
	out := newIDs(config, c.Tag())
	r := start(t, kind, config)
	err := r.WaitFor(r.ctx, "records", func() (bool, error) {
		now, err := r.Resident(config.Dir)
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
	if err := r.Crash(r.ctx); err != nil {
		t.Fatal(err)
	}
	return peak
}
