package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
	"in_stellar_aws/tests/reference"
)

// TestCloudTrail collects generated, real and odd records with the classic and
// with the YAML form of one configuration, each from the start: every record
// must come once, complete, and with the same id both times.
func TestCloudTrail(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 30, 200)
		generated, _ := trail(t, w, "generated", files...)
		generated = generated.With("tenant_name", "acme corp").With("tenant_id", "t-1")
		connectors := []harness.Connector{generated}

		odd, text := oddFile(w)
		oddTrail, _ := trail(t, w, "odd", odd)
		connectors = append(connectors, oddTrail)

		real := corpus(t, w.Now)
		if len(real) > 0 {
			w.Bucket("real")
			put(t, w, "real", real...)
			connectors = append(connectors, w.Connector("real", "cloudtrail", "real", "AWSLogs/"+corpusAccount+"/CloudTrail/us-east-1"))
		}

		var before []string
		for _, format := range []harness.Format{harness.Classic, harness.YAML} {
			t.Run(format.String(), func(t *testing.T) {
				r := start(t, kind, harness.Config{Format: format, Connectors: connectors})
				for tag, n := range map[string]int{"generated": total(files), "odd": odd.Records, "real": total(real)} {
					r.collect(tag, n)
				}
				all := r.stop("generated", "odd", "real")
				r.noComplaints("text that is not Unicode was replaced")
				after := slices.Sorted(maps.Keys(ids(t, all)))
				if before == nil {
					before = after
				}
				if !slices.Equal(before, after) {
					t.Error("the ids of another run differ")
				}
				wantOnce(t, "generated", r.records("generated"), total(files))
				check(t, r.records("generated"), files, reference.Envelope{TenantName: "acme corp", TenantID: "t-1"})
				check(t, r.records("real"), real, reference.Envelope{})
				checkOdd(t, r.records("odd"), text)
			})
		}
		if len(real) == 0 {
			t.Run("corpus", func(t *testing.T) { t.Skipf("there is no corpus in %s", corpusDir) })
		}
	})
}

func total(files []generate.Object) int {
	n := 0
	for _, f := range files {
		n += f.Records
	}
	return n
}

// check compares the collected records with those of the files, whatever the
// order: each must be one of the originals of its eventID, each of which must
// have come once.
func check(t *testing.T, got []harness.Record, files []generate.Object, e reference.Envelope) {
	t.Helper()
	if len(got) != total(files) {
		t.Errorf("%d records, want %d", len(got), total(files))
	}
	waiting := map[any][]map[string]any{}
	for _, f := range files {
		for _, record := range originals(t, f) {
			waiting[record["eventID"]] = append(waiting[record["eventID"]], record)
		}
	}
	var errs []error
	for _, body := range got {
		id := body["eventID"]
		var mismatch error
		i := slices.IndexFunc(waiting[id], func(record map[string]any) bool {
			err := errors.Join(reference.CloudTrail(body, record), reference.CloudTrailStandard(body, record, e))
			mismatch = errors.Join(mismatch, err)
			return err == nil
		})
		if i < 0 {
			errs = append(errs, fmt.Errorf("record %v is none of the %d that wait for one: %w", id, len(waiting[id]), mismatch))
			continue
		}
		waiting[id] = slices.Delete(waiting[id], i, i+1)
	}
	for id, missing := range waiting {
		if len(missing) > 0 {
			errs = append(errs, fmt.Errorf("%d records %v did not come", len(missing), id))
		}
	}
	if err := firstErrors(errs); err != nil {
		t.Errorf("%d errors, such as:\n%v", len(errs), err)
	}
}

// oddFile is one object of all valid odd records, and their text.
func oddFile(w *harness.World) (generate.Object, [][]byte) {
	g := w.Generator(2, time.Hour, generate.Options{})
	file := g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: -1, At: w.Now.Add(-time.Hour)}})
	var text [][]byte
	for _, o := range g.Odd() {
		if o.Valid && o.JSON[0] == '{' {
			text = append(text, o.JSON)
		}
	}
	file.Body = generate.Gzip(slices.Concat([]byte(`{"Records":[`), bytes.Join(text, []byte(",")), []byte(`]}`)))
	file.Records = len(text)
	return file, text
}

// checkOdd compares records, which have come in their order, with their text.
func checkOdd(t *testing.T, got []harness.Record, text [][]byte) {
	t.Helper()
	wantOnce(t, "odd", got, len(text))
	for i := range min(len(got), len(text)) {
		v, err := reference.Parse(text[i])
		if err != nil {
			t.Fatal(err)
		}
		record := v.(map[string]any)
		if reference.Repeats(text[i]) || reference.Collides(record) {
			continue // two values for one name: which is which is not comparable here
		}
		if err := reference.CloudTrail(got[i], record); err != nil {
			t.Errorf("odd record %d: %.1000v\n%.300s", i, err, text[i])
		}
	}
}
