package golden_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"in_stellar_aws/tests/reference"
)

// corporaDir holds logs that others have published. They are not part of the
// repository.
const corporaDir = "../../../shared/corpora"

// nobody is the envelope of a connector without a tenant, for records without
// a time.
var nobody = reference.Envelope{WriteTime: written, Fallback: objectTime * 1000}

// corpora are the files, what reads and compares each, and how many records
// that gives at the least. Every record of a file must come, whole, with its
// standard fields right.
var corpora = []struct {
	pattern string
	check   func(t *testing.T, text []byte) (records int)
	least   int // of all files together
}{
	{"cloudtrail/invictus_s3_files/*.json", trailObject, 1448},
	{"cloudtrail/invictus.jsonl", trailObject, 1448},
	{"cloudtrail/stratus/*.json", trailObject, 135}, // lists
	{"cloudtrail/stratus.jsonl", trailObject, 135},
	{"cloudtrail/coralogix_s3_file/*.gz", trailObject, 20},
	{"cloudtrail/coralogix.jsonl", trailObject, 20},
	{"cloudtrail/panther_rules.jsonl", logs(trailObject), 249},
	{"cloudtrail/aws_docs/cloudtrail_aggregated_event.json", trailObject, 1},
	{"cloudtrail/aws_docs/cloudtrail_digest*.json", digestObject, 0},
	{"vpcflow/coralogix_s3_file/*.gz", flowObject, 2},
	{"vpcflow/otel_contrib/*.log", flowObject, 3},
	{"vpcflow/otel_contrib/vpc_expected.condensed.jsonl", flowExpected, 1},
	{"waf/panther_rules.jsonl", logs(wafObject), 44},
	{"waf/otel_contrib/waf_valid_log_multi.json", wafObject, 2},
	{"waf/otel_contrib/waf_valid_log_expected.condensed.json", wafExpected, 1},
	{"cloudwatch/aws_docs/cwl_control_message.json", controlMessage, 0},
	{"cloudwatch/aws_docs/cwl_data_message_cloudtrail.json", cutSubscription, 3},
	{"cloudwatch/aws_docs/eventbridge_guardduty_envelope.json", genericLog, 1}, // its finding is empty
	{"cloudwatch/otel_contrib/valid_vpc_flow_cw_custom.json", customFlow, 2},
	{"eks_audit/panther_rules.jsonl", logs(audit), 87},
	{"guardduty/panther_rules.jsonl", logs(finding), 4},
}

// TestCorpora reads every file of the corpora.
func TestCorpora(t *testing.T) {
	if _, err := os.Stat(corporaDir); err != nil {
		t.Skipf("no corpora: %v", err)
	}
	read := map[string]bool{"README.md": true}
	for _, c := range corpora {
		t.Run(c.pattern, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(corporaDir, c.pattern))
			if err != nil {
				t.Fatal(err)
			}
			records := 0
			for _, file := range files {
				name, err := filepath.Rel(corporaDir, file)
				if err != nil {
					t.Fatal(err)
				}
				read[filepath.ToSlash(name)] = true
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				records += c.check(t, text)
			}
			if len(files) == 0 || records < c.least {
				t.Errorf("%d records in %d files, want %d", records, len(files), c.least)
			}
		})
	}
	err := fs.WalkDir(os.DirFS(corporaDir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !read[name] {
			t.Errorf("nothing reads %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plain is an object's text without its gzip layer, if it has one.
func plain(t *testing.T, object []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(object, []byte{0x1f, 0x8b}) {
		return object
	}
	r, err := gzip.NewReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
