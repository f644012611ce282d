package decode_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/eventcheck"
	"in_stellar_aws/tests/generate"
)

// checked is an output that checks every buffer as the host would, and the
// numbers of the records in it.
type checked struct {
	t      *testing.T
	events uint64
	next   uint64
	bad    uint64
}

func (c *checked) Flush(_ context.Context, buf []byte, next uint64) ([]byte, error) {
	n, err := eventcheck.Check(buf)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.events += uint64(n); next < c.next || n == 0 {
		c.t.Fatalf("a batch of %d events up to record %d, after %d", n, next, c.next)
	}
	c.next = next
	if c.events > maxEvents {
		return buf, errEnough
	}
	return buf, nil
}

// A few bytes of a compressed or columnar file may hold millions of records.
const maxEvents = 20_000

var errEnough = errors.New("enough events")

func (c *checked) Bad(err *decode.RecordError) {
	if err.Err == nil || err.Offset < 0 {
		c.t.Fatalf("bad record %+v", err)
	}
	c.bad++
}

// maxFuzzed bounds the input, so that a run gets to many.
const maxFuzzed = 1 << 20

// fuzzDecode decodes any bytes: no panic, well-formed events, an error only of
// damage, every record counted; and the same when it resumes in the middle.
func fuzzDecode(t *testing.T, d decoder, in []byte) {
	t.Helper()
	if len(in) > maxFuzzed {
		return
	}
	o := object()
	o.ReaderAt = func() (io.ReaderAt, int64) { return bytes.NewReader(in), int64(len(in)) }
	all := &checked{t: t}
	stats, err := d.Decode(t.Context(), bytes.NewReader(in), o, all)
	if errors.Is(err, errEnough) {
		return
	}
	if err != nil && !errors.As(err, new(*decode.StreamError)) {
		t.Fatalf("error %v, want a StreamError", err)
	}
	if stats.Records != all.events || stats.Bad != all.bad {
		t.Fatalf("%+v, but %d events and %d bad records", stats, all.events, all.bad)
	}
	o.From = (all.events + all.bad) / 2
	rest := &checked{t: t}
	again, err2 := d.Decode(t.Context(), bytes.NewReader(in), o, rest)
	if (err == nil) != (err2 == nil) || again.Records+again.Bad+o.From != stats.Records+stats.Bad {
		t.Fatalf("from record %d: %+v, %v; from the first: %+v, %v", o.From, again, err2, stats, err)
	}
}

func addSeeds(f *testing.F, least int, seeds ...[]byte) {
	f.Helper()
	if len(seeds) < least {
		f.Fatalf("only %d seeds, want %d", len(seeds), least)
	}
	for _, s := range seeds {
		f.Add(s)
	}
}

// seedObjects are small objects in the containers that AWS uses, whole and
// damaged.
func seedObjects(g *generate.Generator, stream func(n int) io.Reader) [][]byte {
	var seeds [][]byte
	for _, n := range []int{1, 3, 10} {
		plain, err := io.ReadAll(stream(n))
		if err != nil {
			panic(err)
		}
		zipped := generate.Gzip(plain)
		seeds = append(seeds, plain, zipped, generate.Gzip(zipped), zipped[:len(zipped)/2], plain[:len(plain)*2/3], append(bytes.Clone(zipped), zipped...))
	}
	return append(seeds, g.DataMessage(generate.Subscription{}, g.LogEvents(2, g.AppendWAF)), nil, []byte("{}"), []byte("[]"))
}

func FuzzRecords(f *testing.F) {
	g := generate.New(1, generate.Options{})
	seeds := seedObjects(g, func(n int) io.Reader { return g.CloudTrailStream(n) })
	for _, o := range g.Odd() {
		if len(o.JSON) < 16<<10 {
			seeds = append(seeds, append(append([]byte(`{"Records":[`), o.JSON...), `,{"eventVersion":"1"}]}`...))
		}
	}
	addSeeds(f, 30, seeds...)
	f.Fuzz(func(t *testing.T, in []byte) { fuzzDecode(t, newDecoder(), in) })
}

func FuzzWAF(f *testing.F) {
	g := generate.New(2, generate.Options{})
	addSeeds(f, 20, seedObjects(g, func(n int) io.Reader { return g.WAFStream(n) })...)
	f.Fuzz(func(t *testing.T, in []byte) {
		fuzzDecode(t, decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, interflow.Settings{}), "timestamp", testNow), in)
	})
}

func FuzzFlow(f *testing.F) {
	g := generate.New(3, generate.Options{})
	seeds := seedObjects(g, func(n int) io.Reader { return g.FlowStream(generate.FlowFields(5), n) })
	seeds = append(seeds, g.FlowFirehose(generate.FlowFields(2), 3), []byte("version srcaddr\r\n2 -\r\n\nsrcaddr version\n- 2"), []byte(`{"message":"2 x"}{`))
	addSeeds(f, 20, seeds...)
	f.Fuzz(func(t *testing.T, in []byte) { fuzzDecode(t, newFlowDecoder(), in) })
}

// parquetForms are the forms that a writer may give a file: encodings of texts
// and of numbers, pages and compression.
func parquetForms() (forms []parquetForm) {
	texts := []encoding.Encoding{&parquet.RLEDictionary, &parquet.Plain, &parquet.DeltaByteArray, &parquet.DeltaLengthByteArray}
	numbers := []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit}
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Gzip, &parquet.Snappy, &parquet.Zstd, &parquet.Brotli, &parquet.Lz4Raw}
	for k := range 24 {
		forms = append(forms, parquetForm{
			[]encoding.Encoding{texts[k%len(texts)], numbers[k/4%len(numbers)]},
			[]parquet.WriterOption{parquet.Compression(codecs[k%len(codecs)]), parquet.DataPageVersion(1 + k/2%2), parquet.PageBufferSize(64 << (k % 5)), parquet.MaxRowsPerRowGroup(int64(2 + k*k))},
		})
	}
	return forms
}

type parquetForm struct {
	encodings []encoding.Encoding
	options   []parquet.WriterOption
}

// seedFiles are small Parquet files of every form.
func seedFiles(f *testing.F) [][]byte {
	f.Helper()
	g := generate.New(4, generate.Options{})
	var files [][]byte
	for k, form := range parquetForms() {
		fields := [][]string{{"version", "srcaddr", "bytes"}, generate.FlowFields(2)}[k%2]
		files = append(files, encodedFlow(f, form.encodings, fields, flowLines(g, fields, 5+k), form.options...))
	}
	return append(files, typedFile(f))
}

// FuzzParquet decodes any bytes that begin like a Parquet file.
func FuzzParquet(f *testing.F) {
	addSeeds(f, 16, append(seedFiles(f), []byte("PAR1"+strings.Repeat("\x00", 8)+"PAR1"))...)
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.HasPrefix(in, []byte("PAR1")) {
			fuzzDecode(t, newFlowDecoder(), in)
		}
	})
}

// FuzzParquetPages changes the pages of files whose footer stays whole, which
// gets further than changes anywhere.
func FuzzParquetPages(f *testing.F) {
	files := seedFiles(f)
	for k := range files {
		for _, at := range []uint16{4, 40, 100, 400} {
			f.Add(uint8(k), at, []byte{0xff, 0xff, 0xff, 0xff, 0x07})
		}
	}
	f.Fuzz(func(t *testing.T, file uint8, at uint16, patch []byte) {
		in := bytes.Clone(files[int(file)%len(files)])
		pages := in[4 : len(in)-8-int(binary.LittleEndian.Uint32(in[len(in)-8:]))]
		copy(pages[int(at)%len(pages):], patch)
		fuzzDecode(t, newFlowDecoder(), in)
	})
}

// FuzzParquetForms has any texts and numbers written in any form by another
// library, and compares what is read with the same records in text.
func FuzzParquetForms(f *testing.F) {
	forms := parquetForms()
	for k := range forms {
		f.Add(uint8(k), []byte("10.0.0.1 7 - - x 4294967296 10.0.0.10 7 10.0.0.11 9"))
	}
	fields := []string{"srcaddr", "bytes"}
	f.Fuzz(func(t *testing.T, form uint8, in []byte) {
		words := bytes.Fields(bytes.Map(func(r rune) rune {
			if r < ' ' || r > '~' || strings.ContainsRune("{[-", r) { // what a line of text cannot have
				return ' '
			}
			return r
		}, in))
		var lines []string
		for k := 0; k+1 < len(words); k += 2 {
			number, count := "-", 0
			for _, c := range words[k+1] {
				count = count*31 + int(c)
			}
			if count%5 != 0 {
				number = strconv.Itoa(count & math.MaxInt64)
			}
			lines = append(lines, string(words[k])+" "+number)
		}
		chosen := forms[int(form)%len(forms)]
		file := encodedFlow(t, chosen.encodings, fields, lines, chosen.options...)
		var want, got output
		if _, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(strings.Join(append([]string{strings.Join(fields, " ")}, lines...), "\n")), object(), &want); err != nil {
			t.Fatal(err)
		}
		if _, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), parquetObject(file), &got); err != nil {
			t.Fatal(err)
		}
		if w, g := want.decoded(t), got.decoded(t); !reflect.DeepEqual(w, g) {
			t.Fatalf("got  %v\nwant %v", g, w)
		}
	})
}
