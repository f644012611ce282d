package main

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

const (
	bucket = "bench"
	acl    = "bench-acl"
)

// logType is one kind of log and how its objects are made.
type logType struct {
	name, subType, prefix string
	object                func(g *generate.Generator, at time.Time, records int) generate.Object
}

func logTypes() []logType {
	root := "AWSLogs/" + harness.Account + "/"
	flow := func(name string, version int) logType {
		return logType{name, "vpcflow", root + "vpcflowlogs/" + harness.Region, func(g *generate.Generator, at time.Time, n int) generate.Object {
			return g.FlowFile(generate.FlowFile{File: generate.File{Records: n, At: at}, Fields: generate.FlowFields(version)})
		}}
	}
	return []logType{
		{"CloudTrail", "cloudtrail", root + "CloudTrail/" + harness.Region, func(g *generate.Generator, at time.Time, n int) generate.Object {
			return g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: n, At: at}})
		}},
		flow("VPC flow v2", 2),
		flow("VPC flow v5", 5),
		{"WAF", "waf", root + "WAFLogs/" + harness.Region + "/" + acl, func(g *generate.Generator, at time.Time, n int) generate.Object {
			return g.WAFFile(generate.WAFFile{File: generate.File{Records: n, At: at}})
		}},
	}
}

// wanted are the kinds of log that the flags ask for.
func (o options) wanted() []logType {
	return slices.DeleteFunc(logTypes(), func(l logType) bool { return !strings.HasPrefix(l.name, o.log) })
}

func generator(w *harness.World) *generate.Generator { return generatorOf(w, 1) }

func generatorOf(w *harness.World, seed uint64) *generate.Generator {
	return w.Generator(seed, 12*time.Hour, generate.Options{WebACL: acl})
}

// keys are n names of objects.
func (l logType) keys(g *generate.Generator, n int64) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range n {
			if !yield(l.object(g, time.Time{}, 1).Key) {
				return
			}
		}
	}
}

// recordsOf is how many records make an object of that many bytes before
// compression.
func (l logType) recordsOf(g *generate.Generator, bytes int64) (int, error) {
	const sample = 2000
	raw, err := l.object(g, time.Time{}, sample).Raw()
	if err != nil {
		return 0, fmt.Errorf("make a sample of %s: %w", l.name, err)
	}
	return max(int(bytes*sample/int64(len(raw))), 1), nil
}

// data is what was put into the bucket.
type data struct {
	objects int
	records int
	bytes   int64 // before compression
	keys    []string
}

// fill puts objects into the bucket, and their bytes into dir.
func (l logType) fill(w *harness.World, size, object int64, dir string) (d data, err error) {
	w.Bucket(bucket)
	g := generator(w)
	records, err := l.recordsOf(g, object)
	if err != nil {
		return d, err
	}
	for d.bytes < size {
		o := l.object(g, time.Time{}, records)
		raw, err := o.Raw()
		if err != nil {
			return d, err
		}
		if _, err := w.Put(bucket, o); err != nil {
			return d, err
		}
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(d.objects)+".gz"), o.Body, 0o600); err != nil {
			return d, err
		}
		d.objects++
		d.records += o.Records
		d.bytes += int64(len(raw))
		d.keys = append(d.keys, o.Key)
	}
	return d, nil
}
