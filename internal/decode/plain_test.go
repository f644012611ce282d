package decode_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

// TestPlain: Object.Plain gets every byte of the plain text, also of records
// that are not handed over and of what follows them.
func TestPlain(t *testing.T) {
	text := `{"Records":[` + strings.Repeat(`{"eventVersion":"1.08","eventID":"a"},`, 20_000) + `{"broken]}` + "  \n"
	for _, from := range []uint64{0, 19_000} {
		var plain bytes.Buffer
		d := decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{}), "eventVersion", time.Now)
		_, err := d.Decode(context.Background(), strings.NewReader(zip(t, text)), decode.Object{From: from, Plain: &plain}, &output{})
		if err != nil {
			t.Logf("the broken record: %v", err)
		}
		if plain.String() != text {
			t.Errorf("from %d: %d bytes, want %d", from, plain.Len(), len(text))
		}
	}
}

// BenchmarkPlain measures what it costs to hash what is decoded, as a multiple
// of decoding alone (x_decode), in CPU time and in turn with it.
func BenchmarkPlain(b *testing.B) {
	const records = 1000
	plain, err := io.ReadAll(logTypes[0].input(generate.New(1, generate.Options{}), records))
	if err != nil {
		b.Fatal(err)
	}
	zipped, d := generate.Gzip(plain), logTypes[0].decoder()
	var taken [2]time.Duration
	for b.Loop() {
		for i := range taken {
			o := decode.Object{}
			if i == 1 {
				o.Plain = sha256.New()
			}
			began := cpuTime(b)
			if _, err := d.Decode(b.Context(), bytes.NewReader(zipped), o, &discard{}); err != nil {
				b.Fatal(err)
			}
			taken[i] += cpuTime(b) - began
		}
	}
	b.ReportMetric(float64(taken[1])/float64(taken[0]), "x_decode")
}
