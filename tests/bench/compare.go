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

// compare measures the connector and every peer against inflating alone, and
// then both on two cores.
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

	course := log.course(o, world, data, dir, own[:1])
	rounds, err := course.rounds(ctx)
	if err != nil {
		return err
	}
	rows := course.rows(rounds)
	collected := rows[len(rows)-1]
	to.note("%s, this connector: of the core's time the fake S3 took %.0f %%, other programs %.0f %%, nothing %.0f %%",
		log.name, 100*collected.server, 100*collected.others, 100*collected.idle)
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
	if len(own) > 1 {
		race, err := log.race(ctx, world, data, dir, own[:2], cycles)
		if err != nil {
			return fmt.Errorf("two cores: %w", err)
		}
		rows = append(rows, race.rows(data, collected.Bytes)...)
	}
	for _, r := range rows {
		r.log, r.records, r.bytes = log.name, data.records, data.bytes
		to.rows = append(to.rows, r)
	}
	return nil
}

// course is inflating alone and the connector, on one core.
func (l logType) course(o options, world *harness.World, d data, dir string, core cores) course {
	inflate := func() job { return job{Dir: dir} }
	states := 0
	collect := func() job {
		states++
		j := job{Section: l.section(world, dir, strconv.Itoa(states)), Records: int64(d.records)}
		if o.profiles != "" {
			j.Profile = filepath.Join(o.profiles, strings.ReplaceAll(l.name, " ", "-")+".pprof")
		}
		return j
	}
	return course{world: world, core: core, legs: []leg{{"gunzip", inflate}, {"collect", collect}}}
}

// rows are what the rounds of such a course gave, a row for each leg. Ratios
// are taken within a round.
func (c course) rows(rounds []round) (rows []row) {
	for i, what := range []string{"gunzip alone", "this connector"} {
		r := row{what: what, cores: 1, measured: usual(rounds, i)}
		r.ratio = over(rounds, func(r round) float64 { return float64(r[i].cpu) / float64(r[0].cpu) })
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
