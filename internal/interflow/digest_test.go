package interflow_test

import (
	"maps"
	"testing"
	"time"

	"in_stellar_aws/internal/interflow"
)

func TestDigestFault(t *testing.T) {
	m := interflow.NewDigestFaults(interflow.Settings{TenantName: "t", TenantID: "7"})
	fault := interflow.DigestFault{
		Problem: "log_file_altered", Time: time.Unix(1_795_000_000, 0), Account: "111122223333", Region: "us-east-1",
		Digest: "d.json.gz", Object: "o\xff.json.gz", Expected: "aa", Found: "bb",
	}
	sec, nsec, body := decodeEvent(t, m.Append(nil, fault, 1_795_000_000_123))
	if sec != 1_795_000_000 || nsec != 0 {
		t.Errorf("time %d.%d", sec, nsec)
	}
	for name, want := range map[string]any{
		"timestamp": int64(1_795_000_000_000), "write_time": int64(1_795_000_000_123), "msg_class": "cloudtrail", "tenant_name": "t", "tenantid": "7",
		"stellar_uuid": "d55a033baab9dcd3e0ed8baf2bd246ae", // a promise: never change it
	} {
		if body[name] != want {
			t.Errorf("%s is %v, want %v", name, body[name], want)
		}
	}
	want := map[string]any{
		"problem": "log_file_altered", "account_id": "111122223333", "region": "us-east-1",
		"digest": "d.json.gz", "object": "o\uFFFD.json.gz", "expected": "aa", "found": "bb",
	}
	if got, ok := body["cloudtrail_digest"].(map[string]any); !ok || !maps.Equal(got, want) {
		t.Errorf("cloudtrail_digest %v, want %v", body["cloudtrail_digest"], want)
	}
}
