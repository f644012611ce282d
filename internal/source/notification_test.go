package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

var noonText = noon.Format(time.RFC3339)

// s3Record is one of the Records of S3's own form; key is encoded.
func s3Record(event, bucket, key string) string {
	return fmt.Sprintf(`{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":%q,"eventName":%q,"userIdentity":{"principalId":"AWS:X"},`+
		`"s3":{"s3SchemaVersion":"1.0","configurationId":"c","bucket":{"name":%q,"ownerIdentity":{"principalId":"A"},"arn":"arn:aws:s3:::x"},`+
		`"object":{"key":%q,"size":12,"eTag":"e1","versionId":"v","sequencer":"0055AED6DCD90281E5"}}}`, noonText, event, bucket, key)
}

func s3Event(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }

func viaSNS(message string) string {
	text, err := json.Marshal(map[string]string{
		"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Subject": "Amazon S3 Notification",
		"Message": message, "Timestamp": noonText, "SignatureVersion": "1",
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func bridgeEvent(kind, bucket, key string) string {
	return fmt.Sprintf(`{"version":"0","id":"i","detail-type":%q,"source":"aws.s3","account":"111122223333","time":%q,"region":"us-east-1","resources":["arn:aws:s3:::x"],`+
		`"detail":{"version":"0","bucket":{"name":%q},"object":{"key":%q,"size":12,"etag":"e1","version-id":"v","sequencer":"617f08299329d189"},"request-id":"r","reason":"PutObject"}}`,
		kind, noonText, bucket, key)
}

// trailEvent is what CloudTrail itself sends to the topic of a trail.
func trailEvent(bucket string, keys ...string) string {
	list, err := json.Marshal(keys)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"s3Bucket":%q,"s3ObjectKey":%s}`, bucket, list)
}

const testEvent = `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-22T12:00:00.000Z","Bucket":"logs","RequestId":"r","HostId":"h"}`

func TestParseNotification(t *testing.T) {
	created := func(key string) ObjectEvent {
		return ObjectEvent{Bucket: "logs", Key: key, ETag: "e1", Size: 12, Time: noon, Created: true}
	}
	removed := created("a")
	removed.Created = false
	one := s3Event(s3Record("ObjectCreated:Put", "logs", "a"))
	named := func(key string) ObjectEvent { return ObjectEvent{Bucket: "logs", Key: key, Created: true} }
	tests := map[string]struct {
		body string
		want []ObjectEvent // nil: an error
	}{
		"direct":                {one, []ObjectEvent{created("a")}},
		"encoded key":           {s3Event(s3Record("ObjectCreated:CompleteMultipartUpload", "logs", "a+b%2B%C3%BC%2F%26")), []ObjectEvent{created("a b+ü/&")}},
		"several":               {s3Event(s3Record("ObjectCreated:Put", "logs", "a"), s3Record("ObjectCreated:Copy", "logs", "b")), []ObjectEvent{created("a"), created("b")}},
		"compatible store":      {s3Event(s3Record("s3:ObjectCreated:Put", "logs", "a")), []ObjectEvent{created("a")}},
		"removed":               {s3Event(s3Record("ObjectRemoved:Delete", "logs", "a")), []ObjectEvent{removed}},
		"through SNS":           {viaSNS(one), []ObjectEvent{created("a")}},
		"EventBridge":           {bridgeEvent("Object Created", "logs", "a+b%2B ü"), []ObjectEvent{created("a+b%2B ü")}},
		"EventBridge, deleted":  {bridgeEvent("Object Deleted", "logs", "a"), []ObjectEvent{removed}},
		"EventBridge, SNS":      {viaSNS(bridgeEvent("Object Created", "logs", "a b")), []ObjectEvent{created("a b")}},
		"CloudTrail, raw":       {trailEvent("logs", "a+b%2B ü"), []ObjectEvent{named("a+b%2B ü")}},
		"CloudTrail, SNS":       {viaSNS(trailEvent("logs", "a", "b")), []ObjectEvent{named("a"), named("b")}},
		"CloudTrail, no keys":   {viaSNS(trailEvent("logs")), nil},
		"CloudTrail, empty key": {trailEvent("logs", "a", ""), nil},
		"CloudTrail, no bucket": {trailEvent("", "a"), nil},
		"CloudTrail, one text":  {`{"s3Bucket":"logs","s3ObjectKey":"a"}`, nil},
		"badly encoded key":     {s3Event(s3Record("ObjectCreated:Put", "logs", "a%zz")), nil},
		"no key":                {s3Event(s3Record("ObjectCreated:Put", "logs", "")), nil},
		"another case":          {strings.Replace(one, "Records", "records", 1), nil},
		"no JSON":               {"hello", nil},
		"JSON of somebody":      {`{"a":1}`, nil},
		"array":                 {`[` + one + `]`, nil},
		"other types":           {`{"Records":{"a":1}}`, nil},
		"no records":            {`{"Records":[]}`, nil},
		"SNS subscription":      {`{"Type":"SubscriptionConfirmation","Message":"You have chosen to subscribe","SubscribeURL":"https://x"}`, nil},
		"SNS of somebody":       {viaSNS("hello"), nil},
		"SNS in SNS":            {viaSNS(viaSNS(one)), nil},
		"other service's event": {`{"source":"aws.ec2","detail-type":"State change","detail":{}}`, nil},
		"EventBridge, no key":   {`{"source":"aws.s3","detail-type":"Object Created","detail":{"bucket":{"name":"logs"}}}`, nil},
		"not Unicode":           {strings.Replace(one, `"a"`, "\"\xff\"", 1), nil},
		"cut":                   {one[:len(one)-1], nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := ParseNotification(test.body)
			if (err != nil) != (test.want == nil) || err != nil && !errors.Is(err, errNoNotification) || !reflect.DeepEqual(n.Events, test.want) {
				t.Errorf("got %+v, %v", n, err)
			}
		})
	}
	if n, err := ParseNotification(testEvent); err != nil || n.TestBucket != "logs" || n.Events != nil {
		t.Errorf("test event: %+v, %v", n, err)
	}
	for _, body := range []string{trailTest, viaSNS(trailTest)} {
		if n, err := ParseNotification(body); err != nil || !reflect.DeepEqual(n, Notification{TrailTest: true}) {
			t.Errorf("test of CloudTrail: %+v, %v", n, err)
		}
	}
}

func TestClaim(t *testing.T) {
	const folder = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/22/"
	const log = folder + "111122223333_CloudTrail_us-east-1_20261122T1200Z_aaaa.json.gz"
	const digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/22/111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20261122T120000Z.json.gz"
	layout, err := Compile(config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/*")
	if err != nil {
		t.Fatal(err)
	}
	record := func(bucket, key string) string {
		return s3Record("ObjectCreated:Put", bucket, strings.ReplaceAll(url.QueryEscape(key), "%2F", "/"))
	}
	tests := map[string]struct {
		body    string
		objects int
		foreign bool
	}{
		"a log":                  {s3Event(record("logs", log)), 1, false},
		"EventBridge's":          {bridgeEvent("Object Created", "logs", log), 1, false},
		"two logs and a digest":  {s3Event(record("logs", log), record("logs", digest), record("logs", log+"x")), 2, false},
		"CloudTrail's own":       {viaSNS(trailEvent("logs", log, digest)), 1, false},
		"CloudTrail's of other":  {viaSNS(trailEvent("other", log)), 0, true},
		"a digest":               {s3Event(record("logs", digest)), 0, false},
		"a log that was removed": {s3Event(s3Record("ObjectRemoved:Delete", "logs", log)), 0, false},
		"a folder":               {s3Event(record("logs", folder)), 0, false},
		"the test":               {testEvent, 0, false},
		"CloudTrail's test":      {viaSNS(trailTest), 0, false},
		"another bucket's test":  {strings.Replace(testEvent, "logs", "other", 1), 0, true},
		"another bucket":         {s3Event(record("other", log)), 0, true},
		"a log and another's":    {s3Event(record("logs", log), record("other", log)), 1, true},
		"flow logs":              {s3Event(record("logs", "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/22/111122223333_vpcflowlogs_us-east-1_fl-1_20261122T1200Z_aaaa.log.gz")), 0, true},
		"Insights":               {s3Event(record("logs", strings.ReplaceAll(log, "CloudTrail", "CloudTrail-Insight"))), 0, true},
		"Config":                 {s3Event(record("logs", "AWSLogs/111122223333/Config/us-east-1/2026/11/22/x.json.gz")), 0, true},
		"another folder":         {s3Event(record("logs", "AWSLogs/111122223333/Config/")), 0, true},
		"the digests of another": {s3Event(record("logs", "own/"+digest)), 0, true},
		"no notification":        {"hello", 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := layout.Claim("logs", test.body)
			if len(c.Objects) != test.objects || c.Foreign != test.foreign || c.Foreign != (c.Why != "") {
				t.Errorf("got %+v", c)
			}
		})
	}
	want := Object{
		Bucket: "logs", Key: log, ETag: "e1", Size: 12, LastModified: noon,
		Family: "AWSLogs/111122223333/CloudTrail/us-east-1/111122223333_CloudTrail_us-east-1_", Time: noon,
	}
	if c := layout.Claim("logs", s3Event(record("logs", log))); len(c.Objects) != 1 || c.Objects[0] != want {
		t.Errorf("object %+v, want %+v", c.Objects, want)
	}
}
