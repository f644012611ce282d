package connector_test

import (
	"strings"
	"testing"
	"time"
)

// TestS3Filter drops what the filter names, from a connector that collects
// with it, and counts it; objects of which nothing is left are done.
func TestS3Filter(t *testing.T) {
	w := newS3World(t)
	w.put(t, 1, 6*time.Hour, 5, 100)
	all := run(t, w.section(t, nil))
	all.until("all records", func() bool { return len(all.ids()) == 500 })
	all.stop()

	section := w.section(t, keys{"log_filter": "eventCategory exists; msg_origin.source == cloudtrail", "status_interval": "1s"})
	none := run(t, section)
	none.until("the status", func() bool {
		return strings.Contains(none.journal.String(), "objects=5 records=0 duplicates=0 bad_records=0 filtered_records=500")
	})
	none.stop()
	if n := len(none.ids()); n > 0 {
		t.Errorf("%d records passed a filter that all match", n)
	}

	part := run(t, w.section(t, keys{"log_filter": "readOnly == true", "status_interval": "1s"}))
	part.until("the status", func() bool { return strings.Contains(part.journal.String(), "objects=5 ") })
	part.stop()
	if n := len(part.ids()); n == 0 || n == 500 {
		t.Errorf("%d of 500 records passed, want a part", n)
	}
	for id := range part.ids() {
		if all.ids()[id] != 1 {
			t.Fatalf("record %s is none of the bucket's", id)
		}
	}
}
