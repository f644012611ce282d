package main

import (
	"errors"
	"fmt"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// sample is one bucket of logs with the connector that collects it.
type sample struct {
	title     string
	connector harness.Connector
	objects   int // in the bucket
	want      int // records in those
	records   []harness.Record
}

// fill makes the buckets.
func fill(w *harness.World) ([]*sample, error) {
	const files, lines = 6, 40
	g := w.Generator(1, time.Hour, generate.Options{WebACL: "shop"})
	kinds := []struct {
		name, subType, title, folder string
		file                         func(generate.File) generate.Object
	}{
		{"trail", "cloudtrail", "CloudTrail", "CloudTrail/" + harness.Region, func(f generate.File) generate.Object {
			return g.CloudTrailFile(generate.TrailFile{File: f})
		}},
		{"flows", "vpcflow", "VPC flow", "vpcflowlogs/" + harness.Region, func(f generate.File) generate.Object {
			return g.FlowFile(generate.FlowFile{File: f})
		}},
		{"firewall", "waf", "WAF", "WAFLogs/" + harness.Region + "/shop", func(f generate.File) generate.Object {
			return g.WAFFile(generate.WAFFile{File: f})
		}},
	}
	var samples []*sample
	for _, k := range kinds {
		bucket := "example-" + k.name
		w.Bucket(bucket)
		s := &sample{
			title:     k.title,
			connector: w.Connector(k.name, k.subType, bucket, "AWSLogs/"+harness.Account+"/"+k.folder).With("tenant_name", "Example Inc"),
			objects:   files,
		}
		for i := range files {
			at := w.Now.Add(time.Duration(i-files) * 5 * time.Minute)
			n, err := w.Put(bucket, k.file(generate.File{Records: lines, At: at}))
			if err != nil {
				return nil, err
			}
			s.want += n
		}
		samples = append(samples, s)
	}
	return samples, nil
}

// distinct is how many different ids the records have.
func (s *sample) distinct() int {
	ids := map[any]bool{}
	for _, r := range s.records {
		ids[r["stellar_uuid"]] = true
	}
	return len(ids)
}

// check tells what is missing, or too much.
func check(samples []*sample) error {
	var errs []error
	for _, s := range samples {
		if len(s.records) != s.want || s.distinct() != s.want {
			errs = append(errs, fmt.Errorf("%s: %d records with %d ids, want %d", s.title, len(s.records), s.distinct(), s.want))
		}
	}
	return errors.Join(errs...)
}
