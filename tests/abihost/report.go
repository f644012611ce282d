package abihost

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Counts are one instance's numbers, taken by the host.
type Counts struct {
	Appends      uint64 // calls of flb_input_log_append and _records
	Accepted     uint64 // of those, the ones that returned 0
	Rejected     uint64 // of those, the ones that returned -1
	Malformed    uint64 // buffers the host's decoder would stop in
	Markers      uint64 // records the host takes for group markers
	Records      uint64 // in accepted buffers, before the first fault
	Bytes        uint64 // in accepted buffers
	Collects     uint64 // collect callbacks
	Pauses       uint64
	Resumes      uint64
	Dropped      uint64 // chunks in memory at the end: lost
	Unmatched    uint64 // chunks that no output matched: lost
	RingDropped  uint64 // threaded: buffers refused by a full ring
	RingLost     uint64 // threaded: buffers lost after append returned 0
	LostBytes    uint64 // in chunks behind a malformed record: lost
	Generation   int    // 0 for the first start, then one more per reload
	Instance     string // name.N
	Alias        string
	Metrics      map[string]float64 // `name{label="value"}` to value
	MetricCounts map[string]uint64  // of histograms: observations
}

// Report is what the host has counted and found wrong.
type Report struct {
	Instances []Counts // by generation, then name
	Problems  []string // malformed buffers and breaches of the contract
}

// Total adds up the counts of an instance over all generations; "" means all
// instances.
func (r Report) Total(instance string) Counts {
	sum := Counts{Instance: instance}
	for _, c := range r.Instances {
		if instance != "" && c.Instance != instance {
			continue
		}
		for _, f := range countFields {
			*f.at(&sum) += *f.at(&c)
		}
	}
	return sum
}

var countFields = []struct {
	key string
	at  func(*Counts) *uint64
}{
	{"appends", func(c *Counts) *uint64 { return &c.Appends }},
	{"accepted", func(c *Counts) *uint64 { return &c.Accepted }},
	{"rejected", func(c *Counts) *uint64 { return &c.Rejected }},
	{"malformed", func(c *Counts) *uint64 { return &c.Malformed }},
	{"markers", func(c *Counts) *uint64 { return &c.Markers }},
	{"records", func(c *Counts) *uint64 { return &c.Records }},
	{"bytes", func(c *Counts) *uint64 { return &c.Bytes }},
	{"collects", func(c *Counts) *uint64 { return &c.Collects }},
	{"pauses", func(c *Counts) *uint64 { return &c.Pauses }},
	{"resumes", func(c *Counts) *uint64 { return &c.Resumes }},
	{"dropped", func(c *Counts) *uint64 { return &c.Dropped }},
	{"unmatched", func(c *Counts) *uint64 { return &c.Unmatched }},
	{"ring_dropped", func(c *Counts) *uint64 { return &c.RingDropped }},
	{"ring_lost", func(c *Counts) *uint64 { return &c.RingLost }},
	{"lost_bytes", func(c *Counts) *uint64 { return &c.LostBytes }},
}

// Report returns the current counts; after the end of the process, the last
// ones. A process ended by SIGKILL leaves those of the last Report, but all
// Problems.
func (r *Run) Report(ctx context.Context) (Report, error) {
	select {
	case <-r.done:
	default:
		if err := r.do(ctx, "report", 0); err != nil {
			select {
			case <-r.done: // it ended meanwhile and has reported
			default:
				return Report{}, err
			}
		}
	}
	return report(r.Events())
}

// reportEvery is how often WaitReport asks.
const reportEvery = 5 * time.Millisecond

// WaitReport asks for reports until one satisfies ok, and returns it.
func (r *Run) WaitReport(ctx context.Context, ok func(Report) bool) (Report, error) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		rep, err := r.Report(ctx)
		if err != nil || ok(rep) {
			return rep, err
		}
		select {
		case <-tick.C:
		case <-r.done:
			// The final counts are in, so this is the last word.
			if rep, err = r.Report(ctx); err == nil && !ok(rep) {
				err = fmt.Errorf("wait for report: %w", ErrEnded)
			}
			return rep, err
		case <-ctx.Done():
			return rep, fmt.Errorf("wait for report: %w", ctx.Err())
		}
	}
}

// Problems returns the malformed buffers and the breaches of the host's
// contract so far. A good plugin leaves none.
func (r *Run) Problems() []string {
	rep, err := report(r.Events())
	if err != nil {
		return append(rep.Problems, err.Error())
	}
	return rep.Problems
}

func report(events []Event) (Report, error) {
	type key struct {
		gen int
		ins string
	}
	var (
		rep Report
		gen int
		by  = map[key]*Counts{}
	)
	for _, e := range events {
		switch e.Name {
		case "engine-end":
			gen++
		case "violation":
			rep.Problems = append(rep.Problems, e.Attr["text"])
		case "malformed":
			rep.Problems = append(rep.Problems, fmt.Sprintf("%s: malformed buffer at byte %s of %s: %s",
				e.Attr["ins"], e.Attr["offset"], e.Attr["size"], e.Attr["reason"]))
		case "counts":
			c := &Counts{Generation: gen, Instance: e.Attr["ins"], Alias: e.Attr["alias"],
				Metrics: map[string]float64{}, MetricCounts: map[string]uint64{}}
			for _, f := range countFields {
				n, err := strconv.ParseUint(e.Attr[f.key], 10, 64)
				if err != nil {
					return rep, fmt.Errorf("read count %s: %w", f.key, err)
				}
				*f.at(c) = n
			}
			by[key{gen, c.Instance}] = c
		case "metric":
			c := by[key{gen, e.Attr["ins"]}]
			if c == nil {
				continue
			}
			name := e.Attr["name"] + "{" + e.Attr["labels"] + "}"
			v, err := strconv.ParseFloat(e.Attr["value"], 64)
			if err != nil {
				return rep, fmt.Errorf("read metric %s: %w", name, err)
			}
			c.Metrics[name] = v
			if n, err := strconv.ParseUint(e.Attr["count"], 10, 64); err == nil && n > 0 {
				c.MetricCounts[name] = n
			}
		}
	}
	for _, c := range by {
		rep.Instances = append(rep.Instances, *c)
	}
	sort.Slice(rep.Instances, func(i, j int) bool {
		a, b := rep.Instances[i], rep.Instances[j]
		if a.Generation != b.Generation {
			return a.Generation < b.Generation
		}
		return strings.Compare(a.Instance, b.Instance) < 0
	})
	return rep, nil
}
