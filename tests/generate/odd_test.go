package generate

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func TestOdd(t *testing.T) {
	all := New(13, Options{}).Odd()
	names, ids := map[string]bool{}, map[string]bool{}
	valid := 0
	for _, o := range all {
		if names[o.Name] {
			t.Errorf("%s occurs twice", o.Name)
		}
		names[o.Name] = true
		if o.Why == "" {
			t.Errorf("%s: no reason", o.Name)
		}
		if json.Valid(o.JSON) != o.Valid {
			t.Errorf("%s: valid %v, want %v: %.300s", o.Name, !o.Valid, o.Valid, o.JSON)
		}
		if !o.Valid {
			continue
		}
		valid++
		var record struct{ EventID string }
		if err := json.Unmarshal(o.JSON, &record); err != nil || record.EventID == "" {
			continue // no object, or one without an id on purpose
		}
		if ids[record.EventID] {
			t.Errorf("%s: eventID occurs twice", o.Name)
		}
		ids[record.EventID] = true
	}
	if valid < 60 || len(all)-valid < 15 || len(ids) < 50 {
		t.Errorf("%d odd records, %d valid, %d with an id", len(all), valid, len(ids))
	}
}

func TestOddFiles(t *testing.T) {
	names := map[string]bool{}
	for _, f := range New(13, Options{}).OddFiles() {
		if names[f.Name] || f.Why == "" {
			t.Errorf("%s occurs twice or has no reason", f.Name)
		}
		names[f.Name] = true
		switch f.Name {
		case "text cut", "gzip cut": // their last record has an id and no end
			continue
		}
		if count := bytes.Count(inflated(f.Body), []byte(`"eventID":"`)); count != f.Records {
			t.Errorf("%s: %d records, want %d", f.Name, count, f.Records)
		}
	}
	if len(names) < 20 {
		t.Errorf("%d files, want 20 at least", len(names))
	}
}

// inflated undoes as many layers of gzip as there are, and keeps what could be
// read of a damaged one.
func inflated(b []byte) []byte {
	for bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		zr, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		b, _ = io.ReadAll(zr) // a damaged trailer is the point of some files
	}
	return b
}
