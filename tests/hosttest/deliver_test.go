package hosttest

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEveryRecordOnce(t *testing.T) {
	for _, n := range []int{1, 2, 10} {
		t.Run(fmt.Sprintf("%d instances", n), func(t *testing.T) {
			dir := workspace(t)
			const records = 20000
			c := &settings{inputs: inputs(n, keys("records", records))}
			h := start(t, dir, c)
			h.waitCommitted(c, records)
			h.stop()
			for _, in := range c.inputs {
				h.exactlyOnce(in.name, records)
			}
			h.noComplaints()
		})
	}
}

func TestMetrics(t *testing.T) {
	dir := workspace(t)
	port := freePort(t)
	c := &settings{
		service: keys("http_server", "on", "http_listen", "127.0.0.1", "http_port", port),
		inputs:  inputs(2, keys("records", 1000)),
	}
	h := start(t, dir, c)
	h.waitMetrics(port,
		`synthetic_committed_total{name="in0",connector="in0"} 1000`,
		`synthetic_committed_total{name="in1",connector="in1"} 1000`,
		`paused{name="in0",connector="in0"} 0`,
		`failed{name="in0",connector="in0"} 0`,
		`durability_degraded{name="in0",connector="in0"} 0`)
	h.stop()
}

// waitMetrics waits until the host shows metrics of the plugin with these
// values.
func (h *host) waitMetrics(port int, want ...string) {
	h.t.Helper()
	h.wait(strings.Join(want, ", "), func() bool {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", port))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		for _, w := range want {
			if !strings.Contains(string(text), "\nfluentbit_input_stellar_aws_"+w+"\n") {
				return false
			}
		}
		return err == nil
	})
}

// One input is over its memory limit for good, as its output refuses all: it
// must be paused, and it alone; nor may it lose a record.
func TestPauseStaysWithItsInstance(t *testing.T) {
	for _, paused := range []string{"first", "last"} {
		t.Run(paused, func(t *testing.T) {
			dir := workspace(t)
			const records = 30000
			stuck := &input{name: "stuck", keys: keys("storage.type", "memory", "mem_buf_limit", "100k", "rate", 20000, "batch", 20000)}
			free := &input{name: "free", keys: keys("rate", 10000, "records", records)}
			c := &settings{inputs: []*input{stuck, free}}
			if paused == "last" {
				c.inputs = []*input{free, stuck}
			}
			c.outputs = []string{
				fmt.Sprintf("{name: file, match: free, path: %s, file: free.out, format: plain}", dir),
				fmt.Sprintf("{name: http, match: stuck, host: 127.0.0.1, port: %d, retry_limit: no_limits}", freePort(t)),
			}
			port := freePort(t)
			c.service = keys("http_server", "on", "http_listen", "127.0.0.1", "http_port", port)
			h := start(t, dir, c)
			h.waitLog("stuck paused (mem buf overlimit", 1)
			atPause := h.committed("stuck")
			h.wait("the other input's records", func() bool { return h.committed("free") == records })
			h.wait("the other input's output", func() bool { return h.count("free").last == records })
			h.exactlyOnce("free", records)
			h.waitMetrics(port, `paused{name="stuck",connector="stuck"} 1`, `paused{name="free",connector="free"} 0`)
			// What was on its way when the pause came may still be counted.
			if n := h.committed("stuck") - atPause; n > 20000 {
				t.Errorf("%d records were taken from a paused input", n)
			}
		})
	}
}

func TestMemoryStorageWarns(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(1, keys("storage.type", "memory", "records", 100, "batch", 500))}
	h := start(t, dir, c)
	h.waitLog("the host buffers in memory", 1)
	h.stop()
	h.exactlyOnce("in0", 100)
}

func TestChecksumWarns(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(1, keys("records", 100, "batch", 500)), service: keys("storage.checksum", "on")}
	h := start(t, dir, c)
	h.waitLog("set storage.checksum off", 1)
	h.stop()
	h.exactlyOnce("in0", 100)
}

func TestThreadedWarns(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, keys("threaded", "on", "records", 5000))}
	h := start(t, dir, c)
	h.waitLog("set threaded off", 2)
	h.waitCommitted(c, 5000)
	for _, in := range c.inputs {
		h.wait("output of "+in.name, func() bool { return h.count(in.name).last == 5000 })
		h.exactlyOnce(in.name, 5000)
	}
	h.stop()
	if n := strings.Count(h.log(), "set threaded off"); n != 2 {
		t.Errorf("%d warnings, want one for each instance", n)
	}
}

// Printed, not asserted: it is the machine's as much as the plugin's.
func TestThroughput(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, n := range []int{1, 4} {
		dir := workspace(t)
		const size = 1000
		c := &settings{inputs: inputs(n, keys("size", size, "batch", 256<<10)), outputs: []string{"{name: 'null', match: '*'}"}}
		h := start(t, dir, c)
		total := func() (records uint64) {
			for _, in := range c.inputs {
				records += h.committed(in.name)
			}
			return records
		}
		h.waitCommitted(c, 1)
		from, begin := total(), time.Now()
		h.wait("300 MB", func() bool { return total()-from > 300_000 })
		rate := float64(total()-from) * size / 1e6 / time.Since(begin).Seconds()
		took := h.stop()
		t.Logf("%d instances: %.0f MB/s into filesystem storage at %s; SIGTERM to exit %.1f s",
			n, rate, filepath.Base(fluentBit), took.Seconds())
		var least, most uint64
		for _, in := range c.inputs {
			k := h.committed(in.name)
			if least == 0 || k < least {
				least = k
			}
			most = max(most, k)
		}
		if most > 2*least {
			t.Errorf("unfair: one instance was served %d records, another %d", least, most)
		}
	}
}
