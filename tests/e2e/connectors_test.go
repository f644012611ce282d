package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// TestConnectors runs several connectors in one process, each with a bucket
// and a tag of its own, with a state file each or with one for all: each gets
// all of its own records, and no other.
func TestConnectors(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		for _, test := range []struct {
			count  int
			shared bool
		}{{2, false}, {10, true}} {
			t.Run(fmt.Sprint(test.count), func(t *testing.T) {
				w, dir := newWorld(t), t.TempDir()
				files := map[string][]generate.Object{}
				config := harness.Config{Dir: dir}
				for i := range test.count {
					name := fmt.Sprintf("connector-%d", i)
					files[name] = trailFiles(w, uint64(i), 10*time.Minute, 4, 50+i)
					c, _ := trail(t, w, name, files[name]...)
					if !test.shared {
						c = c.With("db", filepath.Join(dir, name+".db"))
					}
					config.Connectors = append(config.Connectors, c)
				}
				r := start(t, kind, config)
				for tag, f := range files {
					r.collect(tag, total(f))
				}
				r.stop()
				r.noComplaints()
				for tag, f := range files {
					wantOnce(t, tag, r.records(tag), total(f))
					check(t, r.records(tag), f, nobody)
				}
			})
		}
	})
}

// TestControlTower collects the accounts of an organisation. One that joins
// while the host runs is found without a restart.
func TestControlTower(t *testing.T) {
	const org = "o-exampleorg1"
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.Bucket("tower")
		account := func(i int) (files []generate.Object) {
			opt := generate.Options{OrgID: org, Accounts: []string{fmt.Sprintf("%012d", 200000000000+i)}}
			g := w.Generator(uint64(i), time.Hour, opt)
			for j := range 3 {
				f := generate.File{Records: 20 + i, At: w.Now.Add(-time.Duration(j+1) * 5 * time.Minute)}
				files = append(files, g.CloudTrailFile(generate.TrailFile{File: f, Layout: generate.ControlTower}))
			}
			return files
		}
		var files []generate.Object
		for i := range 5 {
			files = append(files, account(i)...)
		}
		first := put(t, w, "tower", files...)
		connector := w.Connector("tower", "cloudtrail", "tower", org+"/AWSLogs/"+org+"/*/CloudTrail/"+harness.Region)
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{connector}})
		r.collect("tower", first)

		joined := account(5)
		put(t, w, "tower", joined...)
		files = append(files, joined...)
		r.collect("tower", total(files))
		all := r.stop("tower")
		r.noComplaints()
		wantOnce(t, "tower", all, total(files))
		check(t, all, files, nobody)
	})
}
