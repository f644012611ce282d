package main

import (
	"encoding/json"
	"fmt"
	"time"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// shape is how the objects of a bucket are named.
type shape struct {
	logType
	// before is how many objects without records are there when the measured
	// ones begin to come. They and those have names of one and the same time.
	before int
	next   func(n int) *generate.Generator // of the n-th object; nil: one for all
}

// One flow log, account or web ACL that gets a hundred objects a second has
// 30,000 of them in each five minutes, for which AWS writes one and the same
// time into their names: with so many before, the shape is at its worst.
const fiveMinutes = 300*lagRate - 60*lagRate

func shapes(w *harness.World) []shape {
	types := logTypes()
	trail, flow, waf := types[0], types[1], types[3]
	accounts := trail
	accounts.prefix = "AWSLogs/*/CloudTrail/" + harness.Region
	g := w.Generator(7, 0, generate.Options{WebACL: acl})
	var trails, flows []*generate.Generator
	for n := range 10 {
		trails = append(trails, w.Generator(uint64(100+n), 0, generate.Options{Accounts: []string{fmt.Sprintf("%012d", 111122220000+n)}}))
	}
	for n := range 5 { // each has a flow log's id of its own
		flows = append(flows, w.Generator(uint64(200+n), 0, generate.Options{}))
	}
	one := func(int) *generate.Generator { return g }
	in := func(gs []*generate.Generator) func(int) *generate.Generator {
		return func(n int) *generate.Generator { return gs[n%len(gs)] }
	}
	accounts.name, flow.name, waf.name = "CloudTrail, 10 accounts", "VPC flow, 5 flow logs", "WAF, one web ACL"
	full := trail
	full.name = "CloudTrail, one account, 24,000 objects before"
	trail.name = "CloudTrail, one account"
	return []shape{{accounts, 0, in(trails)}, {trail, 0, one}, {full, fiveMinutes, one}, {flow, fiveMinutes, in(flows)}, {waf, fiveMinutes, one}}
}

// ids are what the records of an object can be known by: of CloudTrail the
// events' own ids, else the beginning that the object's records share.
func ids(o generate.Object, etag string) ([]string, error) {
	if o.Records == 0 {
		return nil, nil
	}
	if raw, err := o.Raw(); err != nil {
		return nil, err
	} else if len(raw) > 0 && raw[0] == '{' && json.Valid(raw) {
		var file struct {
			Records []struct {
				EventID string `json:"eventID"`
			}
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			return nil, fmt.Errorf("read generated object: %w", err)
		}
		var events []string
		for _, r := range file.Records {
			events = append(events, r.EventID)
		}
		if len(events) > 0 {
			return events, nil
		}
	}
	id := interflow.NewObject(bucket, o.Key, etag)
	return []string{string(id[:])}, nil
}

// known is the id by which ids can name a record.
func known(r harness.Record) string {
	if id, ok := r["eventID"].(string); ok {
		return id
	}
	id, _ := r["stellar_uuid"].(string)
	return id[:min(len(id), len(interflow.Object{}))]
}

// What S3 takes to answer, about: the fake would be done in no time.
const (
	listLatency = 100 * time.Millisecond
	getLatency  = 30 * time.Millisecond
)
