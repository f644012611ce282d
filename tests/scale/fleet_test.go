package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

// TestFleet has a fleet of nodes share a queue.
func TestFleet(t *testing.T) {
	if _, ok := abihost.RealFluentBit(); !ok {
		t.Skip(harness.ErrNoFluentBit)
	}
	full := *objects >= 5000 // a short run ends before its work is shared
	patience := 2 * time.Minute
	if full {
		patience = 30 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tr := newTrail(t)
	fleet := newFleet(t, tr)
	for _, n := range fleet {
		n.start(ctx)
	}

	tr.spoil()
	behind := *objects / 2 // the fleet is behind from the beginning
	tr.fill(behind)
	rest := *objects - behind
	rnd := rand.New(rand.NewPCG(*seed, 'k'))
	var victims []int
	for kill := range *kills + 1 {
		tr.fill(rest*(kill+1)/(*kills+1) - rest*kill/(*kills+1))
		if kill == *kills {
			break
		}
		tr.pause(ctx, time.Duration(100+rnd.IntN(400))*time.Millisecond)
		if len(victims) == 0 { // each once, before one is killed again
			victims = rnd.Perm(len(fleet))
		}
		victim := victims[0]
		victims = victims[1:]
		fleet[victim].crash(ctx)
		// What it held comes back to the others within a minute: now.
		if err := tr.AWS.ExpireVisibility(events, nodeKey(victim)); err != nil {
			t.Fatal(err)
		}
		fleet[victim].start(ctx)
	}

	tr.until(ctx, "the queue is drained", func() (bool, string) {
		return tr.drained(), fmt.Sprintf("%+v", tr.AWS.QueueStats(events))
	})
	tr.until(ctx, "all records", func() (bool, string) {
		came := 0
		for _, n := range fleet {
			came += n.lines()
		}
		if came < tr.records {
			return false, fmt.Sprintf("%d of %d", came, tr.records)
		}
		all, _ := gather(fleet)
		return len(all.ids) >= tr.records, fmt.Sprintf("%d of %d, %d copies", len(all.ids), tr.records, all.records)
	})
	tr.until(ctx, "the poison is a dead letter", func() (bool, string) {
		if err := tr.AWS.ExpireVisibility(events, ""); err != nil { // it is hidden for minutes
			t.Fatal(err)
		}
		return len(tr.AWS.QueueMessages(dead)) > 0 && len(tr.AWS.QueueMessages(events)) == 0, fmt.Sprintf("%+v", tr.AWS.QueueStats(events))
	})
	for _, n := range fleet {
		n.stop(ctx)
	}
	tr.judge(fleet, full)
}

func newFleet(t *testing.T, tr *trail) []*node {
	t.Helper()
	var fleet []*node
	for i := range *nodes {
		n := &node{t: t, config: harness.Config{Dir: t.TempDir(), Plugin: plugin, Connectors: []harness.Connector{tr.section(i)}}}
		n.config.Connectors[0] = n.config.Connectors[0].With("db", filepath.Join(n.config.Dir, "state.db"))
		fleet = append(fleet, n)
		t.Cleanup(func() {
			if n.process != nil {
				n.process.Kill()
			}
			if t.Failed() && n.process != nil {
				log := n.log + n.process.Log()
				t.Logf("the log of node %d:\n%s", i, log[max(0, len(log)-8000):])
			}
		})
	}
	return fleet
}

// gather puts the outputs of all nodes together.
func gather(fleet []*node) (all output, each []output) {
	all.ids = map[string]string{}
	for _, n := range fleet {
		out := n.output()
		each = append(each, out)
		all.records += out.records
		all.clashes += out.clashes
		for event, id := range out.ids {
			if known, ok := all.ids[event]; ok && known != id {
				all.clashes++
			}
			all.ids[event] = id
		}
	}
	return all, each
}

// judge closes the books.
func (tr *trail) judge(fleet []*node, full bool) {
	t := tr.t
	t.Helper()
	all, each := gather(fleet)
	ids := map[string]bool{}
	for _, id := range all.ids {
		ids[id] = true
	}
	if len(all.ids) != tr.records || len(ids) != tr.records || all.clashes != 0 {
		t.Errorf("%d events with %d ids, %d with more than one; want %d events with one each", len(all.ids), len(ids), all.clashes, tr.records)
	}
	if !slices.ContainsFunc(tr.AWS.QueueMessages(dead), tr.isPoison) {
		t.Errorf("the dead letters are %v, want the poison", tr.AWS.QueueMessages(dead))
	}
	for _, body := range tr.AWS.QueueMessages(dead) {
		if !tr.isPoison(body) {
			t.Errorf("a dead letter is not the poison: %.300s", body)
		}
	}
	log := ""
	for _, n := range fleet {
		log += n.log
	}
	for _, part := range []string{"its message goes back to the queue", "found by listing"} {
		if !strings.Contains(log, part) {
			t.Errorf("nobody has logged %q", part)
		}
	}
	even := float64(all.records) / float64(len(fleet))
	var shares []string
	for i, out := range each {
		share := float64(out.records) / even
		shares = append(shares, fmt.Sprintf("%.2f", share))
		if full && (share < 0.8 || share > 1.2) {
			t.Errorf("node %d had %.2f of an even share", i, share)
		}
	}
	stats := tr.AWS.QueueStats(events)
	t.Logf("%d objects (%d of them found by listing only), %d records; %d kills; each node's part of an even share: %v; copies: %.2f %%; queue: %+v; requests: receive %d, delete %d, hide %d, get %d",
		*objects, tr.missed, tr.records, *kills, shares, 100*float64(all.records-tr.records)/float64(tr.records), stats,
		tr.AWS.Requests()["sqs.ReceiveMessage"], tr.AWS.Requests()["sqs.DeleteMessageBatch"], tr.AWS.Requests()["sqs.ChangeMessageVisibilityBatch"], tr.AWS.Requests()["s3.GetObject"])
}

// until waits for a condition, which tells how far it is.
func (tr *trail) until(ctx context.Context, what string, met func() (bool, string)) {
	tr.t.Helper()
	for {
		ok, how := met()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			tr.t.Fatalf("waited too long: %s; %s", what, how)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (tr *trail) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
