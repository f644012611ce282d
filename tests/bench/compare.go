package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"in_stellar_aws/tests/harness"
)

// row is a line of the table.
type row struct {
	log, what string
	usage
	told
	records int
	bytes   int64 // of log, before compression
	lists   int
	ratio   float64 // of CPU, to inflating alone
}

func newTable() *tabwriter.Writer {
	return tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
}

// compare measures the connector, on one core and on two, and every peer
// against inflating alone.
func compare(ctx context.Context, o options) error {
	peers, err := peersNamed()
	if err != nil {
		return err
	}
	var rows []row
	for _, log := range o.wanted() {
		of, err := compareLog(ctx, o, log, peers)
		if err != nil {
			return fmt.Errorf("measure %s: %w", log.name, err)
		}
		rows = append(rows, of...)
	}
	table := newTable()
	fmt.Fprintln(table, "log\twhat\trecords/s\tMB/s\tCPU s/GB\tx gunzip\tpeak MB\tLIST calls\tbatches\tKB each\tKB largest\t")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.0f\t%.2f\t%.2f\t%.0f\t%d\t", r.log, r.what,
			float64(r.records)/r.wall.Seconds(), float64(r.bytes)/r.wall.Seconds()/1e6,
			r.cpu.Seconds()/(float64(r.bytes)/1e9), r.ratio, float64(r.peak)/1e6, r.lists)
		if r.Batches > 0 {
			fmt.Fprintf(table, "%d\t%.0f\t%.0f\t", r.Batches, float64(r.Bytes)/float64(r.Batches)/1e3, float64(r.Largest)/1e3)
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

// compareLog measures everything over the same objects of one kind of log.
func compareLog(ctx context.Context, o options, log logType, peers []peer) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	world, err := harness.NewWorld()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	data, err := log.fill(world, o.size, o.object, dir)
	if err != nil {
		return nil, err
	}

	m := &meterstick{dir: dir}
	if err := m.inflate(ctx); err != nil {
		return nil, err
	}
	add := func(r row) error {
		before := m.last()
		if err := m.inflate(ctx); err != nil {
			return err
		}
		r.ratio = 2 * float64(r.cpu) / float64(before.cpu+m.last().cpu)
		r.lists = lists(world)
		rows = append(rows, r)
		return nil
	}
	for _, cores := range []string{"1", "2"} {
		world.AWS.ResetRequests()
		j := job{Section: log.section(world, dir, cores), Records: int64(data.records)}
		if o.profiles != "" && cores == "1" {
			j.Profile = filepath.Join(o.profiles, strings.ReplaceAll(log.name, " ", "-")+".pprof")
		}
		r := row{what: "this connector, GOMAXPROCS=" + cores}
		if r.usage, r.told, err = child(ctx, "collect", j, cores); err != nil {
			return nil, err
		}
		if err := add(r); err != nil {
			return nil, err
		}
	}
	for _, p := range peers {
		world.AWS.ResetRequests()
		r := row{what: p.name}
		if r.usage, err = p.measure(ctx, world, log, data, dir); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if err := add(r); err != nil {
			return nil, err
		}
	}
	rows = append([]row{{what: "gunzip alone", usage: m.mean(), ratio: 1}}, rows...)
	for i := range rows {
		rows[i].log, rows[i].records, rows[i].bytes = log.name, data.records, data.bytes
	}
	return rows, nil
}

// meterstick is inflating alone, before and after each of the others: what
// else the machine does changes from one second to the next.
type meterstick struct {
	dir  string
	runs []usage
}

func (m *meterstick) inflate(ctx context.Context) error {
	u, _, err := child(ctx, "gunzip", job{Dir: m.dir}, "1")
	m.runs = append(m.runs, u)
	return err
}

func (m *meterstick) last() usage { return m.runs[len(m.runs)-1] }

func (m *meterstick) mean() (u usage) {
	for _, r := range m.runs {
		u.wall, u.cpu, u.peak = u.wall+r.wall, u.cpu+r.cpu, max(u.peak, r.peak)
	}
	n := time.Duration(len(m.runs))
	u.wall, u.cpu = u.wall/n, u.cpu/n
	return u
}

// section is the connector's configuration. All is there at the first poll,
// and no other comes: the LIST calls are those of one.
func (l logType) section(w *harness.World, dir, name string) harness.Connector {
	return w.Connector("bench", l.subType, bucket, l.prefix).
		With("db", filepath.Join(dir, "state-"+name)).With("workers", "8").With("interval", "1h")
}

func lists(w *harness.World) int { return w.AWS.Requests()["s3.ListObjectsV2"] }
