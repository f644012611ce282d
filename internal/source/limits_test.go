package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// TestManyFamilies has somebody write hundreds of thousands of families of
// names among real ones: requests and memory stay bounded, the error names the
// folder, and what was collected before goes on.
func TestManyFamilies(t *testing.T) {
	const hostile = 300_000
	real := func(at time.Time, n int) string { return flowKey("2006/01/02/", "fl-zzzz", at, n) } // sorts last
	l := newLab(t, config.SubTypeVPCFlow, "AWSLogs/111122223333/vpcflowlogs/us-east-1", real(noon.Add(-time.Minute), 0))
	l.wantPoll(real(noon.Add(-time.Minute), 0))

	keys := make([]string, hostile)
	at := noon.Add(-time.Hour)
	for i := range keys {
		keys[i] = flowKey("2006/01/02/", fmt.Sprintf("fl-%06d", i), at, 0)
	}
	l.bucket.put(keys...)
	for i := range 3 {
		l.now = l.now.Add(5 * time.Minute)
		fresh := real(l.now.Add(-time.Minute), i+1)
		l.bucket.put(fresh)
		found, stats, err := l.tryPoll()
		if err == nil || !strings.Contains(err.Error(), "s3://logs/AWSLogs/111122223333/vpcflowlogs/us-east-1/ holds more than 10000 families of object names") {
			t.Fatalf("poll %d: %v", i, err)
		}
		if !slices.Contains(found, fresh) || len(found) > maxFamilies {
			t.Errorf("poll %d: found %d keys, and the real one: %v", i, len(found), slices.Contains(found, fresh))
		}
		// The first poll meets the accepted ones, at a page for each thousand.
		if stats.Lists > 2*maxFamilies/pageSize+40 {
			t.Errorf("poll %d: %d requests", i, stats.Lists)
		}
	}
	for _, r := range l.poller.roots {
		if len(r.families) > maxFamilies {
			t.Errorf("%d families are known", len(r.families))
		}
	}
}

// TestManyBases is the same with folders above the date.
func TestManyBases(t *testing.T) {
	at := noon.Add(-time.Minute)
	l := newLab(t, config.SubTypeCloudTrail, "AWSLogs/"+account+"/CloudTrail/*", trailKey(account, region, at, 0))
	l.wantPoll(trailKey(account, region, at, 0))
	var keys []string
	for i := range 5_000 {
		keys = append(keys, trailKey(account, fmt.Sprintf("aa-east-%05d", i), at, 0))
	}
	l.bucket.put(keys...)
	for i := range 3 {
		l.now = l.now.Add(5 * time.Minute)
		fresh := trailKey(account, region, l.now.Add(-time.Minute), i+1)
		l.bucket.put(fresh)
		found, stats, err := l.tryPoll()
		if err == nil || !strings.Contains(err.Error(), "holds more than 1000 folders of logs") {
			t.Fatalf("poll %d: %v", i, err)
		}
		if !slices.Contains(found, fresh) {
			t.Errorf("poll %d: the real one is missing among %d, %+v", i, len(found), stats)
		}
	}
}

// TestManyAccounts has more folders than a wildcard stands for.
func TestManyAccounts(t *testing.T) {
	at := noon.Add(-time.Minute)
	var keys []string
	for i := range maxFolders + 5000 {
		keys = append(keys, trailKey(fmt.Sprintf("%012d", i), region, at, 0))
	}
	layout, err := Compile(config.SubTypeCloudTrail, "AWSLogs/*/CloudTrail/"+region)
	if err != nil {
		t.Fatal(err)
	}
	folders, errs := Expand(t.Context(), newBucket(keys...), layout, "logs", 4)
	if len(folders) != maxFolders || len(errs) != 1 || !strings.Contains(errs[0].Error(), "s3://logs/AWSLogs/ holds more than 50000 folders") {
		t.Errorf("%d folders, %v", len(folders), errs)
	}
}
