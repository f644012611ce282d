package decode_test

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
)

// testNow is the clock of the tests.
func testNow() time.Time { return time.UnixMilli(1_795_000_000_000) }

func newFlowDecoder(format ...string) *decode.Flow {
	m := interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{})
	return decode.NewFlow(m, format, testNow)
}

// natives returns one field under aws_vpcflow of every event, in order.
func (o *output) natives(t testing.TB, field string) []string {
	t.Helper()
	values := []string{}
	for _, event := range o.decoded(t) {
		native, ok := event["aws_vpcflow"].(map[string]any)
		if !ok {
			t.Fatalf("no aws_vpcflow in %v", event)
		}
		values = append(values, fmt.Sprint(native[field]))
	}
	return values
}

// flowLine is a line in the default format; its interface tells it from others.
func flowLine(eni string) string {
	return "2 123456789012 " + eni + " 10.0.0.1 10.0.0.2 443 50000 6 1 40 1714557600 1714557660 ACCEPT OK"
}

func TestFlowContainers(t *testing.T) {
	header := strings.Join(interflow.DefaultFlowFormat, " ")
	a, b, c := flowLine("a"), flowLine("b"), flowLine("c")
	abc := []string{"a", "b", "c"}
	tests := map[string]struct {
		in   string
		want []string // interface-id
	}{
		"file":               {header + "\n" + a + "\n" + b + "\n" + c + "\n", abc},
		"no end of line":     {header + "\n" + a + "\n" + b + "\n" + c, abc},
		"CRLF":               {header + "\r\n" + a + "\r\n" + b + "\r\n" + c + "\r\n", abc},
		"empty lines":        {"\n" + header + "\n\n" + a + "\n \n" + b + "\n\r\n" + c + "\n\n", abc},
		"no header":          {a + "\n" + b + "\n" + c + "\n", abc},
		"header repeated":    {header + "\n" + a + "\n" + header + "\n" + b + "\n" + header + "\n" + c, abc},
		"other order":        {header + "\n" + a + "\ninterface-id bytes version\nb 5 3\n" + header + "\n" + c, abc},
		"header only":        {header + "\n", []string{}},
		"nothing":            {"", []string{}},
		"gzip":               {zip(t, header+"\n"+a+"\n") + zip(t, b+"\n"+c), abc},
		"Firehose":           {`{"message":"` + a + `"}` + "\n" + `{"message":" ` + b + `\n"}{"message":"` + c + `"}`, abc},
		"subscription":       {`{"messageType":"DATA_MESSAGE","logEvents":[{"message":"` + a + `"},{"message":"` + b + `"}]}{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]}` + "\n" + c, abc},
		"spaces at the end":  {header + "  \n" + a + " \n" + b + "\n" + c + "  ", abc},
		"tabs":               {strings.ReplaceAll(header+"\n"+a+"\n"+b, " ", "\t") + "\n" + c, abc},
		"wide columns":       {strings.ReplaceAll(header+"\n "+a+"\n"+b, " ", "  ") + "\n" + c, abc},
		"byte order mark":    {"\xef\xbb\xbf" + header + "\n" + a + "\n\xef\xbb\xbf" + b + "\n" + c, abc},
		"header of a table":  {strings.ReplaceAll(header, "-", "_") + "\n" + a + "\n" + b + "\n" + c, abc},
		"header in JSON":     {`{"message":"interface-id version"}` + "\n" + `{"message":"a 2"}{"message":"b 2\nc 2\n"}`, abc},
		"list of JSON":       {`[{"message":"` + a + `"}, {"message":"` + b + `"}]` + "\n[]\n" + `[{"message":"` + c + `"}]`, abc},
		"only unknown after": {header + " future-field\n" + a + " x\n" + b + " -\n" + c + " z\n", abc},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, reader := range []func(io.Reader) io.Reader{
				func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader,
			} {
				var out output
				stats, err := newFlowDecoder().Decode(t.Context(), reader(strings.NewReader(test.in)), object(), &out)
				if err != nil || len(out.bad) > 0 {
					t.Fatalf("error %v, bad %v", err, out.bad)
				}
				if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, test.want) || stats.Records != uint64(len(test.want)) {
					t.Errorf("got %v, want %v; %+v", got, test.want, stats)
				}
			}
		})
	}
}

// TestFlowFormatOfEachObject decodes one object after another: a header holds
// for its own object.
func TestFlowFormatOfEachObject(t *testing.T) {
	d := newFlowDecoder("interface-id", "start")
	for k, test := range []struct {
		in   string
		want []string
	}{
		{"a 1714557600\n", []string{"a"}},
		{"start interface-id\n1714557600 b\n", []string{"b"}},
		{"start interface-id\n1714557600 c\n1714557600 d\n", []string{"c", "d"}},
		{"e 1714557600\n", []string{"e"}},
		{"start interface-id\n", []string{}},
		{"f 1714557600", []string{"f"}},
	} {
		var out output
		if _, err := d.Decode(t.Context(), strings.NewReader(test.in), object(), &out); err != nil || len(out.bad) > 0 {
			t.Fatalf("object %d: error %v, bad %v", k, err, out.bad)
		}
		if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, test.want) {
			t.Errorf("object %d: got %v, want %v", k, got, test.want)
		}
	}
}

// TestFlowWrappedDamage has JSON that is broken between others on its line.
func TestFlowWrappedDamage(t *testing.T) {
	wrap := func(name string) string { return `{"message":"` + flowLine(name) + `"}` }
	for _, broken := range []string{
		`{"message":tru}`, `{"message" "x"}`, `{"other":"` + flowLine("b") + `"}`, `{"message":"\x"}`, `{"message":""}`,
		`{"messageType":"OTHER","logEvents":[]}`, `{`, `nonsense`,
	} {
		var out output
		stats, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(wrap("a")+broken+wrap("c")+wrap("d")+"\n"), object(), &out)
		if err != nil || stats.Bad != 1 || len(out.bad) != 1 || out.bad[0].Ordinal != 1 {
			t.Errorf("%s: error %v, bad %v", broken, err, out.bad)
		}
		if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, []string{"a", "c", "d"}) {
			t.Errorf("%s: got %v", broken, got)
		}
	}
}

// TestFlowDamage has lines that are no records between others that are.
func TestFlowDamage(t *testing.T) {
	for name, line := range map[string]string{
		"few":              "2 123456789012",
		"many":             flowLine("b") + " more",
		"zero bytes":       "\x00\x00\x00",
		"17 MB":            strings.Repeat("x", 17<<20),
		"JSON":             `{"other":1}`,
		"JSON cut":         `{"message":"2 1234`,
		"wrong type":       `{"message":5}`,
		"wrapped nonsense": `{"message":"nonsense"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var out output
			in := flowLine("a") + "\n" + line + "\n" + flowLine("c") + "\n" + flowLine("d")
			stats, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
			if err != nil {
				t.Fatal(err)
			}
			if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, []string{"a", "c", "d"}) {
				t.Errorf("got %v", got)
			}
			if stats.Bad != 1 || len(out.bad) != 1 || out.bad[0].Ordinal != 1 || out.bad[0].Offset != int64(len(flowLine("a"))+1) {
				t.Errorf("bad %v", out.bad)
			}
		})
	}
}

func TestFlowResume(t *testing.T) {
	in := "version interface-id\n2 a\nbroken\n2 b\n2 c\n"
	o := object()
	for from, want := range [][]string{{"a", "b", "c"}, {"b", "c"}, {"b", "c"}, {"c"}, {}} {
		o.From = uint64(from)
		var out output
		if _, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(in), o, &out); err != nil {
			t.Fatal(err)
		}
		if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, want) {
			t.Errorf("from %d: got %v, want %v", from, got, want)
		}
	}
}

// TestFlowAllocations decodes small files of one flow log after another.
func TestFlowAllocations(t *testing.T) {
	in := strings.Join(interflow.DefaultFlowFormat, " ") + "\n" + flowLine("a") + "\n"
	d, out, r := newFlowDecoder(), &discard{}, strings.NewReader("")
	decodeOne := func() {
		r.Reset(in)
		if stats, err := d.Decode(t.Context(), r, decode.Object{}, out); err != nil || stats.Records != 1 {
			t.Fatalf("%+v, %v", stats, err)
		}
	}
	decodeOne()
	if n := testing.AllocsPerRun(100, decodeOne); n > 3 {
		t.Errorf("%v allocations for a file, want 3 at most", n)
	}
}

// TestFlowWrappedEndless has one line of objects inside of each other that never
// end: each is broken up to the line's end. Reading gives up on the line, says
// so, and goes on with the next.
func TestFlowWrappedEndless(t *testing.T) {
	var out output
	text := strings.Repeat(`{"a":`, 50_000) + "\n" + flowLine("eni-1")
	stats, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(text), object(), &out)
	if err != nil || stats.Records != 1 || stats.Bad != 101 || !strings.Contains(out.bad[100].Error(), "the rest of it is left out") {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestFlowLongHeader has a line of a million names, each of which would be held:
// it is no header.
func TestFlowLongHeader(t *testing.T) {
	var out output
	text := flowLine("eni-1") + "\n" + strings.Repeat("version ", 1_000_000) + "\n" + flowLine("eni-2")
	stats, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(text), object(), &out)
	if err != nil || stats.Records != 2 || stats.Bad != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}
