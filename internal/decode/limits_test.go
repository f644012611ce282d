package decode_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
)

// zeros is a gzip member of so many zero bytes.
func zeros(t *testing.T, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zero{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// repeated is b again and again, without its memory.
type repeated struct {
	b    []byte
	at   int
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b[r.at:])
	if r.at += n; r.at == len(r.b) {
		r.at = 0
		r.left--
	}
	return n, nil
}

// sink takes what a decoder makes.
type sink struct{ bad []*decode.RecordError }

func (*sink) Flush(_ context.Context, buf []byte, _ uint64) ([]byte, error) { return buf, nil }
func (s *sink) Bad(err *decode.RecordError)                                 { s.bad = append(s.bad, err) }

// TestZipBombs has objects of a few MB that inflate to 10 GB, plainly and
// through gzip in gzip, as JSON and as flow logs: they end early, with an error
// that says what they are.
func TestZipBombs(t *testing.T) {
	member := zeros(t, 64<<20)
	decoders := map[string]interface {
		Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (decode.Stats, error)
	}{
		"records": decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{}), "eventVersion", time.Now),
		"flow":    decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{}), nil, time.Now),
	}
	for name, d := range decoders {
		for _, nested := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s nested %v", name, nested), func(t *testing.T) {
				var bomb io.Reader = &repeated{b: member, left: 160} // 10 GB
				if nested {
					var outer bytes.Buffer
					w := gzip.NewWriter(&outer)
					if _, err := io.Copy(w, bomb); err != nil {
						t.Fatal(err)
					}
					if err := w.Close(); err != nil {
						t.Fatal(err)
					}
					bomb = &outer
				}
				_, err := d.Decode(t.Context(), bomb, decode.Object{}, &sink{})
				var damaged *decode.StreamError
				if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "a zip bomb does") || damaged.Offset > 300<<20 {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// TestDenseLogs has logs that repeat themselves as much as logs do: they are no
// bombs.
func TestDenseLogs(t *testing.T) {
	line := "2 123456789012 eni-0a1b2c3d 10.0.0.1 10.0.0.2 443 49152 6 10 8400 1620140761 1620140821 ACCEPT OK\n"
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for i := range 100 {
		text := strings.Repeat(strings.Replace(line, "10.0.0.1", fmt.Sprintf("10.0.0.%d", i), 1), 100)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const members = 275 // 10,000 lines, 1 MB each: more than is looked at
	d := decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{}), nil, time.Now)
	stats, err := d.Decode(t.Context(), &repeated{b: b.Bytes(), left: members}, decode.Object{}, &sink{})
	if err != nil || stats.Records != members*10_000 {
		t.Errorf("%d records, %v", stats.Records, err)
	}
}

// TestManyKeys has a record among good ones that would hold Fluent Bit up for
// seconds. What is wide below its top becomes text; at the top nothing can, so
// it is left out.
func TestManyKeys(t *testing.T) {
	var wide strings.Builder
	for i := range 70_000 {
		fmt.Fprintf(&wide, `"k%d":0,`, i)
	}
	good := `{"eventVersion":"1.08","eventName":"Good"}`
	for name, test := range map[string]struct {
		record string
		bad    int
	}{
		"top":        {`{"eventVersion":"1.08",` + wide.String() + `"eventName":"Wide"}`, 1},
		"in a list":  {`{"eventVersion":"1.08","resources":[{` + wide.String() + `"z":1}],"eventName":"Wide"}`, 0},
		"parameters": {`{"eventVersion":"1.08","requestParameters":{` + wide.String() + `"z":1},"eventName":"Wide"}`, 0},
		"context":    {`{"eventVersion":"1.08","eventContext":{"a":{` + wide.String() + `"z":1}},"eventName":"Wide"}`, 0},
	} {
		var out output
		stats, err := newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":[`+good+","+test.record+","+good+`]}`), object(), &out)
		if err != nil || stats.Records != uint64(3-test.bad) || len(out.bad) != test.bad {
			t.Errorf("%s: %+v, %v, %v", name, stats, out.bad, err)
		}
		if test.bad > 0 && (out.bad[0].Ordinal != 1 || !strings.Contains(out.bad[0].Error(), "keys in one map, the most are 5000")) {
			t.Errorf("%s: bad %v", name, out.bad)
		}
		if n := interflow.Widest(out.events); n > interflow.MaxKeys {
			t.Errorf("%s: %d keys", name, n)
		}
	}
}

// TestDeepNesting has a million levels: the record comes, what is too deep as
// text.
func TestDeepNesting(t *testing.T) {
	const levels = 1_000_000
	for name, value := range map[string]string{
		"arrays":  strings.Repeat("[", levels) + strings.Repeat("]", levels),
		"objects": strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels),
		"open":    strings.Repeat("[", levels),
	} {
		d := decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{}), "eventVersion", time.Now)
		good := `{"eventVersion":"1.08","eventName":"Good"}`
		stats, err := d.Decode(t.Context(), strings.NewReader(`{"Records":[`+good+`,{"eventVersion":"1.08","eventName":"Deep","requestParameters":`+value+`},`+good+`]}`), decode.Object{}, &sink{})
		if want := uint64(3); name != "open" && (err != nil || stats.Records != want) {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
		if name == "open" && (stats.Records != 2 || stats.Bad != 1) {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
	}
}

// TestEndlessRecords has records that hold one another and never end, or end with
// what is no JSON: each would be read to the object's end. Those that came before
// are there.
func TestEndlessRecords(t *testing.T) {
	good := `{"eventVersion":"1.08","eventName":"Good"},`
	for name, text := range map[string]string{
		"cut":     strings.Repeat(`{"eventVersion":1,"b":[1,`, 100_000),
		"no JSON": strings.Repeat(`{"eventVersion":1,"b":[1,`, 100_000) + "x]",
	} {
		var out output
		stats, err := newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":[`+good+text), object(), &out)
		var damaged *decode.StreamError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "again and again") || stats.Records != 1 || stats.Bad > 1000 {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
	}
}

// TestManyKeysInAMessage keeps a log event with too many keys as text.
func TestManyKeysInAMessage(t *testing.T) {
	var wide strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&wide, `"k%d":0,`, i)
	}
	message := "{" + wide.String() + `"z":1}`
	d := decode.NewLogs(decode.LogOptions{ParseJSON: true, Now: time.Now})
	d.Begin()
	event := d.Append(nil, &interflow.LogGroup{Name: "app"}, &interflow.LogEvent{ID: "1", Stream: "s", Timestamp: 1, Message: []byte(message)})
	if n := interflow.Widest(event); n > 100 || !bytes.Contains(event, []byte(message)) {
		t.Errorf("%d keys, %d bytes", n, len(event))
	}
}
