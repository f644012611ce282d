package decode_test

import (
	"bytes"
	"context"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

// benchSizes are numbers of records: a small file, a usual one, a large one.
var benchSizes = []struct {
	name    string
	records int
}{{"100", 100}, {"5k", 5_000}, {"50k", 50_000}}

// logTypes are the decoders and their generated input.
var logTypes = []struct {
	name    string
	input   func(g *generate.Generator, records int) io.Reader
	decoder func() decoder
}{
	{
		"CloudTrail",
		func(g *generate.Generator, n int) io.Reader { return g.CloudTrailStream(n) },
		func() decoder {
			return decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{TenantName: "acme", FlattenDepth: 3}), "eventVersion", time.Now)
		},
	},
	{
		"FlowV2",
		func(g *generate.Generator, n int) io.Reader { return g.FlowStream(generate.FlowFields(2), n) },
		newFlow,
	},
	{
		"FlowV5",
		func(g *generate.Generator, n int) io.Reader { return g.FlowStream(generate.FlowFields(5), n) },
		newFlow,
	},
	{
		"WAF",
		func(g *generate.Generator, n int) io.Reader { return g.WAFStream(n) },
		func() decoder {
			return decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, interflow.Settings{TenantName: "acme"}), "timestamp", time.Now)
		},
	},
}

type decoder interface {
	Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (decode.Stats, error)
}

func newFlow() decoder {
	return decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{TenantName: "acme"}), nil, time.Now)
}

// discard is an output that copies batches, as the host's queue does.
type discard struct{ last []byte }

func (d *discard) Flush(_ context.Context, buf []byte, _ uint64) ([]byte, error) {
	d.last = append(d.last[:0], buf...)
	return buf, nil
}

func (*discard) Bad(err *decode.RecordError) { panic(err) }

// BenchmarkDecode measures every decoder, from gzip to the batch handed over,
// and gives its CPU time, the collector's included, as a multiple of inflating
// alone (x_gunzip), which is measured in turn with it.
func BenchmarkDecode(b *testing.B) {
	for _, log := range logTypes {
		for _, size := range benchSizes {
			b.Run(log.name+"/"+size.name, func(b *testing.B) {
				plain, err := io.ReadAll(log.input(generate.New(1, generate.Options{}), size.records))
				if err != nil {
					b.Fatal(err)
				}
				zipped := generate.Gzip(plain)
				d, out := log.decoder(), &discard{}
				b.SetBytes(int64(len(plain)))
				b.ReportAllocs()
				var inflating, decoding time.Duration
				var inflater gzip.Reader
				window := make([]byte, 256<<10)
				for b.Loop() {
					began := cpuTime(b)
					gunzip(b, &inflater, zipped, window)
					inflated := cpuTime(b)
					stats, err := d.Decode(b.Context(), bytes.NewReader(zipped), decode.Object{}, out)
					if err != nil || stats.Records != uint64(size.records) {
						b.Fatalf("%+v, %v", stats, err)
					}
					inflating += inflated - began
					decoding += cpuTime(b) - inflated
				}
				b.ReportMetric(float64(decoding)/float64(inflating), "x_gunzip")
				b.ReportMetric(float64(size.records)*float64(b.N)/decoding.Seconds(), "records/s")
				b.ReportMetric(float64(len(plain))*float64(b.N)/decoding.Seconds()/1e6, "decoded_MB/s")
			})
		}
	}
}

// cpuTime is the user and system time of the process so far: other work on the
// machine does not count.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func gunzip(b *testing.B, r *gzip.Reader, zipped, window []byte) {
	if err := r.Reset(bytes.NewReader(zipped)); err != nil {
		b.Fatal(err)
	}
	for {
		switch _, err := io.ReadFull(r, window); err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return
		default:
			b.Fatal(err)
		}
	}
}
