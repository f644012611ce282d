package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"in_stellar_aws/tests/harness"
)

// compare measures the connector, on one core and on two, and every peer
// against inflating alone.
func compare(ctx context.Context, o options, r *report) error {
	peers, err := peersNamed()
	if err != nil {
		return err
	}
	for _, log := range o.wanted() {
		if err := compareLog(ctx, o, log, peers, r); err != nil {
			return fmt.Errorf("measure %s: %w", log.name, err)
		}
	}
	return nil
}

// compareLog measures everything over the same objects of one kind of log.
func compareLog(ctx context.Context, o options, log logType, peers []peer, to *report) (err error) {
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	world, err := harness.NewWorld()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	data, err := log.fill(world, o.size, o.object, dir)
	if err != nil {
		return err
	}
	own, err := ownCores()
	if err != nil {
		return err
	}

	course := log.course(o, world, data, dir, own)
	rounds, err := course.rounds(ctx)
	if err != nil {
		return err
	}
	rows := course.rows(rounds)
	last := rows[len(rows)-1]
	to.note("%s, this connector on %d cores: of the cores' time the fake S3 took %.0f %%, other programs %.0f %%, nothing %.0f %%",
		log.name, last.cores, 100*last.server, 100*last.others, 100*last.idle)
	inflating := rows[0].cpu.Seconds()
	for _, p := range peers {
		world.AWS.ResetRequests()
		r := row{what: p.name, cores: len(own)}
		if r.usage, err = p.measure(ctx, world, log, data, dir); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		ratio := r.cpu.Seconds() / inflating
		r.Took, r.lists, r.ratio = r.wall, lists(world), spread{ratio, ratio, ratio}
		rows = append(rows, r)
	}
	for _, r := range rows {
		r.log, r.records, r.bytes = log.name, data.records, data.bytes
		to.rows = append(to.rows, r)
	}
	return nil
}

// course is inflating alone and the connector, on one core and on two.
func (l logType) course(o options, world *harness.World, d data, dir string, own cores) course {
	c := course{world: world}
	states := 0
	for n := 1; n <= min(2, len(own)); n++ {
		inflate := func() job { return job{Dir: dir} }
		collect := func() job {
			states++
			j := job{Section: l.section(world, dir, strconv.Itoa(states)), Records: int64(d.records)}
			if o.profiles != "" {
				j.Profile = filepath.Join(o.profiles, fmt.Sprintf("%s-%d.pprof", strings.ReplaceAll(l.name, " ", "-"), n))
			}
			return j
		}
		c.legs = append(c.legs, leg{"gunzip", inflate, own[:n]}, leg{"collect", collect, own[:n]})
	}
	return c
}

// rows are what the rounds of such a course gave, a row for each leg. Ratios
// are taken within a round.
func (c course) rows(rounds []round) (rows []row) {
	for i, leg := range c.legs {
		r := row{what: "gunzip alone", cores: len(leg.cores), measured: typical(rounds, i)}
		if leg.what == "collect" {
			r.what = "this connector"
		}
		r.ratio = over(rounds, func(r round) float64 { return float64(r[i].cpu) / float64(r[0].cpu) })
		if one := i - 2; one >= 0 {
			r.speed = over(rounds, func(r round) float64 { return r[one].had() / r[i].had() })
		}
		rows = append(rows, r)
	}
	return rows
}

// section is the connector's configuration. All is there at the first poll,
// and no other comes: the LIST calls are those of one.
func (l logType) section(w *harness.World, dir, name string) harness.Connector {
	return w.Connector("bench", l.subType, bucket, l.prefix).
		With("db", filepath.Join(dir, "state-"+name)).With("workers", "8").With("interval", "1h")
}

func lists(w *harness.World) int { return w.AWS.Requests()["s3.ListObjectsV2"] }
