package decode

import (
	"bytes"
	"strings"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/jsonscan"
)

// logClass is what an event of CloudWatch Logs is.
type logClass int

const (
	classText    logClass = iota // not JSON
	classObject                  // a JSON object of no kind below
	classWAF                     // a record of AWS WAF
	classFinding                 // a finding of GuardDuty, bare or in its EventBridge event
)

// wafGroups is how the names of the log groups begin that AWS WAF writes to
// (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
const wafGroups = "aws-waf-logs-"

var findingEvent = []byte(`"` + interflow.FindingEvent + `"`)

// classify tells what a message is: by its group's name, else by the names
// that its object has.
func classify(group string, message []byte) logClass {
	i := jsonscan.Space(message, 0)
	if i == len(message) || message[i] != '{' {
		return classText
	}
	end, _ := jsonscan.Skip(message, i)
	if end < 0 || jsonscan.Space(message, end) != len(message) {
		return classText
	}
	if strings.HasPrefix(group, wafGroups) {
		return classWAF
	}
	return classOf(message[i:end])
}

// The names that tell records apart; bits of what was seen.
const (
	hasACL = 1 << iota
	hasRequest
	hasDetail
	hasDetailType // of a finding
	hasID
	hasType
	hasSeverity // a number: logs of others have one in words
	hasUpdatedAt
	hasSchema // or resource: one of them may be cut

	wafNames   = hasACL | hasRequest
	eventNames = hasDetail | hasDetailType
	// Of those that every finding has
	// (https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html).
	findingNames = hasSchema | hasID | hasType | hasSeverity | hasUpdatedAt
)

// classOf looks at the names of a whole object. Those of a finding begin with
// capitals where somebody wrote down what the API GetFindings answered.
func classOf(object []byte) logClass {
	seen := 0
	for i := jsonscan.Space(object, 1); object[i] == '"'; {
		name, value := jsonscan.Name(object, i)
		end, _ := jsonscan.Skip(object, value)
		switch string(name) {
		case "webaclId":
			seen |= hasACL
		case "httpRequest":
			seen |= hasRequest
		case "detail":
			seen |= hasDetail
		case "detail-type":
			if bytes.Equal(object[value:end], findingEvent) {
				seen |= hasDetailType
			}
		case "schemaVersion", "SchemaVersion", "resource", "Resource":
			seen |= hasSchema
		case "id", "Id":
			seen |= hasID
		case "type", "Type":
			seen |= hasType
		case "severity", "Severity":
			if '0' <= object[value] && object[value] <= '9' {
				seen |= hasSeverity
			}
		case "updatedAt", "UpdatedAt":
			seen |= hasUpdatedAt
		}
		if i = jsonscan.Space(object, end); object[i] == ',' {
			i = jsonscan.Space(object, i+1)
		}
	}
	switch {
	case seen&wafNames == wafNames:
		return classWAF
	case seen&eventNames == eventNames, seen&findingNames == findingNames:
		return classFinding
	}
	return classObject
}
