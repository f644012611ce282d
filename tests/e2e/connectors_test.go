package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
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

// TestControlTower collects the 40 accounts of an organisation. One that joins
// while the host runs is found without a restart; what other services have in
// the bucket is never fetched.
func TestControlTower(t *testing.T) {
	const org = "o-exampleorg1"
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.Bucket("tower")
		account := func(i int) (files []generate.Object) {
			opt := generate.Options{OrgID: org, Accounts: []string{fmt.Sprintf("%012d", 200000000000+i)}}
			g := w.Generator(uint64(i), time.Hour, opt)
			for j := range 2 {
				f := generate.File{Records: 3 + i%5, At: w.Now.Add(-time.Duration(j+1) * 5 * time.Minute)}
				files = append(files, g.CloudTrailFile(generate.TrailFile{File: f, Layout: generate.ControlTower}))
			}
			return files
		}
		var files []generate.Object
		const accounts = 40
		for i := range accounts {
			files = append(files, account(i)...)
		}
		first := put(t, w, "tower", files...)
		var fetched atomic.Int64
		w.AWS.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			if r.Operation == "GetObject" && strings.Contains(r.Key, "/Config/") {
				fetched.Add(1)
			}
			return nil
		})
		foreign := strings.NewReplacer("/CloudTrail/", "/Config/", "_CloudTrail_", "_Config_")
		for _, o := range files {
			put(t, w, "tower", generate.Object{Key: foreign.Replace(o.Key), Body: o.Body})
		}
		connector := w.Connector("tower", "cloudtrail", "tower", org+"/AWSLogs/"+org+"/*/CloudTrail/"+harness.Region)
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{connector}})
		r.collect("tower", first)

		joined := account(accounts)
		put(t, w, "tower", joined...)
		files = append(files, joined...)
		r.collect("tower", total(files))
		all := r.stop("tower")
		r.noComplaints()
		wantOnce(t, "tower", all, total(files))
		check(t, all, files, nobody)
		if n := fetched.Load(); n > 0 {
			t.Errorf("%d objects of other services were fetched", n)
		}
	})
}
