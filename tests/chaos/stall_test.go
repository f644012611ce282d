package chaos

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/harness"
)

// What TestStall allows each connector, and the process besides.
const (
	stallConnectors = 10
	stallRecords    = 120        // an object
	stallMemLimit   = 4_000_000  // bytes, the mem_limit of a connector
	stallBesides    = 64_000_000 // bytes
)

// TestStall stops the output while ten connectors have much to collect: the
// plugin's memory stays bounded, nothing is lost, and nothing comes twice.
func TestStall(t *testing.T) {
	if *stall == 0 {
		t.Skip("-chaos.stall is not set: make chaos sets it")
	}
	for name, storage := range map[string]struct {
		input, service []string
		paused         string // what the host says when it takes no more; "": it takes all there is
	}{
		// Up to 128 chunks are in memory, and again as the output's JSON.
		"filesystem": {input: []string{"storage.type: filesystem"}},
		"few chunks up": {
			input:   []string{"storage.type: filesystem", "storage.pause_on_chunks_overlimit: on"},
			service: []string{"storage.max_chunks_up: 8"}, paused: "paused (storage buf overlimit",
		},
		"memory": {input: []string{"storage.type: memory", "mem_buf_limit: 1M"}, paused: "paused (mem buf overlimit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var buckets []string
			for i := range stallConnectors {
				buckets = append(buckets, fmt.Sprintf("bucket-%d", i))
			}
			w := newWorld(t, harness.FluentBit, seed(t), buckets...)
			h := w.host
			h.setup.input, h.setup.service, h.setup.memLimit = storage.input, storage.service, fmt.Sprint(stallMemLimit)
			address := freeAddress(t)
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				t.Fatal(err)
			}
			h.setup.service = append(h.setup.service, "http_server: on", "http_listen: "+host, "http_port: "+port)
			if err := h.up(); err != nil {
				t.Fatal(err)
			}
			if err := h.process.(*real).collecting(h.ctx); err != nil {
				t.Fatal(err)
			}
			idle := h.memory()
			h.setup.sink.stall(true)
			objects := 10 + int(stall.Seconds())
			w.fill(objects, stallRecords)
			if err := h.logged(storage.paused); err != nil {
				t.Fatal(err)
			}
			most, err := h.watch(*stall)
			if err != nil {
				t.Fatal(err)
			}
			before, _ := w.books.outstanding()
			h.setup.sink.stall(false)
			if err := h.drain(); err != nil {
				t.Error(err)
			}
			h.appended(address, stallConnectors*objects*stallRecords)
			if err := h.end(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			w.close()
			t.Logf("stalled for %v with %d records outstanding; the process had %d MB idle, %d MB at the most (%d MB of it chunk files in memory)",
				*stall, before, idle.resident/1e6, most.resident/1e6, most.files/1e6)
			if grown := most.resident - most.files - (idle.resident - idle.files); storage.paused != "" && grown > stallConnectors*stallMemLimit+stallBesides {
				t.Errorf("the process grew by %d bytes, want at most %d", grown, stallConnectors*stallMemLimit+stallBesides)
			}
		})
	}
}

// fill puts objects into every bucket.
func (w *world) fill(objects, records int) {
	w.t.Helper()
	for _, writer := range w.writers {
		for range objects {
			if err := writer.put("new", time.Now().UTC(), records); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// memory is what the process has resident, in bytes.
type memory struct {
	resident int64
	files    int64 // of it: pages of files, which the host's chunks in storage are
}

var memoryLine = regexp.MustCompile(`(?m)^(VmRSS|RssFile|RssShmem):\s+(\d+) kB$`)

// memory reads proc_pid_status(5).
func (h *host) memory() (m memory) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Pid()))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, line := range memoryLine.FindAllSubmatch(text, -1) {
		kilobytes, err := strconv.ParseInt(string(line[2]), 10, 64)
		if err != nil {
			h.t.Fatal(err)
		}
		if string(line[1]) == "VmRSS" {
			m.resident = kilobytes << 10
		} else {
			m.files += kilobytes << 10
		}
	}
	return m
}

// freeAddress is a loopback address that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

var recordsTotal = regexp.MustCompile(`(?m)^fluentbit_input_records_total\{name="stellar_aws[^"]*"\} (\d+)`)

// appended waits until the host has counted what the plugin has appended, which
// it does from time to time, and checks that it is n records.
func (h *host) appended(address string, n int) {
	h.t.Helper()
	began := time.Now()
	err := poll(h.ctx, func() error {
		got, err := counted(h.ctx, address)
		switch {
		case err != nil || got == n:
			return err
		case got > n || time.Since(began) > patience:
			return fmt.Errorf("the host counts %d records from the plugin, want each of %d once", got, n)
		}
		return errNotYet
	})
	if err != nil {
		h.t.Error(err)
	}
}

// counted is how many records the host says that the plugin has appended.
func counted(ctx context.Context, address string) (n int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/metrics/prometheus", http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	for _, line := range recordsTotal.FindAllSubmatch(text, -1) {
		records, err := strconv.Atoi(string(line[1]))
		if err != nil {
			return 0, err
		}
		n += records
	}
	return n, nil
}

// logged waits until the log holds a text.
func (h *host) logged(text string) error {
	began := time.Now()
	return poll(h.ctx, func() error {
		switch {
		case strings.Contains(h.process.Log(), text):
			return nil
		case time.Since(began) > patience:
			return fmt.Errorf("the host does not say %q", text)
		}
		return errNotYet
	})
}

// watch is the most memory that the process has within a time.
func (h *host) watch(d time.Duration) (most memory, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, d)
	defer cancel()
	err = poll(ctx, func() error {
		if m := h.memory(); m.resident-m.files > most.resident-most.files {
			most = m
		}
		return errNotYet
	})
	if h.ctx.Err() == nil {
		err = nil // the time is over
	}
	return most, err
}
