package connector

import (
	"context"
	"strings"
	"testing"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/decode"
)

// noted takes a decoder's events, and what it could not read.
type noted struct {
	events []byte
	bad    []error
}

func (n *noted) Flush(_ context.Context, buf []byte, _ uint64) ([]byte, error) {
	n.events = append(n.events, buf...)
	return buf[:0], nil
}

func (n *noted) Bad(err *decode.RecordError) { n.bad = append(n.bad, err) }

// TestS3FlowFormat has lines that Firehose wrote, of a format of one's own: no
// header tells it, so the section does. A header goes before it.
func TestS3FlowFormat(t *testing.T) {
	const lines = `{"message":"eni-1 10.0.0.1 10.0.0.2 1418530010"}` + "\n" + `{"message":"eni-2 10.0.0.3 10.0.0.4 1418530011"}`
	for name, test := range map[string]struct {
		format, object string
		records        uint64
		bad            int
		has            string // in the events
	}{
		"told":      {"interface-id srcaddr dstaddr start", lines, 2, 0, "interface_id\xa5eni-2"},
		"not told":  {"", lines, 0, 2, ""},
		"by header": {"interface-id srcaddr dstaddr start", "srcaddr start\n10.0.0.9 1418530010", 1, 0, "srcaddr\xa810.0.0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := config.Parse(sectionOf{
				"connector": "cloudtrail", "connector_name": "flows", "sub_type": "vpcflow", "bucket": "flows", "prefix": "firehose", "vpc_flow_format": test.format,
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewS3(cfg, Host{})
			if err != nil {
				t.Fatal(err)
			}
			out := &noted{}
			stats, err := s.decoder().Decode(t.Context(), strings.NewReader(test.object), decode.Object{}, out)
			if err != nil || stats.Records != test.records || len(out.bad) != test.bad || !strings.Contains(string(out.events), test.has) {
				t.Errorf("%d records, bad %v, error %v, events %q", stats.Records, out.bad, err, out.events)
			}
		})
	}
}
