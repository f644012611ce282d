package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const golden = "../golden/testdata"

// samples are the golden pairs that the README shows, one for each kind of
// record; those that are not there are left out.
var samples = []struct{ title, pair string }{
	{"CloudTrail: a call of an API", "cloudtrail_management"},
	{"CloudTrail: an Insight event", "cloudtrail_insight_start"},
	{"CloudTrail: a network activity event", "cloudtrail_network_activity"},
	{"CloudTrail: an aggregated event", "cloudtrail_aggregated"},
	{"VPC flow", "vpcflow_v2"},
	{"VPC flow, version 11", "vpcflow_v11"},
	{"VPC flow: no data", "vpcflow_nodata"},
	{"Transit Gateway flow", "vpcflow_tgw"},
	{"WAF", "waf_regional"},
	{"CloudWatch Logs: a line of a container", "logs/ecs_lines"},
	{"CloudWatch Logs: an audit event of EKS", "logs/eks_audit"},
	{"CloudWatch Logs: VPC flow", "logs/vpcflow_default"},
	{"CloudWatch Logs: WAF", "logs/waf"},
	{"CloudWatch Logs: a GuardDuty finding", "logs/guardduty_api_call"},
}

// samplesText shows an original and its record for each kind.
func samplesText() string {
	var b strings.Builder
	for _, s := range samples {
		in, err := os.ReadFile(filepath.Join(golden, s.pair+".in"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		original, record := firstOriginal(s.pair, in), firstRecord(s.pair)
		fmt.Fprintf(&b, "<details>\n<summary>%s</summary>\n\n```\n%s\n```\n\nbecomes\n\n```json\n%s\n```\n\n</details>\n\n", s.title, original, record)
	}
	return b.String()
}

// firstOriginal is the first record of an input: a line of a flow log with its
// header, the message of the first log event, or JSON.
func firstOriginal(pair string, in []byte) string {
	lines := bytes.Split(bytes.TrimSpace(in), []byte{'\n'})
	switch {
	case strings.HasPrefix(pair, "vpcflow") && '0' <= in[0] && in[0] <= '9':
		return string(lines[0]) // without a header
	case strings.HasPrefix(pair, "vpcflow"):
		return string(lines[0]) + "\n" + string(lines[1])
	case strings.HasPrefix(pair, "logs/"):
		in = lines[1]
		if in[0] != '{' {
			return string(in)
		}
	}
	var first json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(in)).Decode(&first); err != nil {
		return err.Error()
	}
	var file struct{ Records []json.RawMessage }
	if err := json.Unmarshal(first, &file); err == nil && len(file.Records) > 0 {
		first = file.Records[0]
	}
	return folded(first, "", 0)
}

func firstRecord(pair string) string {
	text, err := os.ReadFile(filepath.Join(golden, pair+".expected.json"))
	if err != nil {
		return err.Error()
	}
	var events []struct{ Record json.RawMessage }
	if err := json.Unmarshal(text, &events); err != nil || len(events) == 0 {
		return fmt.Sprintf("%d records: %v", len(events), err)
	}
	return folded(events[0].Record, "", 0)
}

// width is how many characters a line of JSON should have at the most.
const width = 112

// folded writes a JSON value on one line, if it fits there after what the line
// begins with, else its members one after another on as few lines as they need.
func folded(value json.RawMessage, indent string, used int) string {
	var line bytes.Buffer
	if err := json.Compact(&line, value); err != nil {
		return err.Error()
	}
	if c := line.Bytes()[0]; len(indent)+used+line.Len() <= width || c != '{' && c != '[' {
		return line.String()
	}
	dec := json.NewDecoder(&line)
	open, _ := dec.Token() // it was read above
	inner := indent + "  "
	var members []string
	for dec.More() {
		name := ""
		if open == json.Delim('{') {
			key, _ := dec.Token()
			name = fmt.Sprintf("%q: ", key)
		}
		var member json.RawMessage
		if err := dec.Decode(&member); err != nil {
			return err.Error()
		}
		members = append(members, name+folded(member, inner, len(name)))
	}
	closing, _ := dec.Token()
	return fmt.Sprint(open) + "\n" + inner + filled(members, inner) + "\n" + indent + fmt.Sprint(closing)
}

// filled puts members on lines that they fill; one of several lines has them
// for itself.
func filled(members []string, indent string) string {
	var b strings.Builder
	column := 0
	for k, m := range members {
		if k > 0 {
			b.WriteByte(',')
			if column+len(m)+3 > width || strings.Contains(m, "\n") || strings.Contains(members[k-1], "\n") {
				b.WriteString("\n" + indent)
				column = 0
			} else {
				b.WriteByte(' ')
			}
		}
		if column == 0 {
			column = len(indent)
		}
		b.WriteString(m)
		column += len(m) + 2
	}
	return b.String()
}
