// Command bench measures the whole connector, from the S3 GET to the batches
// handed over, as processes of their own against a fake AWS in this one, and
// prints one table. CPU is user and system time of the whole process; x gunzip
// is that time over the one of a process that only inflates the same bytes, in
// the same run. Machines are noisy: the ratios are what to compare.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

func main() {
	size := flag.Int("size", 256, "log data of each type, in MB before compression")
	objectSize := flag.Int("object", 8, "size of each object, in MB before compression")
	child := flag.String("child", "", "used by the program itself")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *child, *size<<20, *objectSize<<20)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, child string, size, objectSize int) error {
	switch child {
	case "gunzip":
		return errors.Join(gunzip(os.Stdin), printPeak(os.Stdout))
	case "collect":
		return errors.Join(collectAll(ctx, os.Stdin), printPeak(os.Stdout))
	}
	return compare(ctx, size, objectSize)
}

// logType is one kind of log and how its objects are made.
type logType struct {
	name, subType, prefix string
	object                func(g *generate.Generator, records int) generate.Object
}

var logTypes = []logType{
	{"CloudTrail", "cloudtrail", "AWSLogs/" + harness.Account + "/CloudTrail/" + harness.Region, func(g *generate.Generator, n int) generate.Object {
		return g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: n}})
	}},
	{"VPC flow", "vpcflow", "AWSLogs/" + harness.Account + "/vpcflowlogs/" + harness.Region, func(g *generate.Generator, n int) generate.Object {
		return g.FlowFile(generate.FlowFile{File: generate.File{Records: n}})
	}},
	{"WAF", "waf", "AWSLogs/" + harness.Account + "/WAFLogs/" + harness.Region + "/bench-acl", func(g *generate.Generator, n int) generate.Object {
		return g.WAFFile(generate.WAFFile{File: generate.File{Records: n}})
	}},
}

// row is a line of the table.
type row struct {
	log, what string
	records   int
	bytes     int64 // of log, before compression
	wall, cpu time.Duration
	peak      int64 // bytes of resident memory
	lists     int
	ratio     float64
}

func compare(ctx context.Context, size, objectSize int) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "log\twhat\trecords/s\tMB/s\tCPU s/GB\tx gunzip\tpeak MB\tLIST calls\t")
	for _, log := range logTypes {
		rows, err := measure(ctx, log, size, objectSize)
		if err != nil {
			return fmt.Errorf("measure %s: %w", log.name, err)
		}
		for _, r := range rows {
			fmt.Fprintf(table, "%s\t%s\t%.0f\t%.0f\t%.2f\t%.2f\t%.0f\t%d\t\n", r.log, r.what,
				float64(r.records)/r.wall.Seconds(), float64(r.bytes)/r.wall.Seconds()/1e6,
				r.cpu.Seconds()/(float64(r.bytes)/1e9), r.ratio, float64(r.peak)/1e6, r.lists)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// measure compares the connector, on one core and on two, with inflating.
func measure(ctx context.Context, log logType, size, objectSize int) (rows []row, err error) {
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
	data, err := fill(world, log, size, objectSize, dir)
	if err != nil {
		return nil, err
	}

	inflate, err := process(ctx, "gunzip", job{Dir: dir}, "1")
	if err != nil {
		return nil, err
	}
	for _, cores := range []string{"1", "2"} {
		world.AWS.ResetRequests()
		section := world.Connector("bench", log.subType, "bench", log.prefix).With("db", filepath.Join(dir, "state-"+cores)).With("workers", "8")
		r, err := process(ctx, "collect", job{Section: section, Records: data.records}, cores)
		if err != nil {
			return nil, err
		}
		r.what = "connector, GOMAXPROCS=" + cores
		r.lists = world.AWS.Requests()["s3.ListObjectsV2"]
		rows = append(rows, r)
	}
	inflate.what = "gunzip alone"
	rows = append([]row{inflate}, rows...)
	for i := range rows {
		rows[i].log, rows[i].records, rows[i].bytes = log.name, data.records, data.bytes
		rows[i].ratio = float64(rows[i].cpu) / float64(inflate.cpu)
	}
	return rows, nil
}

// data is what was put into the bucket.
type data struct {
	records int
	bytes   int64
}

// fill puts objects into the bucket, and their bytes into dir.
func fill(world *harness.World, log logType, size, objectSize int, dir string) (d data, err error) {
	world.Bucket("bench")
	g := world.Generator(1, 12*time.Hour, generate.Options{WebACL: "bench-acl"})
	one := log.object(g, 2000)
	raw, err := one.Raw()
	if err != nil {
		return d, err
	}
	records := max(objectSize/(len(raw)/2000), 1)
	for i := 0; d.bytes < int64(size); i++ {
		o := log.object(g, records)
		raw, err := o.Raw()
		if err != nil {
			return d, err
		}
		if _, err := world.Put("bench", o); err != nil {
			return d, err
		}
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".gz"), o.Body, 0o600); err != nil {
			return d, err
		}
		d.records += o.Records
		d.bytes += int64(len(raw))
	}
	return d, nil
}

// job is what a child process is to do; it reads it from its standard input.
type job struct {
	Dir     string            // gunzip: where the objects are
	Section map[string]string // collect: the connector's keys
	Records int               // collect: how many there are
}

// process runs this program as a child and measures it as a whole.
func process(ctx context.Context, what string, j job, cores string) (row, error) {
	self, err := os.Executable()
	if err != nil {
		return row{}, err
	}
	in, out, err := os.Pipe()
	if err != nil {
		return row{}, err
	}
	if err := json.NewEncoder(out).Encode(j); err != nil {
		return row{}, err
	}
	if err := out.Close(); err != nil {
		return row{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-child", what)
	var printed bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &printed, os.Stderr
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+cores)
	began := time.Now()
	err = errors.Join(cmd.Run(), in.Close())
	if err != nil {
		return row{}, fmt.Errorf("run %s: %w", what, err)
	}
	r := row{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r.peak, err = strconv.ParseInt(strings.TrimSpace(printed.String()), 10, 64); err != nil {
		return row{}, fmt.Errorf("read peak memory of %s: %w", what, err)
	}
	return r, nil
}

// printPeak prints the process's own peak resident memory in bytes. The
// ru_maxrss of a child is of no use: it begins with its parent's.
func printPeak(w io.Writer) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			_, err := fmt.Fprintln(w, kib*1024)
			return err
		}
	}
	return errors.New("no VmHWM in /proc/self/status")
}

func readJob(r io.Reader) (j job, err error) {
	err = json.NewDecoder(r).Decode(&j)
	return j, err
}
