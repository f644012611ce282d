package interflow_test

import (
	"encoding/json"
	"testing"

	"in_stellar_aws/internal/jsonscan"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/reference"
)

// TestCloudTrailOdd maps the odd records that are known from real data, and
// made-up ones beyond them.
func TestCloudTrailOdd(t *testing.T) {
	odd := generate.New(3, generate.Options{}).Odd()
	if len(odd) < 15 {
		t.Fatalf("only %d odd records", len(odd))
	}
	for _, o := range odd {
		t.Run(o.Name, func(t *testing.T) { checkAgainstJSON(t, o.JSON) })
	}
}

func TestCloudTrailGenerated(t *testing.T) {
	g := generate.New(4, generate.Options{})
	m := newCloudTrail()
	for range 3000 {
		for _, text := range [][]byte{g.AppendCloudTrail(nil), g.AppendInsight(nil), g.AppendNetworkActivity(nil), g.AppendAggregated(nil)} {
			record, err := reference.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			out, end := m.Map(nil, text, 0, 0)
			if end != len(text) {
				t.Fatalf("Map ended at %d of %d", end, len(text))
			}
			_, _, body := decodeEvent(t, out)
			if err := reference.CloudTrail(body, record.(map[string]any)); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
	}
}

// FuzzCloudTrail compares the mapper with encoding/json on any text.
func FuzzCloudTrail(f *testing.F) {
	g := generate.New(1, generate.Options{})
	seeds := 0
	for _, kind := range generate.CloudTrailKinds() {
		text, err := g.AppendCloudTrailKind(nil, kind)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		seeds++
	}
	for _, o := range g.Odd() {
		if len(o.JSON) < 64<<10 {
			f.Add(o.JSON)
			seeds++
		}
	}
	// Found by fuzzing: what repeats after a number beyond float64 does repeat.
	f.Add([]byte(`{"eventID":"a","requestParameters":{"c":90e7199254740992},"eventID":"b"}`))
	if seeds < 30 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkAgainstJSON(t, text) })
}

// checkAgainstJSON maps text and compares: what encoding/json reads as an
// object, the mapper reads with the same content; what it refuses or finds
// incomplete, the mapper does not take for a record either.
func checkAgainstJSON(t *testing.T, text []byte) {
	t.Helper()
	start := jsonscan.Space(text, 0)
	out, end := newCloudTrail().Map([]byte("kept"), text, start, 0)
	if string(out[:4]) != "kept" || end < 0 && len(out) != 4 {
		t.Fatal("what came before the event was not kept")
	}
	var raw json.RawMessage
	valid := json.Unmarshal(text, &raw) == nil && text[start] == '{'
	if end < 0 {
		if valid {
			t.Fatalf("Map returned %d for what encoding/json reads", end)
		}
		return
	}
	if !json.Valid(text[start:end]) {
		t.Fatalf("Map read %q, which is not JSON", text[start:end])
	}
	_, _, body := decodeEvent(t, out[4:])
	v, err := reference.Parse(text[start:end])
	if err != nil {
		t.Fatal(err)
	}
	record := v.(map[string]any)
	if reference.Repeats(text[start:end]) || reference.Collides(record) {
		return // two values for one name: which is which is not comparable here
	}
	if err := reference.CloudTrail(body, record); err != nil {
		t.Fatalf("%v\n%.500s", err, text)
	}
}
