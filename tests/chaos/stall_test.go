package chaos

import (
	"fmt"
	"net"
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
		// Up to 128 chunks are in memory, and again as the output's JSON: the host's.
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
			idle := h.memory(address)
			h.setup.sink.stall(true)
			objects := 10 + int(stall.Seconds())
			w.fill(objects, stallRecords)
			if err := h.logged(storage.paused); err != nil {
				t.Fatal(err)
			}
			most, plugins, err := h.watch(*stall, address)
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
			t.Logf("stalled for %v with %d records outstanding; idle: %v; at the most: %v; when the plugin has most: %v", *stall, before, idle, most, plugins)
			const bound = stallConnectors*stallMemLimit + stallBesides
			if held := plugins.plugins(); held > bound {
				t.Errorf("the plugin holds %d bytes, want at most %d", held, bound)
			}
			// What the host makes of 128 chunks is the host's.
			if grown := most.anonymous() - idle.anonymous(); storage.paused != "" && grown > bound {
				t.Errorf("the process grew by %d bytes, want at most %d", grown, bound)
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

// appended waits until the host has counted what the plugin has appended, which
// it does from time to time, and checks that it is n records.
func (h *host) appended(address string, n int) {
	h.t.Helper()
	began := time.Now()
	err := poll(h.ctx, func() error {
		got, err := metric(h.ctx, address, recordsTotal)
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
