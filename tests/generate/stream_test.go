package generate

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func TestStreams(t *testing.T) {
	for _, n := range []int{0, 1, 500} {
		s := New(14, Options{}).CloudTrailStream(n)
		raw, err := io.ReadAll(iotest.OneByteReader(s))
		if err != nil {
			t.Fatal(err)
		}
		var log struct{ Records []json.RawMessage }
		if err := json.Unmarshal(raw, &log); err != nil || len(log.Records) != n || s.Records() != n {
			t.Errorf("%d records in the text, %d made, want %d (%v)", len(log.Records), s.Records(), n, err)
		}
	}
	raw, err := io.ReadAll(New(14, Options{}).FlowStream(FlowFields(3), 1000))
	if err != nil || bytes.Count(raw, []byte("\n")) != 1001 {
		t.Errorf("%d lines, want 1001 (%v)", bytes.Count(raw, []byte("\n")), err)
	}
	raw, err = io.ReadAll(New(14, Options{}).WAFStream(100))
	if err != nil || bytes.Count(raw, []byte("\n")) != 100 {
		t.Errorf("%d lines, want 100 (%v)", bytes.Count(raw, []byte("\n")), err)
	}
}

func TestGzipReader(t *testing.T) {
	z, err := GzipReader(New(14, Options{}).CloudTrailStream(2000), gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zr, err := gzip.NewReader(z)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(New(14, Options{}).CloudTrailStream(2000))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want the %d of the stream (%v)", len(got), len(want), err)
	}
	if _, err := GzipReader(strings.NewReader(""), 99); err == nil {
		t.Error("level 99: no error")
	}
	broken := errors.New("broken")
	z, err = GzipReader(iotest.ErrReader(broken), gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(z); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// TestStreamMemory reads far more than it may hold.
func TestStreamMemory(t *testing.T) {
	const limit = 4 << 20
	s := New(14, Options{}).CloudTrailStream(60_000)
	buf := make([]byte, 32<<10)
	var read int64
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	for {
		n, err := s.Read(buf)
		read += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&now)
	if read < 60<<20 {
		t.Errorf("%d bytes only", read)
	}
	if total := now.TotalAlloc - before.TotalAlloc; total > limit {
		t.Errorf("%d bytes allocated for a stream of %d, want less than %d", total, read, limit)
	}
}
