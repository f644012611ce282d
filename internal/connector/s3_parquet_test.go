package connector_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// TestS3Parquet collects a Parquet flow log that is too large to be read in
// one piece, under a Hive-compatible prefix.
func TestS3Parquet(t *testing.T) {
	type flow struct {
		Version     int32  `parquet:"version,optional"`
		AccountID   string `parquet:"account_id,optional,dict"`
		InterfaceID string `parquet:"interface_id,optional"`
		SrcAddr     string `parquet:"srcaddr,optional"`
		Start       int64  `parquet:"start,optional"`
		End         int64  `parquet:"end,optional"`
	}
	const rows = 60_000
	w := newS3World(t)
	var file bytes.Buffer
	writer := parquet.NewGenericWriter[flow](&file, parquet.Compression(&parquet.Gzip), parquet.MaxRowsPerRowGroup(11_000))
	for k := range rows {
		row := flow{2, testAccount, fmt.Sprintf("eni-%017x", uint64(k)*0x9e3779b97f4a7c15>>1), fmt.Sprintf("10.%d.%d.%d", k>>16, k>>8&255, k&255), w.now.Unix() - 60, w.now.Unix()}
		if _, err := writer.Write([]flow{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if file.Len() < 512<<10 {
		t.Fatalf("the file has only %d bytes", file.Len())
	}
	prefix := "AWSLogs/aws-account-id=" + testAccount + "/aws-service=vpcflowlogs/aws-region=eu-west-1"
	at := w.now.Add(-10 * time.Minute)
	key := prefix + at.Format("/year=2006/month=01/day=02/") + testAccount + "_vpcflowlogs_eu-west-1_fl-1234_" + at.Format("20060102T1504Z") + "_0a1b2c3d.log.parquet"
	if err := w.aws.PutObject(testBucket, key, file.Bytes()); err != nil {
		t.Fatal(err)
	}
	r := run(t, w.section(t, keys{"sub_type": "vpcflow", "prefix": prefix}))
	r.until("all records", func() bool { return len(r.ids()) == rows })
	r.stop()
}
