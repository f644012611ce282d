package generate

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// trailElements are the documented top level elements of all record schemas.
var trailElements = strings.Fields(`eventTime eventVersion userIdentity eventSource eventName awsRegion sourceIPAddress requestParameters responseElements eventID eventType
	eventCategory userAgent errorCode errorMessage additionalEventData requestID readOnly resources recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId serviceEventDetails
	managementEvent addendum sessionCredentialFromConsole tlsDetails insightDetails accountId eventId timeWindow summary`)

// requiredElements are those every record but Insight and aggregated ones has.
var requiredElements = strings.Fields(`eventTime eventVersion userIdentity eventSource eventName awsRegion sourceIPAddress requestParameters responseElements eventID eventType eventCategory`)

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("not JSON: %v\n%.2000s", err, b)
	}
	return m
}

func TestEveryCloudTrailKindIsARecord(t *testing.T) {
	g := New(1, Options{Regions: []string{"us-east-1", "cn-north-1", "us-gov-west-1"}})
	kinds := CloudTrailKinds()
	if len(kinds) < 50 {
		t.Errorf("%d kinds, want 50 at least", len(kinds))
	}
	for _, kind := range kinds {
		b, err := g.AppendCloudTrailKind(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		record := decode(t, b)
		for key := range record {
			if !slices.Contains(trailElements, key) {
				t.Errorf("%s: element %q is not documented", kind, key)
			}
		}
		if strings.Contains(string(b), "${") {
			t.Errorf("%s: field left over in %s", kind, b)
		}
		switch record["eventCategory"] {
		case "Insight", "Aggregated":
			if _, ok := record["userIdentity"]; ok {
				t.Errorf("%s has a userIdentity", kind)
			}
			continue
		}
		for _, key := range requiredElements {
			if _, ok := record[key]; !ok {
				t.Errorf("%s: no %s", kind, key)
			}
		}
		if _, err := time.Parse("2006-01-02T15:04:05Z", record["eventTime"].(string)); err != nil {
			t.Errorf("%s: eventTime: %v", kind, err)
		}
	}
	if _, err := g.AppendCloudTrailKind(nil, "no.Such"); err == nil {
		t.Error("unknown kind: no error")
	}
}

func TestTrailMix(t *testing.T) {
	const n = 100_000
	g := New(2, Options{})
	ids := make(map[string]bool, n)
	names, identities := map[string]int{}, map[string]int{}
	times := map[string]bool{}
	uuidForm := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	var size int
	var b []byte
	for i := range n {
		b = g.AppendCloudTrail(b[:0])
		size += len(b)
		_, after, found := bytes.Cut(b, []byte(`"eventID":"`))
		if !found {
			t.Fatalf("no eventID in %s", b)
		}
		ids[string(after[:uuidLen])] = true
		if i%20 > 0 {
			continue // decoding all of them takes seconds
		}
		record := decode(t, b)
		if id := record["eventID"].(string); !uuidForm.MatchString(id) {
			t.Fatalf("eventID %s", id)
		}
		names[record["eventName"].(string)]++
		times[record["eventTime"].(string)] = true
		kind, _ := record["userIdentity"].(map[string]any)["type"].(string)
		identities[kind]++
	}
	if len(ids) != n {
		t.Errorf("%d eventIDs among %d records", len(ids), n)
	}
	if mean := size / n; mean < 1300 || mean > 1700 {
		t.Errorf("mean size %d bytes, want 1300 to 1700", mean)
	}
	if len(names) < 35 {
		t.Errorf("%d event names, want 35 at least", len(names))
	}
	for name, count := range names {
		if count > names["Decrypt"] {
			t.Errorf("%s occurs %d times, more than Decrypt's %d", name, count, names["Decrypt"])
		}
	}
	for _, kind := range []string{"IAMUser", "AssumedRole", "Root", "AWSService", "AWSAccount", "FederatedUser", "WebIdentityUser", "SAMLUser", "IdentityCenterUser", "Directory", "Unknown", ""} {
		if identities[kind] == 0 {
			t.Errorf("no record of identity type %q", kind)
		}
	}
	if want := int(DefaultSpan/time.Second) - 5; len(times) < want {
		t.Errorf("%d event times, want %d seconds covered", len(times), want)
	}
}

func TestInsightStartAndEndShareAnID(t *testing.T) {
	g := New(3, Options{})
	for range 20 {
		start, end := decode(t, g.AppendInsight(nil)), decode(t, g.AppendInsight(nil))
		if start["sharedEventID"] != end["sharedEventID"] || start["eventID"] == end["eventID"] {
			t.Fatalf("start %v and end %v do not pair", start, end)
		}
		if s := start["insightDetails"].(map[string]any)["state"]; s != "Start" {
			t.Fatalf("state %v, want Start", s)
		}
		if s := end["insightDetails"].(map[string]any)["state"]; s != "End" {
			t.Fatalf("state %v, want End", s)
		}
	}
}

func TestAggregatedHasItsOwnSchema(t *testing.T) {
	g := New(3, Options{})
	record := decode(t, g.AppendAggregated(nil))
	for _, absent := range []string{"eventTime", "eventName", "eventID", "recipientAccountId"} {
		if _, ok := record[absent]; ok {
			t.Errorf("has %s", absent)
		}
	}
	if record["eventId"] == nil || record["accountId"] == nil {
		t.Errorf("lacks eventId or accountId: %v", record)
	}
}

func TestCloudTrailFile(t *testing.T) {
	const random = `_[A-Za-z0-9]{16}\.json\.gz$`
	at := time.Date(2025, 6, 2, 10, 7, 31, 0, time.UTC)
	for name, tt := range map[string]struct {
		file TrailFile
		key  string
	}{
		"plain":         {TrailFile{}, `^AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/111122223333_CloudTrail_us-east-1_20250602T0900Z` + random},
		"prefix":        {TrailFile{File: File{Prefix: "a/b", At: at, Region: "eu-west-1"}}, `^a/b/AWSLogs/111122223333/CloudTrail/eu-west-1/2025/06/02/111122223333_CloudTrail_eu-west-1_20250602T1005Z` + random},
		"organisation":  {TrailFile{Layout: OrganizationTrail}, `^AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/`},
		"control tower": {TrailFile{Layout: ControlTower}, `^o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/`},
		"old landing":   {TrailFile{Layout: OldControlTower}, `^o-a1b2c3d4e5/AWSLogs/111122223333/CloudTrail/us-east-1/`},
		"insight":       {TrailFile{Class: Insight}, `/CloudTrail-Insight/us-east-1/2025/06/02/111122223333_CloudTrail-Insight_us-east-1_20250602T0900Z` + random},
		"network":       {TrailFile{Class: NetworkActivity}, `/CloudTrail-NetworkActivity/us-east-1/.*_CloudTrail-NetworkActivity_us-east-1_`},
		"aggregated":    {TrailFile{Class: Aggregated}, `/CloudTrail-Aggregated/us-east-1/.*_CloudTrail-Aggregated_us-east-1_`},
		"other account": {TrailFile{File: File{Account: "999988887777", Records: 3}}, `^AWSLogs/999988887777/CloudTrail/`},
		"empty":         {TrailFile{File: File{Records: -1}}, `^AWSLogs/`},
	} {
		t.Run(name, func(t *testing.T) {
			o := New(4, Options{}).CloudTrailFile(tt.file)
			if !regexp.MustCompile(tt.key).MatchString(o.Key) {
				t.Errorf("key %s does not match %s", o.Key, tt.key)
			}
			var log struct{ Records []json.RawMessage }
			raw := rawOf(t, o)
			if err := json.Unmarshal(raw, &log); err != nil {
				t.Fatal(err)
			}
			if len(log.Records) != o.Records || strings.Contains(string(raw), "\n") {
				t.Errorf("%d records on several lines, want %d on one", len(log.Records), o.Records)
			}
			if o.LastModified.Before(tt.file.At) || o.Records > 0 && (o.Newest.Before(o.Oldest) || o.Newest.After(o.LastModified)) {
				t.Errorf("events from %v to %v, stored %v", o.Oldest, o.Newest, o.LastModified)
			}
			for _, r := range log.Records {
				record := decode(t, r)
				if id := record["recipientAccountId"]; id != nil && id != o.Account || record["awsRegion"] != o.Region {
					t.Fatalf("record of %v %v in a file of %s %s", id, record["awsRegion"], o.Account, o.Region)
				}
			}
		})
	}
}

func rawOf(t *testing.T, o Object) []byte {
	t.Helper()
	raw, err := o.Raw()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
