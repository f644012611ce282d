package e2e

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// TestDamage has objects that cannot be read, or are out of all proportion,
// among good ones: what is readable arrives, up to the record before the
// damage and from the one after it on; each fault is told with bucket, key and
// record; the host stays alive and small.
func TestDamage(t *testing.T) {
	const most = 256 << 20 // bytes of memory: the huge object is larger
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 12, 40)
		cut, broken, notRecords, huge, bulky := files[1], files[3], files[5], files[7], files[9]
		good := slices.Concat(files[:1], files[2:3], files[4:5], files[6:7], files[8:9], files[10:])
		connector, _ := trail(t, w, "trail", good...)

		cut.Body = cut.Body[:len(cut.Body)/2]
		put(t, w, "trail", cut)
		put(t, w, "trail", rewritten(t, &broken, func(records [][]byte) [][]byte {
			records[10] = []byte(`{"eventName":"Broken","a":1,}`)
			return records
		}))
		put(t, w, "trail", rewritten(t, &notRecords, func(records [][]byte) [][]byte {
			return slices.Insert(records, 20, []byte(`"text"`), []byte(`17`), []byte(`null`), []byte(`[{"eventName":"inner"}]`))
		}))
		put(t, w, "trail", rewritten(t, &bulky, func(records [][]byte) [][]byte {
			last := records[len(records)-1]
			text := `,"bulk":{"text":"` + strings.Repeat("0123456789", 5<<20/10) + `"}}`
			records[len(records)-1] = append(bytes.TrimSuffix(last, []byte("}")), text...)
			return records
		}))
		putHuge(t, w, "trail", huge.Key)

		r := start(t, kind, harness.Config{Connectors: []harness.Connector{connector}})
		complete := slices.Concat(good, []generate.Object{notRecords, bulky})
		least := total(complete) + broken.Records - 1
		r.collect("trail", least)
		for _, want := range []struct{ key, text string }{
			{cut.Key, "read from record "},
			{broken.Key, "read record 11 "},
			{notRecords.Key, "read record 21 "},
			{huge.Key, "record 1 "},
		} {
			told := func() (bool, error) {
				lines := errorLines(r.Log(), want.key)
				return slices.ContainsFunc(lines, func(line string) bool {
					return strings.Contains(line, want.text) && strings.Contains(line, "bucket=trail")
				}), nil
			}
			if err := r.WaitFor(r.ctx, fmt.Sprintf("error %q of %s", want.text, want.key), told); err != nil {
				t.Fatal(err)
			}
		}
		later := trailFiles(w, 2, 0, 1, 20)
		put(t, w, "trail", later...)
		lives := func() (bool, error) { return containsAll(r.records("trail"), originals(t, later[0])), nil }
		if err := r.WaitFor(r.ctx, "an object that came later", lives); err != nil {
			t.Fatal(err)
		}
		memory, err := r.PeakMemory()
		if err != nil || memory > most {
			t.Errorf("the host has used %d bytes, %v; want at most %d", memory, err, most)
		}
		t.Logf("the host has used %d MB", memory>>20)

		all := r.stop("trail")
		checkDamaged(t, all, slices.Concat(complete, later), files[1], files[3])
	})
}

// checkDamaged compares the records with those of the complete objects, and of
// two damaged ones, given as they were before: one that was cut, of which the
// first records must have come, and one whose eleventh record was broken.
func checkDamaged(t *testing.T, all []harness.Record, complete []generate.Object, cut, broken generate.Object) {
	t.Helper()
	wantOnce(t, "all", all, len(all))
	rest := func(o generate.Object) (others, its []harness.Record) {
		mine := map[any]bool{}
		for _, record := range originals(t, o) {
			mine[record["eventID"]] = true
		}
		for _, r := range all {
			if mine[r["eventID"]] {
				its = append(its, r)
			} else {
				others = append(others, r)
			}
		}
		return others, its
	}
	var some []harness.Record
	all, some = rest(cut)
	checkSequence(t, "cut object", some, originals(t, cut)[:len(some)])
	t.Logf("%d of %d records before the cut", len(some), cut.Records)

	all, some = rest(broken)
	checkSequence(t, "broken object", some, slices.Delete(originals(t, broken), 10, 11))
	check(t, all, complete, nobody)
}

// checkSequence compares the records of one object by their eventID.
func checkSequence(t *testing.T, what string, got []harness.Record, want []map[string]any) {
	t.Helper()
	id := func(r map[string]any) any { return r["eventID"] }
	if !slices.EqualFunc(got, want, func(a, b map[string]any) bool { return id(a) == id(b) }) {
		t.Errorf("%s: %d records, want %d; or their order differs", what, len(got), len(want))
	}
}

// containsAll tells that there is a record for each of the originals.
func containsAll(got []harness.Record, originals []map[string]any) bool {
	have := map[any]bool{}
	for _, r := range got {
		have[r["eventID"]] = true
	}
	return !slices.ContainsFunc(originals, func(o map[string]any) bool { return !have[o["eventID"]] })
}

// rewritten puts other records into a CloudTrail file, the text of each.
func rewritten(t *testing.T, o *generate.Object, change func([][]byte) [][]byte) generate.Object {
	t.Helper()
	var records [][]byte
	for _, record := range originals(t, *o) {
		records = append(records, []byte(canonical(t, record)))
	}
	records = change(records)
	o.Body = generate.Gzip(slices.Concat([]byte(`{"Records":[`), bytes.Join(records, []byte(",")), []byte(`]}`)))
	return *o
}

// hugeText is how many bytes the record without an end has.
const hugeText = 200 << 20

// putHuge stores an object of 200 MB, stored as such in gzip, that is the
// beginning of one record.
func putHuge(t *testing.T, w *harness.World, bucket, key string) {
	t.Helper()
	open := func() (io.Reader, error) {
		text := io.MultiReader(strings.NewReader(`{"Records":[{"eventVersion":"1.11","text":"`), io.LimitReader(letters{}, hugeText))
		return generate.GzipReader(text, 0)
	}
	body, err := open()
	if err != nil {
		t.Fatal(err)
	}
	size, err := io.Copy(io.Discard, body)
	if err != nil {
		t.Fatal(err)
	}
	err = w.AWS.PutObjectFunc(bucket, key, size, func() (io.ReadSeeker, error) { return &again{open: open}, nil })
	if err != nil {
		t.Fatal(err)
	}
}

// letters is text without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a' + byte(i%26)
	}
	return len(p), nil
}

// again is a reader that starts anew to seek.
type again struct {
	open func() (io.Reader, error)
	body io.Reader
}

func (a *again) Read(p []byte) (int, error) { return a.body.Read(p) }

func (a *again) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, fmt.Errorf("seek from %d: only from the start", whence)
	}
	body, err := a.open()
	if err != nil {
		return 0, err
	}
	a.body = body
	return io.CopyN(io.Discard, body, offset)
}
