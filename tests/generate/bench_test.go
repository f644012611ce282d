package generate

import "testing"

// BenchmarkAppend shows what the generator takes of a benchmark that uses it.
func BenchmarkAppend(b *testing.B) {
	g := New(1, Options{})
	for _, bm := range []struct {
		name string
		next func([]byte) []byte
	}{
		{"cloudtrail", g.AppendCloudTrail},
		{"flow v2", g.Flow(FlowFields(2)).AppendLine},
		{"flow v5", g.Flow(FlowFields(5)).AppendLine},
		{"flow v11", g.Flow(FlowFields(11)).AppendLine},
		{"waf", g.AppendWAF},
		{"guardduty", g.AppendFinding},
		{"eks audit", g.AppendAudit},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 64<<10)
			var size int64
			for b.Loop() {
				buf = bm.next(buf[:0])
				size += int64(len(buf))
			}
			b.SetBytes(size / int64(b.N))
		})
	}
}
