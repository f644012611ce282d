package decode_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

// BenchmarkParquet measures flow logs in Parquet, as AWS writes them: columns
// with dictionaries, in gzip.
func BenchmarkParquet(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			fields := generate.FlowFields(5)
			lines := flowLines(generate.New(1, generate.Options{}), fields, size.records)
			o := parquetObject(parquetFlow(b, fields, lines, parquet.Compression(&parquet.Gzip)))
			r, length := o.ReaderAt()
			file := make([]byte, length)
			if _, err := r.ReadAt(file, 0); err != nil {
				b.Fatal(err)
			}
			d, out := newFlow(), &discard{}
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				stats, err := d.Decode(b.Context(), bytes.NewReader(file), o, out)
				if err != nil || stats.Records != uint64(size.records) {
					b.Fatalf("%+v, %v", stats, err)
				}
			}
			b.ReportMetric(float64(size.records)*float64(b.N)/(cpuTime(b)-began).Seconds(), "records/CPU_s")
		})
	}
}

// BenchmarkLogs measures the events of CloudWatch Logs, of which every kind
// takes its turn.
func BenchmarkLogs(b *testing.B) {
	g := generate.New(1, generate.Options{})
	flow := g.Flow(generate.FlowFields(2))
	next := []func([]byte) []byte{g.AppendContainer, g.AppendAudit, g.AppendWAF, g.AppendFinding, flow.AppendLine}
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			var events []interflow.LogEvent
			for n := range size.records {
				events = append(events, interflow.LogEvent{Message: next[n%len(next)](nil)})
			}
			d := decode.NewLogs(decode.LogOptions{Settings: interflow.Settings{TenantName: "acme"}, VPCFlow: true, Now: time.Now})
			group := interflow.LogGroup{Name: "group"}
			var dst []byte
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				d.Begin()
				for i := range events {
					dst = d.Append(dst[:0], &group, &events[i])
				}
			}
			b.ReportMetric(float64(size.records)*float64(b.N)/(cpuTime(b)-began).Seconds(), "records/CPU_s")
		})
	}
}
