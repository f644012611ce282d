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
	var file, heap bool
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if start, _, mapping := strings.Cut(fields[0], "-"); mapping {
			file = len(fields) > 5 && strings.HasPrefix(fields[5], "/")
			heap = goArena(start)
			continue
		}
		if fields[0] != "Rss:" {
			continue
		}
		kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			h.t.Fatal(err)
		}
		m.resident += kilobytes << 10
		if file {
			m.files += kilobytes << 10
		}
		if heap {
			m.goHeap += kilobytes << 10
		}
	}
	queued, err := metric(h.ctx, address, queueBytes)
	if err != nil {
		h.t.Fatal(err)
	}
	m.queues = int64(queued)
	return m
}

// goArena tells the Go heap by where Go puts it on 64-bit Linux: in arenas from
// 0xc000000000 on (runtime/malloc.go).
func goArena(start string) bool {
	at, err := strconv.ParseUint(start, 16, 64)
	return err == nil && at >= 0xc000000000 && at < 0xc100000000
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
	queueBytes   = regexp.MustCompile(`(?m)^fluentbit_input_stellar_aws_queue_bytes\{name="stellar_aws[^"]*"\} (\d+)`)
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
