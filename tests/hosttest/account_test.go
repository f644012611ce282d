package hosttest

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
)

// account is which records of one input came out of the host.
type account struct {
	seen map[uint64]int // number: times
	last uint64
	torn int // lines that a kill has cut off
}

// committed is the number of the last record that the input counts as
// delivered; records 1 to it must have come out.
func (h *host) committed(input string) uint64 {
	h.t.Helper()
	text := bytes.TrimSpace(readFile(h.t, filepath.Join(h.dir, input+".commit")))
	if len(text) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// waitCommitted waits until every input has committed n records.
func (h *host) waitCommitted(c *settings, n uint64) {
	h.t.Helper()
	h.wait(strconv.FormatUint(n, 10)+" committed records", func() bool {
		for _, in := range c.inputs {
			if h.committed(in.name) < n {
				return false
			}
		}
		return true
	})
}

// count reads what came out of an input up to now, and checks whose it is.
func (h *host) count(input string) account {
	h.t.Helper()
	a := account{seen: make(map[uint64]int)}
	out := readFile(h.t, filepath.Join(h.dir, input+".out"))
	for len(out) > 0 {
		line, rest, complete := bytes.Cut(out, []byte("\n"))
		if !complete {
			break // it is being written
		}
		out = rest
		var r struct {
			C string
			N uint64
		}
		if json.Unmarshal(line, &r) != nil {
			// What a kill has cut off is in front of a later run's first record.
			a.torn++
			if json.Unmarshal(line[max(bytes.LastIndex(line, []byte(`{"c":`)), 0):], &r) != nil {
				continue
			}
		}
		if r.C != input {
			h.t.Fatalf("record of %s came out of %s", r.C, input)
		}
		a.seen[r.N]++
		a.last = max(a.last, r.N)
	}
	return a
}

// waitDrained waits until the host has delivered all that is in its storage.
func (h *host) waitDrained() {
	h.t.Helper()
	h.wait("an empty storage", func() bool {
		chunks, err := filepath.Glob(filepath.Join(h.dir, "storage", "stellar_aws.*", "*.flb"))
		return err == nil && len(chunks) == 0
	})
}

// lost is how many of the records 1 to n did not come out.
func (a account) lost(n uint64) (lost int) {
	for i := uint64(1); i <= n; i++ {
		if a.seen[i] == 0 {
			lost++
		}
	}
	return lost
}

// repeated is how many records came out more than once.
func (a account) repeated() (repeated int) {
	for _, times := range a.seen {
		if times > 1 {
			repeated++
		}
	}
	return repeated
}

// exactlyOnce fails unless records 1 to n, and only they, came out once each.
func (h *host) exactlyOnce(input string, n uint64) {
	h.t.Helper()
	a := h.count(input)
	if lost, repeated := a.lost(n), a.repeated(); lost != 0 || repeated != 0 || a.torn != 0 || a.last != n {
		h.t.Errorf("%s: of %d records %d lost, %d repeated, %d torn, the last is %d; want each once",
			input, n, lost, repeated, a.torn, a.last)
	}
}
