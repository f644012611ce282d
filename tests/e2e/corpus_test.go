package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
)

// corpusDir holds real CloudTrail data that is not part of the repository.
const corpusDir = "../../../shared/corpora/cloudtrail"

// corpusAccount is the account under which all of the corpus is stored.
const corpusAccount = "218007301253"

// corpus makes S3 objects of the corpus; none where it is absent. The files
// of one data set are logs as CloudTrail has delivered them, one is even
// compressed; those of another are plain arrays of records, put into a frame.
func corpus(t *testing.T, now time.Time) []generate.Object {
	t.Helper()
	var objects []generate.Object
	add := func(pattern string, frame bool) {
		files, err := filepath.Glob(filepath.Join(corpusDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if frame {
				body = fmt.Appendf(nil, `{"Records":%s}`, body)
			}
			compressed := strings.HasSuffix(file, ".gz")
			if !compressed {
				body = generate.Gzip(body)
			}
			o := generate.Object{Body: body, Gzip: true, Key: corpusKey(len(objects), now)}
			o.Records = len(originals(t, o))
			objects = append(objects, o)
		}
	}
	add("invictus_s3_files/*.json", false)
	add("stratus/*.json", true)
	add("coralogix_s3_file/*.gz", false)
	return objects
}

func corpusKey(i int, now time.Time) string {
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/us-east-1/%s/%s_CloudTrail_us-east-1_%s_%016d.json.gz",
		corpusAccount, now.Format("2006/01/02"), corpusAccount, now.Format("20060102T1504Z"), i)
}

// originals are the records of a CloudTrail object, without elements that are
// no objects.
func originals(t *testing.T, o generate.Object) []map[string]any {
	t.Helper()
	raw, err := o.Raw()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var file struct{ Records []any }
	if err := decoder.Decode(&file); err != nil {
		t.Fatalf("%s: %v", o.Key, err)
	}
	var records []map[string]any
	for _, v := range file.Records {
		if record, ok := v.(map[string]any); ok {
			records = append(records, record)
		}
	}
	return records
}
