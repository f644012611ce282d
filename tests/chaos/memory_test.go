package chaos

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// memory is what the process has resident, in bytes.
type memory struct {
	resident int64
	files    int64 // of it: pages of files, which the host's chunks in storage are
	goHeap   int64 // of it: the plugin's heap, as far as it is Go's
	queues   int64 // of it: what waits in the plugin for the host, by its own count
}

func (m memory) String() string {
	return fmt.Sprintf("%d MB (%d MB chunk and program files, %d MB Go heap, %d MB queued in the plugin, %d MB the host's)",
		m.resident/1e6, m.files/1e6, m.goHeap/1e6, m.queues/1e6, (m.anonymous()-m.plugins())/1e6)
}

// anonymous is what no file backs.
func (m memory) anonymous() int64 { return m.resident - m.files }

// plugins is what is the plugin's own.
func (m memory) plugins() int64 { return m.goHeap + m.queues }

// memory reads proc_pid_smaps(5), and the metrics of the host at an address.
func (h *host) memory(address string) (m memory) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/smaps", h.process.Pid()))
	if err != nil {
		h.t.Fatal(err)
	}
	defer maps.Close()
	var at area
	end := func() {
		m.resident += at.resident
		if at.file {
			m.files += at.resident
		} else if at.arenas() {
			m.goHeap += at.resident
		}
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		var next area
		if n, _ := fmt.Sscanf(fields[0], "%x-%x", &next.start, &next.end); n == 2 {
			next.file = len(fields) > 5
			if next.start == at.end && !next.file && !at.file {
				at.end = next.end
				continue
			}
			end()
			at = next
		}
		if fields[0] == "Rss:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				h.t.Fatal(err)
			}
			at.resident += kilobytes << 10
		}
	}
	end()
	if m.goHeap == 0 {
		h.t.Error("the plugin's heap is not found in the process")
	}
	queued, err := metric(h.ctx, address, queueBytes)
	if err != nil {
		h.t.Fatal(err)
	}
	m.queues = int64(queued)
	return m
}

// area is mappings of a process that follow one another.
type area struct {
	start, end uint64
	file       bool // or a part of the program that has a name
	resident   int64
}

// arenas tells the Go heap, which begins at a random place: it is reserved in
// whole arenas of 64 MiB, at multiples of that (runtime/malloc.go).
func (a area) arenas() bool {
	const arena = 64 << 20
	return a.start > 0 && a.start%arena == 0 && a.end%arena == 0
}

// watch is the memory of the process when it has most, and when the plugin has,
// within a time.
func (h *host) watch(d time.Duration, address string) (most, plugins memory, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, d)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		m := h.memory(address)
		if m.anonymous() > most.anonymous() {
			most = m
		}
		if m.plugins() > plugins.plugins() {
			plugins = m
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return most, plugins, h.ctx.Err()
		}
	}
}

var (
	recordsTotal = regexp.MustCompile(`(?m)^fluentbit_input_records_total\{name="stellar_aws[^"]*"\} (\d+)`)
	queueBytes   = regexp.MustCompile(`(?m)^fluentbit_input_stellar_aws_queue_bytes\{name="stellar_aws[^}]*\} (\d+)`)
)

// metric is the sum of a metric over all inputs of the plugin.
func metric(ctx context.Context, address string, of *regexp.Regexp) (sum int, err error) {
	path := "/api/v2/metrics/prometheus"
	if of == recordsTotal {
		path = "/api/v1/metrics/prometheus"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, http.NoBody)
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
	for _, line := range of.FindAllSubmatch(text, -1) {
		n, err := strconv.Atoi(string(line[1]))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
