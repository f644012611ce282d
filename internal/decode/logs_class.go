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
	hasSeverity
	hasService
	hasUpdatedAt
	hasSchema // or resource: one of them may be cut

	wafNames     = hasACL | hasRequest
	eventNames   = hasDetail | hasDetailType
	findingNames = hasSeverity | hasService | hasUpdatedAt | hasSchema
)

// classOf looks at the names of a whole object.
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
		case "severity":
			seen |= hasSeverity
		case "service":
			seen |= hasService
		case "resource", "schemaVersion":
			seen |= hasSchema
		case "updatedAt":
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
