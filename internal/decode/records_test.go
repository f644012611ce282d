package decode_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/eventcheck"
)

// output gathers what a decoder makes.
type output struct {
	events []byte
	next   []uint64 // of each batch
	bad    []*decode.RecordError
	refuse error
}

func (o *output) Flush(_ context.Context, buf []byte, next uint64) ([]byte, error) {
	if o.refuse != nil {
		return buf, o.refuse
	}
	o.events = append(o.events, buf...)
	o.next = append(o.next, next)
	return buf, nil
}

func (o *output) Bad(err *decode.RecordError) { o.bad = append(o.bad, err) }

// names returns the eventName of every event, in order.
func (o *output) names(t testing.TB) []string {
	t.Helper()
	names := []string{}
	for _, event := range o.decoded(t) {
		names = append(names, fmt.Sprint(event["eventName"]))
	}
	return names
}

func (o *output) decoded(t testing.TB) []map[string]any {
	t.Helper()
	if _, err := eventcheck.Check(o.events); err != nil {
		t.Fatal(err)
	}
	dec := msgpack.NewDecoder(bytes.NewReader(o.events))
	var all []map[string]any
	for {
		if _, err := dec.PeekCode(); errors.Is(err, io.EOF) {
			return all
		}
		if n, err := dec.DecodeArrayLen(); err != nil || n != 2 {
			t.Fatalf("event: length %d, error %v", n, err)
		}
		if err := dec.Skip(); err != nil {
			t.Fatalf("event time: %v", err)
		}
		body, err := dec.DecodeMap()
		if err != nil {
			t.Fatalf("event: %v", err)
		}
		all = append(all, body)
	}
}

func newDecoder() *decode.Records {
	m := interflow.NewCloudTrail(interflow.Settings{FlattenDepth: 3})
	return decode.NewRecords(m, "eventVersion", func() time.Time { return time.UnixMilli(1_795_000_000_000) })
}

func object() decode.Object {
	return decode.Object{ID: interflow.NewObject("b", "k", "e"), Time: time.Unix(1_700_000_000, 0)}
}

func zip(t testing.TB, plain string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func rec(name string) string {
	return `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser"},"eventName":"` + name + `"}`
}

func TestRecordsContainers(t *testing.T) {
	a, b, c := rec("a"), rec("b"), rec("c")
	list := "[" + a + "," + b + "," + c + "]"
	abc := []string{"a", "b", "c"}
	message := func(m string) string { return strings.ReplaceAll(m, `"`, `\"`) }
	subscription := `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[` +
		`{"id":"1","timestamp":1,"message":"` + message(a) + `"},{"id":"2","timestamp":2,"message":"` + message(b) + `"}]}`
	control := `{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}`
	tests := map[string]struct {
		in   string
		want []string
	}{
		"file":                     {`{"Records":` + list + `}`, abc},
		"gzip":                     {zip(t, `{"Records":`+list+`}`), abc},
		"gzip twice":               {zip(t, zip(t, `{"Records":`+list+`}`)), abc},
		"gzip members":             {zip(t, a+"\n") + zip(t, b+"\n"+c), abc},
		"other members about it":   {`{"x":{"Records":1},"Records":` + list + `,"y":[{}]}`, abc},
		"white space":              {" {\n \"Records\" : [ \n" + a + " ,\n" + b + "\n,\t" + c + " ] }\n", abc},
		"array":                    {list, abc},
		"lines":                    {a + "\n" + b + "\n" + c + "\n", abc},
		"one after another":        {a + b + c, abc},
		"byte order mark":          {"\xef\xbb\xbf" + `{"Records":` + list + `}`, abc},
		"byte order marks":         {"\xef\xbb\xbf" + a + "\n\xef\xbb\xbf" + b + "\n" + c, abc},
		"list of files":            {`[{"Records":[` + a + "," + b + `]},{"Records":[` + c + `]}]`, abc},
		"list of subscriptions":    {"[" + subscription + "," + control + "," + c + "]", abc},
		"lower case":               {`{"records":` + list + `}`, abc},
		"one record for the list":  {`{"Records":` + a + `}` + b + c, abc},
		"two files in one":         {`{"Records":[` + a + `]}{"Records":[` + b + "," + c + `]}`, abc},
		"subscription":             {subscription + control + subscription, []string{"a", "b", "a", "b"}},
		"two in a message":         {`{"messageType":"DATA_MESSAGE","logEvents":[{"message":"` + message(a+b) + `"},{"message":" ` + message(c) + `\n"}]}`, abc},
		"empty list":               {`{"Records":[]}`, []string{}},
		"null list":                {`{"Records":null}`, []string{}},
		"nothing":                  {"", []string{}},
		"gzip of nothing":          {zip(t, ""), []string{}},
		"white space only":         {" \n\t", []string{}},
		"other order of keys":      {`{"Records":[{"eventName":"a","eventVersion":"1"},{"eventName":"b"}]}`, []string{"a", "b"}},
		"a record with records":    {`{"records":1,"eventName":"a"}`, []string{"a"}},
		"bare record, other order": {`{"eventName":"a","logEvents":1}{"logFiles":[],"eventName":"b"}`, []string{"a", "b"}},
		"digest": {`{"awsAccountId":"1","digestStartTime":"t","digestS3Object":"k","logFiles":[{"s3Object":"` + a[:0] + `x"}]}` +
			a, []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, reader := range []func(io.Reader) io.Reader{
				func(r io.Reader) io.Reader { return r },
				iotest.OneByteReader,
				iotest.DataErrReader,
			} {
				var out output
				stats, err := newDecoder().Decode(t.Context(), reader(strings.NewReader(test.in)), object(), &out)
				if err != nil || len(out.bad) > 0 {
					t.Fatalf("error %v, bad %v", err, out.bad)
				}
				if got := out.names(t); !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
				if stats.Records != uint64(len(test.want)) || stats.Digest != (name == "digest") {
					t.Errorf("stats %+v", stats)
				}
			}
		})
	}
}

// TestRecordsDamage breaks one record in the middle: it is reported, with its
// number and place, and every other one arrives.
func TestRecordsDamage(t *testing.T) {
	a, c, d := rec("a"), rec("c"), rec("d")
	broken := map[string]string{
		"literal":              `{"eventVersion":"1.08","readOnly":tru,"eventName":"b"}`,
		"number":               `{"eventVersion":"1.08","n":01,"eventName":"b"}`,
		"escape":               `{"eventVersion":"1.08","s":"\x","eventName":"b"}`,
		"control character":    "{\"eventVersion\":\"1.08\",\"s\":\"\x01\",\"eventName\":\"b\"}",
		"missing colon":        `{"eventVersion" "1.08","eventName":"b"}`,
		"missing comma":        `{"eventVersion":"1.08" "eventName":"b"}`,
		"missing brace":        `{"eventVersion":"1.08","x":{"eventName":"b"}`,
		"missing quote":        `{"eventVersion":"1.08","eventName":"b}`,
		"missing bracket":      `{"eventVersion":"1.08","list":[1,{"k":[2}]},"eventName":"b"}`,
		"brace too many":       `}`,
		"not an object":        `"text"`,
		"number for a record":  `17`,
		"zero bytes":           "\x00\x00\x00",
		"cut off":              `{"eventVersion":"1.08","userIdent`,
		"nested same key":      `{"eventVersion":"1.08","in":{"eventVersion":"1"},"bad":nul}`,
		"list":                 `[1,2]`,
		"other first key, bad": `{"other":tru}`,
	}
	for name, b := range broken {
		for _, container := range []struct{ name, before, between, after string }{
			{"file", `{"Records":[`, ",", `]}`},
			{"lines", "", "\n", "\n"},
			{"pretty", "{\n \"Records\": [\n  ", ",\n  ", "\n ]\n}\n"},
		} {
			if container.name == "lines" && name == "list" {
				continue // an array is a container there
			}
			t.Run(name+"/"+container.name, func(t *testing.T) {
				var out output
				in := container.before + strings.Join([]string{a, b, c, d}, container.between) + container.after
				_, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
				if err != nil {
					t.Errorf("error %v: the stream is whole", err)
				}
				if got, want := out.names(t), []string{"a", "c", "d"}; !reflect.DeepEqual(got, want) {
					t.Errorf("got %v, want %v; bad %v", got, want, out.bad)
				}
				if len(out.bad) == 0 || out.bad[0].Ordinal != 1 {
					t.Fatalf("bad: %v, want record 2", out.bad)
				}
				if at := out.bad[0].Offset; at < int64(len(container.before+a)) || at > int64(len(container.before+a+container.between)+2) {
					t.Errorf("bad record at byte %d", at)
				}
			})
		}
	}
}

// TestRecordsOpenList has a record whose list never ends: the records after it
// are, to any reader of JSON, elements of the list. They arrive inside it, and
// the object's missing end is an error.
func TestRecordsOpenList(t *testing.T) {
	in := `{"Records":[` + rec("a") + `,{"eventVersion":"1.08","list":[1,` + rec("c") + `]}`
	var out output
	_, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	events := out.decoded(t)
	if len(events) != 2 || len(events[1]["list"].([]any)) != 2 {
		t.Errorf("got %v", events)
	}
}

func TestRecordsTruncated(t *testing.T) {
	whole := zip(t, `{"Records":[`+strings.Repeat(rec("a")+",", 20000)+rec("z")+`]}`)
	var all output
	if _, err := newDecoder().Decode(t.Context(), strings.NewReader(whole), object(), &all); err != nil {
		t.Fatal(err)
	}
	for _, part := range []int{len(whole) - 1, len(whole) - 9, len(whole) / 2, 30, 12, 3} {
		var out output
		_, err := newDecoder().Decode(t.Context(), strings.NewReader(whole[:part]), object(), &out)
		var damaged *decode.StreamError
		if !errors.As(err, &damaged) {
			t.Fatalf("cut to %d: error %v, want a StreamError", part, err)
		}
		if !bytes.HasPrefix(all.events, out.events) {
			t.Errorf("cut to %d: the events are not those from before the cut", part)
		}
		if part == len(whole)/2 && damaged.Ordinal < 1000 {
			t.Errorf("cut to a half: only %d records", damaged.Ordinal)
		}
	}
	var out output
	stats, err := newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":[`+rec("a")+`,`+rec("b")[:20]), object(), &out)
	if err != nil || stats.Records != 1 || len(out.bad) != 1 || out.bad[0].Ordinal != 1 {
		t.Errorf("a plain file cut in a record: error %v, bad %v, %+v; want one bad record", err, out.bad, stats)
	}
	out = output{}
	_, err = newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":[`+rec("a")+`,`+rec("b")), object(), &out)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(out.names(t)) != 2 {
		t.Errorf("a plain file without an end: error %v, records %v", err, out.names(t))
	}
}

// TestRecordsSourceError tells a source that fails from bytes that are bad.
func TestRecordsSourceError(t *testing.T) {
	cause := errors.New("connection reset")
	whole := zip(t, `{"Records":[`+strings.Repeat(rec("a")+",", 20000)+rec("z")+`]}`)
	for _, part := range []int{0, 1, 5, len(whole) / 2} {
		r := io.MultiReader(strings.NewReader(whole[:part]), iotest.ErrReader(cause))
		_, err := newDecoder().Decode(t.Context(), r, object(), &output{})
		if !errors.Is(err, cause) || errors.As(err, new(*decode.StreamError)) {
			t.Errorf("after %d bytes: error %v, want the source's", part, err)
		}
	}
}

func TestRecordsResume(t *testing.T) {
	in := `{"Records":[` + rec("a") + `,{"bad":tru},` + rec("b") + "," + rec("c") + `]}`
	o := object()
	for from, want := range [][]string{{"a", "b", "c"}, {"b", "c"}, {"b", "c"}, {"c"}, {}} {
		o.From = uint64(from)
		var out output
		stats, err := newDecoder().Decode(t.Context(), strings.NewReader(in), o, &out)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.names(t); !reflect.DeepEqual(got, want) || stats.Records != uint64(len(want)) {
			t.Errorf("from %d: got %v, want %v", from, got, want)
		}
		if wantBad := from <= 1; (len(out.bad) == 1) != wantBad {
			t.Errorf("from %d: bad %v", from, out.bad)
		}
	}
}

func TestRecordsStops(t *testing.T) {
	in := `{"Records":[` + strings.Repeat(rec("a")+",", 20000) + rec("z") + `]}`
	refuse := errors.New("full")
	if _, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &output{refuse: refuse}); !errors.Is(err, refuse) {
		t.Errorf("output refuses: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newDecoder().Decode(ctx, strings.NewReader(in), object(), &output{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

// TestRecordsTooLong has a record of 17 MB between two others, and an object
// of 40 MB without records.
func TestRecordsTooLong(t *testing.T) {
	long := `{"eventVersion":"1","x":"` + strings.Repeat("y", 17<<20) + `"}`
	var out output
	if _, err := newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":[`+rec("a")+","+long+","+rec("b")+`]}`), object(), &out); err != nil {
		t.Error(err)
	}
	if got := out.names(t); !reflect.DeepEqual(got, []string{"a", "b"}) || len(out.bad) != 1 {
		t.Errorf("got %v, bad %v", got, out.bad)
	}
	out = output{}
	hollow := io.MultiReader(strings.NewReader(`{"x":"`), io.LimitReader(filler{}, 40<<20), strings.NewReader(`"}`))
	if _, err := newDecoder().Decode(t.Context(), hollow, object(), &out); err != nil {
		t.Error(err)
	}
	if len(out.events) > 0 || len(out.bad) != 1 {
		t.Errorf("an object without records: bad %v", out.bad)
	}
}

type filler struct{}

func (filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'z'
	}
	return len(p), nil
}
