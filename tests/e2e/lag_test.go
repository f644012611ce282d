package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// outIDs counts the ids in a tag's output, without making records of what may be
// hundreds of thousands of lines.
type outIDs struct {
	path    string
	offset  int64
	records int
	times   map[[32]byte]int // by id
}

func newIDs(c harness.Config, tag string) *outIDs {
	return &outIDs{path: filepath.Join(c.OutDir(), tag), times: map[[32]byte]int{}}
}

var idBegins = []byte(`"stellar_uuid":"`)

// read reads the complete lines that were added.
func (o *outIDs) read() error {
	file, err := os.Open(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, o.offset, 1<<62))
	if err != nil {
		return err
	}
	for {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		if !complete {
			return nil
		}
		_, id, ok := bytes.Cut(line, idBegins)
		if !ok || len(id) < 32 {
			return fmt.Errorf("no id in %.200q", line)
		}
		o.times[[32]byte(id)]++
		o.records++
		o.offset += int64(len(line)) + 1
		text = rest
	}
}

// lagMeter puts objects of ten records into the bucket live, one after the
// other, and measures how long each takes to come out.
type lagMeter struct {
	t       *testing.T
	w       *harness.World
	out     *outIDs
	puts    int
	records int
	lags    []time.Duration
}

// during measures until the function that it returns is called.
func (m *lagMeter) during(r *run) (end func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		if err := r.WaitLog(r.ctx, "collecting connector=live"); err != nil {
			m.t.Error(err)
			return
		}
		for m.one(stop) {
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// one puts an object and waits for its records. It is false when stop was
// closed before they came.
func (m *lagMeter) one(stop <-chan struct{}) bool {
	m.puts++
	g := m.w.Generator(uint64(1000+m.puts), 0, generate.Options{})
	o := g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 10, At: time.Now()}})
	n, err := m.w.Put("live", o)
	if err != nil {
		m.t.Error(err)
		return false
	}
	m.records += n
	began := time.Now()
	for {
		select {
		case <-stop:
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if err := m.out.read(); err != nil {
			m.t.Error(err)
			return false
		}
		if len(m.out.times) >= m.records {
			m.lags = append(m.lags, time.Since(began))
			return true
		}
	}
}

// judge checks the lags, which are of a connector that looks every second.
func (m *lagMeter) judge(strict bool) {
	m.t.Helper()
	if len(m.lags) == 0 {
		// A short backfill may end before the first of them is out.
		if strict {
			m.t.Error("no object of the live connector came while the backfill was at work")
		}
		return
	}
	slices.Sort(m.lags)
	worst, median := m.lags[len(m.lags)-1], m.lags[len(m.lags)/2]
	m.t.Logf("lag of %d live objects: median %v, 99 %% %v, worst %v", len(m.lags), median, m.lags[len(m.lags)*99/100], worst)
	if strict && worst > 3*time.Second {
		m.t.Errorf("a live object took %v, want at most its interval and 2 s", worst)
	}
}
