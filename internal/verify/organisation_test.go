package verify_test

import (
	"testing"
	"time"

	"in_stellar_aws/internal/health"
	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// TestOrganisation: digests of three accounts in two regions, each region with
// a key of its own; one account's file is missing in one of them.
func TestOrganisation(t *testing.T) {
	accounts, regions := []string{"111122223333", "222233334444", "333344445555"}, []string{"us-east-1", "eu-central-1"}
	l := newLab(t)
	l.prefix = "AWSLogs/o-exampleorgid/*/CloudTrail/*"
	l.restart()
	g := generate.New(3, generate.Options{Start: start, Bucket: bucket, Accounts: accounts, Regions: regions, OrgID: "o-exampleorgid"})
	missing := ""
	for r, region := range regions {
		key := generate.NewDigestKey(3 + r)
		l.aws.AddPublicKey(fakeaws.PublicKey{Region: region, Value: key.DER(), Fingerprint: key.Fingerprint()})
		for _, account := range accounts {
			of := generate.File{Account: account, Region: region, Records: 2}
			chain := g.Digests(of, generate.OrganizationTrail)
			chain.Use(key)
			for hour := range hours {
				of.At = start.Add(time.Duration(hour)*time.Hour + 30*time.Minute)
				file := g.CloudTrailFile(generate.TrailFile{File: of, Layout: generate.OrganizationTrail})
				l.put(file, of.At.Add(time.Minute))
				if r == 1 && account == accounts[1] && hour == 2 {
					missing = file.Key
				}
				o, err := chain.Next(of.At.Add(30*time.Minute), []generate.Object{file})
				if err != nil {
					t.Fatal(err)
				}
				l.putDigest(o.Key, o.Body, o.Metadata)
			}
		}
	}
	l.delete(missing)
	l.now = start.Add(hours*time.Hour + 10*time.Minute)
	l.want("log_file_missing " + missing)
	l.want()
	l.wantCount(health.Digests, 6*hours)
	l.wantCount(health.DigestFiles, 6*hours-1)
	l.wantCount(health.DigestsUnverified, 0)
	if n := l.aws.Requests()["cloudtrail.ListPublicKeys"]; n != 2 {
		t.Errorf("CloudTrail was asked %d times for keys, want once a region", n)
	}
}
