package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// exampleLogs is what an example finds: the environment that names it, and how
// many records of it must arrive, by output file, class and tenant.
type exampleLogs struct {
	env  []string
	want map[string]int
}

const exampleOrg = "o-exampleorgid"

// fillExamples makes the logs of all examples, by the example's name.
func fillExamples(t *testing.T, w *harness.World) map[string]exampleLogs {
	t.Helper()
	all := map[string]exampleLogs{}
	bucket := func(name, class string, records int, env ...string) {
		all[name] = exampleLogs{append(env, "LOG_BUCKET="+name), map[string]int{"aws.json " + class: records}}
	}
	of := func(opt generate.Options, count int, file func(*generate.Generator, generate.File) generate.Object) (files []generate.Object) {
		g := w.Generator(1, time.Hour, opt)
		for i := range count {
			files = append(files, file(g, generate.File{Records: 30, At: w.Now.Add(-time.Duration(i+1) * 5 * time.Minute)}))
		}
		return files
	}
	fill := func(name string, opt generate.Options, file func(*generate.Generator, generate.File) generate.Object) []generate.Object {
		w.Bucket(name)
		files := of(opt, 3, file)
		put(t, w, name, files...)
		return files
	}
	trail := func(layout generate.TrailLayout) func(*generate.Generator, generate.File) generate.Object {
		return func(g *generate.Generator, f generate.File) generate.Object {
			return g.CloudTrailFile(generate.TrailFile{File: f, Layout: layout})
		}
	}
	flows := func(g *generate.Generator, f generate.File) generate.Object {
		return g.FlowFile(generate.FlowFile{File: f})
	}
	waf := func(g *generate.Generator, f generate.File) generate.Object {
		return g.WAFFile(generate.WAFFile{File: f, ACL: "shop"})
	}
	firehose := func(g *generate.Generator, f generate.File) generate.Object {
		return g.WAFFile(generate.WAFFile{File: f, Firehose: true, Plain: true, Folder: func(at time.Time) string {
			return at.Format("waf/year=2006/month=01/day=02")
		}})
	}
	org := generate.Options{OrgID: exampleOrg}

	bucket("cloudtrail", "cloudtrail", total(fill("cloudtrail", generate.Options{}, trail(generate.AccountTrail))))
	bucket("cloudtrail-organization", "cloudtrail", total(fill("cloudtrail-organization", org, trail(generate.OrganizationTrail))), "ORG_ID="+exampleOrg)
	bucket("control-tower", "cloudtrail", total(fill("control-tower", org, trail(generate.ControlTower))), "ORG_ID="+exampleOrg)
	// start_from now leaves out the three that there are; the range has one.
	old, from := fill("backfill", generate.Options{}, trail(generate.AccountTrail)), w.Now.Add(-10*time.Minute).Truncate(5*time.Minute)
	all["backfill"] = exampleLogs{
		[]string{"LOG_BUCKET=backfill", "BACKFILL_FROM=" + from.Format(time.RFC3339), "BACKFILL_TO=" + from.Add(5*time.Minute).Format(time.RFC3339)},
		map[string]int{"backfill.json cloudtrail": total(old[1:2])},
	}
	bucket("sqs", "cloudtrail", total(fillQueue(t, w, fill("sqs", generate.Options{}, trail(generate.AccountTrail)))), "QUEUE_URL="+w.URL+"/"+harness.Account+"/sqs")
	flowFiles := fill("vpcflow", generate.Options{}, flows)
	bucket("vpcflow", "vpcflow", total(flowFiles)-count(t, flowFiles, " NODATA\n"))
	bucket("waf", "aws_waf", total(fill("waf", generate.Options{}, waf)), "WEB_ACL=shop")
	bucket("waf-firehose", "aws_waf", total(fill("waf-firehose", generate.Options{}, firehose)))

	tenant := func(account, role, externalID string) generate.Options {
		w.AWS.AddRole(fakeaws.Role{
			ARN:     "arn:aws:iam::" + account + ":role/" + role,
			Trusted: []string{harness.Account}, ExternalID: externalID,
		})
		return generate.Options{Accounts: []string{account}, Regions: []string{"us-east-1"}}
	}
	acme := tenant("222200000001", "log-collector", "acme-4711")
	globex := tenant("222200000002", "log-collector", "globex-4711")
	initech := tenant("222200000003", "security/log-collector", "initech-4711")
	all["mssp"] = exampleLogs{
		[]string{"ACME_EXTERNAL_ID=acme-4711", "GLOBEX_EXTERNAL_ID=globex-4711", "INITECH_EXTERNAL_ID=initech-4711"},
		map[string]int{
			"aws.json cloudtrail Acme Corp": total(fill("acme-trail", acme, trail(generate.AccountTrail))),
			"aws.json vpcflow Acme Corp":    total(fill("acme-flows", acme, flows)),
			"aws.json cloudtrail Globex":    total(fill("globex-trail", globex, trail(generate.AccountTrail))),
			"aws.json aws_waf Initech":      total(fill("aws-waf-logs-initech", initech, waf)),
		},
	}
	fillLogGroups(t, w, all)
	return all
}

// fillQueue makes the queue that is told of the files of bucket "sqs". The two
// runs of the example share it, and each finds by listing what the other took:
// the files are an hour old.
func fillQueue(t *testing.T, w *harness.World, files []generate.Object) []generate.Object {
	t.Helper()
	w.AWS.AddQueue(fakeaws.Queue{Name: "sqs-dead", Account: harness.Account})
	w.AWS.AddQueue(fakeaws.Queue{Name: "sqs", Account: harness.Account, DeadLetters: "sqs-dead", MaxReceives: 5})
	for _, f := range files {
		err := w.AWS.PutObject("sqs", f.Key, f.Body, fakeaws.WithLastModified(w.Now.Add(-time.Hour)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := w.AWS.Notification(fakeaws.Direct, "sqs", f.Key)
		if err == nil {
			err = w.AWS.SendMessage("sqs", body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// count is how often text stands in the inflated files.
func count(t *testing.T, files []generate.Object, text string) (n int) {
	t.Helper()
	for _, f := range files {
		r, err := gzip.NewReader(bytes.NewReader(f.Body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(body, []byte(text))
	}
	return n
}

// fillLogGroups makes the log groups of the examples for CloudWatch, and one
// that none of them names.
func fillLogGroups(t *testing.T, w *harness.World, all map[string]exampleLogs) {
	t.Helper()
	const events = 25
	g := w.Generator(1, time.Hour, generate.Options{})
	flow := func([]byte) []byte {
		return fmt.Appendf(nil, "2 %s eni-1 10.0.0.1 10.0.0.2 4000 443 6 10 840 1748854860 1748854920 ACCEPT OK", harness.Account)
	}
	for group, next := range map[string]func([]byte) []byte{
		"/aws/eks/prod/cluster": g.AppendAudit,
		"/ecs/shop":             g.AppendContainer,
		"aws-waf-logs-edge":     g.AppendWAF,
		"/aws/events/guardduty": g.AppendFindingEvent,
		"/vpc/flow-logs-main":   flow,
		"/other":                g.AppendContainer,
	} {
		w.AWS.AddLogGroup(group, harness.Region, harness.Account)
		for i := range events {
			event := fakeaws.LogEvent{Time: w.Now.Add(-time.Duration(i+1) * time.Minute), Message: string(next(nil))}
			if err := w.AWS.PutLogEvents(group, "stream", event); err != nil {
				t.Fatal(err)
			}
		}
	}
	all["cloudwatch-containers"] = exampleLogs{want: map[string]int{"aws.json aws_cloudwatch_log": 2 * events}}
	all["cloudwatch-waf"] = exampleLogs{want: map[string]int{"aws.json aws_cloudwatch_waf": events}}
	all["cloudwatch-guardduty"] = exampleLogs{want: map[string]int{"aws.json aws_guardduty": events}}
	all["cloudwatch-vpcflow"] = exampleLogs{want: map[string]int{"aws.json aws_cloudwatch_vpcflow": events}}
	all["routing"] = exampleLogs{want: map[string]int{
		"aws.json aws_cloudwatch_log": 2 * events,
		"waf.json aws_cloudwatch_waf": events,
		"findings.json aws_guardduty": events,
	}}
}
