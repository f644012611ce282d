package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/reference"
)

// bodies are the records among events.
func bodies(t *testing.T, buf []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	for r := newReader(buf); ; {
		_, record, err := r.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
}

// originals are the records in JSON text: of a file's frame, of a list, or one
// after another.
func originals(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	var add func(v any)
	add = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				add(element)
			}
		case map[string]any:
			if list, ok := v["Records"]; ok {
				add(list)
				return
			}
			all = append(all, v)
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	for dec.UseNumber(); dec.More(); {
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		add(v)
	}
	return all
}

// logs makes a check of logs one for lines of rules' tests that hold a log.
func logs(check func(t *testing.T, text []byte) int) func(t *testing.T, text []byte) int {
	return func(t *testing.T, text []byte) int {
		t.Helper()
		var plain []byte
		for line := range bytes.Lines(text) {
			var test struct{ Log json.RawMessage }
			if err := json.Unmarshal(line, &test); err != nil {
				t.Fatal(err)
			}
			plain = append(append(plain, test.Log...), '\n')
		}
		return check(t, plain)
	}
}

// compareAll compares every record of an object with its original.
func compareAll(t *testing.T, got, want []map[string]any, compare func(body, record map[string]any) error) int {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for k, record := range want {
		if err := compare(got[k], record); err != nil {
			text, _ := json.Marshal(record)
			t.Errorf("record %d: %v in %.300s", k+1, err, text)
		}
	}
	return len(want)
}

func newTrail() *decode.Records {
	return decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{FlattenDepth: 3}), "eventVersion", now)
}

func trailObject(t *testing.T, object []byte) int {
	t.Helper()
	buf, _ := decodeObject(t, newTrail(), "key", object)
	return compareAll(t, bodies(t, buf), originals(t, plain(t, object)), func(body, record map[string]any) error {
		return errors.Join(reference.CloudTrail(body, record), reference.CloudTrailStandard(body, record, nobody))
	})
}

// digestObject is known by its shape; no record is made of it.
func digestObject(t *testing.T, object []byte) int {
	t.Helper()
	_, stats := decodeObject(t, newTrail(), "key", object)
	if !stats.Digest || stats.Records != 0 {
		t.Errorf("a digest: %+v", stats)
	}
	return 0
}

// controlMessage holds no record, for any connector.
func controlMessage(t *testing.T, object []byte) int {
	t.Helper()
	for _, d := range []decoder{newTrail(), newFlow(), newWAF()} {
		if _, stats := decodeObject(t, d, "key", object); stats != (decode.Stats{}) {
			t.Errorf("%+v", stats)
		}
	}
	return 0
}

// messages are the texts in a subscription's message.
func messages(t *testing.T, object []byte) [][]byte {
	t.Helper()
	var message struct{ LogEvents []struct{ Message string } }
	if err := json.Unmarshal(object, &message); err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, event := range message.LogEvents {
		all = append(all, []byte(event.Message))
	}
	return all
}

// cutSubscription has messages that are cut, as the documentation shows them:
// each is said, none is taken for a record.
func cutSubscription(t *testing.T, object []byte) int {
	t.Helper()
	out := &damaged{}
	stats, err := newTrail().Decode(t.Context(), bytes.NewReader(object), decode.Object{}, out)
	if want := len(messages(t, object)); err != nil || stats.Records != 0 || len(out.bad) != want || want == 0 {
		t.Errorf("%+v, error %v, bad %v; want %d bad records", stats, err, out.bad, want)
	}
	// The same with whole messages.
	whole := bytes.ReplaceAll(object, []byte(`\"}"}`), []byte(`\"}}"}`))
	var want []map[string]any
	for _, text := range messages(t, whole) {
		want = append(want, originals(t, text)...)
	}
	buf, _ := decodeObject(t, newTrail(), "key", whole)
	return compareAll(t, bodies(t, buf), want, func(body, record map[string]any) error {
		return errors.Join(reference.CloudTrail(body, record), reference.CloudTrailStandard(body, record, nobody))
	})
}

// damaged gathers the bad records of an object without good ones.
type damaged struct{ bad []*decode.RecordError }

func (d *damaged) Flush(_ context.Context, buf []byte, _ uint64) ([]byte, error) { return buf, nil }
func (d *damaged) Bad(err *decode.RecordError)                                   { d.bad = append(d.bad, err) }

func newFlow() *decode.Flow {
	return decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{}), nil, now)
}

func flowObject(t *testing.T, object []byte) int {
	t.Helper()
	buf, _ := decodeObject(t, newFlow(), "key", object)
	got := bodies(t, buf)
	lines := strings.Split(strings.TrimSpace(string(plain(t, object))), "\n")
	fields, lines := strings.Fields(lines[0]), lines[1:]
	if len(got) != len(lines) {
		t.Fatalf("%d records, want %d", len(got), len(lines))
	}
	for k, line := range lines {
		if err := reference.Flow(got[k], fields, strings.TrimSpace(line), nobody); err != nil {
			t.Errorf("%v in %s", err, line)
		}
	}
	return len(lines)
}

func newWAF() *decode.Records {
	return decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, interflow.Settings{}), "timestamp", now)
}

func wafObject(t *testing.T, object []byte) int {
	t.Helper()
	buf, _ := decodeObject(t, newWAF(), "key", object)
	return compareAll(t, bodies(t, buf), originals(t, object), func(body, record map[string]any) error {
		return reference.WAF(body, record, nobody)
	})
}

// eventRecords are the records of log events that hold the texts.
func eventRecords(t *testing.T, o decode.LogOptions, texts [][]byte) []map[string]any {
	t.Helper()
	o.Now, o.ParseJSON = now, true
	d := decode.NewLogs(o)
	d.Begin()
	var buf []byte
	for k, text := range texts {
		group := interflow.LogGroup{ARN: "arn:aws:logs:us-east-1:111122223333:log-group:corpora", Name: "corpora", Region: "us-east-1", Account: "111122223333"}
		event := interflow.LogEvent{ID: fmt.Sprint(k), Stream: "stream", Timestamp: objectTime * 1000, Message: text}
		buf = d.Append(buf, &group, &event)
	}
	return bodies(t, buf)
}

// lines are the lines of a text, without their ends.
func lines(text []byte) [][]byte {
	return bytes.Split(bytes.TrimSpace(text), []byte{'\n'})
}

// generic compares a log of no known kind with its text.
func generic(body map[string]any, text []byte, record map[string]any) error {
	cloudwatch, _ := body["aws_cloudwatch"].(map[string]any)
	if body["msg_class"] != "aws_cloudwatch_log" || body["message"] != string(text) {
		return fmt.Errorf("class %v, message %v", body["msg_class"], body["message"])
	}
	return reference.Same(cloudwatch["json"], record, 3)
}

func genericLog(t *testing.T, object []byte) int {
	t.Helper()
	object = bytes.TrimSpace(object)
	return compareAll(t, eventRecords(t, decode.LogOptions{}, [][]byte{object}), originals(t, object), func(body, record map[string]any) error {
		return generic(body, object, record)
	})
}

// audit compares audit events of Kubernetes.
func audit(t *testing.T, text []byte) int {
	t.Helper()
	texts := lines(text)
	k := 0
	return compareAll(t, eventRecords(t, decode.LogOptions{}, texts), originals(t, text), func(body, record map[string]any) error {
		k++
		if version, _ := record["apiVersion"].(string); !strings.HasPrefix(version, "audit.k8s.io/") {
			return generic(body, texts[k-1], record) // a test's, which nothing tells from other logs
		}
		user, _ := record["user"].(map[string]any)
		sources, _ := record["sourceIPs"].([]any)
		want := map[string]any{"srcip": nil, "srcip_username": user["username"], "action": record["verb"]}
		if len(sources) > 0 {
			want["srcip"] = sources[0]
		}
		return errors.Join(generic(body, texts[k-1], record), standards(body, want))
	})
}

// standards compares fields; nil is none, and so is an empty text.
func standards(body, want map[string]any) error {
	for name, value := range want {
		if value == "" || value == "-" {
			value = nil
		}
		if fmt.Sprint(body[name]) != fmt.Sprint(value) {
			return fmt.Errorf("%s: got %v, want %v", name, body[name], value)
		}
	}
	return nil
}

// finding compares findings of GuardDuty.
func finding(t *testing.T, text []byte) int {
	t.Helper()
	return compareAll(t, eventRecords(t, decode.LogOptions{}, lines(text)), originals(t, text), func(body, record map[string]any) error {
		if err := reference.Same(body["aws_guardduty"], capitalised(record), 3); err != nil {
			return err
		}
		event, _ := body["event"].(map[string]any)
		threat, _ := event["threat"].(map[string]any)
		if threat["name"] != record["type"] {
			return fmt.Errorf("event.threat.name: got %v, want %v", threat["name"], record["type"])
		}
		severity, err := record["severity"].(json.Number).Float64()
		if err != nil {
			return err
		}
		return standards(body, map[string]any{"aws_guardduty_id": record["id"], "severity": int(severity*10 + 0.5), "msg_class": "aws_guardduty"})
	})
}

// capitalised is a finding with the first letter of every key in upper case.
func capitalised(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for name, value := range v {
			m[strings.ToUpper(name[:1])+name[1:]] = capitalised(value)
		}
		return m
	case []any:
		list := slices.Clone(v)
		for k := range list {
			list[k] = capitalised(list[k])
		}
		return list
	}
	return v
}
