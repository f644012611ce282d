package generate

import "strings"

// trailEvent describes one kind of CloudTrail record. Its fields are template
// texts; what is empty is left out of the record, but for the two elements
// that are always there and then are null.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type trailEvent struct {
	name       string // source and event name: kms.Decrypt; a suffix after a space tells variants apart
	weight     int    // share in a trail, 0 for events that no trail log holds
	who        string // names of identities, space separated, one drawn each time
	ip         string // default: an address
	agent      string // default: a drawn agent
	errorCode  string
	errorText  string
	request    string
	response   string
	additional string
	details    string // serviceEventDetails
	resources  string
	eventType  string // default AwsApiCall
	category   string // default Management
	endpoint   string // vpcEndpointId and vpcEndpointAccountId
	tail       string // further top level elements, starting with a comma
	write      bool   // not readOnly
	plain      bool   // no tlsDetails: the call came from inside AWS
	host       string // TLS host name, default: the service's in the region
}

// variants gives the event as one choice per identity.
func (e trailEvent) variants() []choice {
	who := strings.Fields(e.who)
	all := make([]choice, 0, len(who))
	for _, id := range who {
		all = append(all, choice{name: e.name, weight: max(e.weight/len(who), min(e.weight, 1)), text: mustParse(e.text(identities[id]))})
	}
	return all
}

// text puts the record together in the key order of real ones.
func (e trailEvent) text(identity string) string {
	service, event, _ := strings.Cut(e.name, ".")
	event, _, _ = strings.Cut(event, " ")
	category := orDefault(e.category, "Management")
	var b strings.Builder
	add := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
	}
	add(`{"eventVersion":"`, orDefault(versionOf[category], "${one:1.11|1.11|1.11|1.10|1.09|1.08}"), `","userIdentity":`, identity,
		`,"eventTime":"${time}","eventSource":"`, service, `.amazonaws.com","eventName":"`, event, `","awsRegion":"${region}","sourceIPAddress":"`, orDefault(e.ip, "${anyip}"),
		`","userAgent":"`, orDefault(e.agent, "${agent}"), `"`)
	if e.errorCode != "" {
		add(`,"errorCode":"`, e.errorCode, `"`)
	}
	if e.errorText != "" {
		add(`,"errorMessage":"`, e.errorText, `"`)
	}
	add(`,"requestParameters":`, orDefault(e.request, "null"), `,"responseElements":`, orDefault(e.response, "null"))
	optional := func(key, value string) {
		if value != "" {
			add(`,"`, key, `":`, value)
		}
	}
	optional("additionalEventData", e.additional)
	add(`,"requestID":"${request}","eventID":"${event}","readOnly":`, boolText(!e.write))
	optional("resources", e.resources)
	add(`,"eventType":"`, orDefault(e.eventType, "AwsApiCall"), `","managementEvent":`, boolText(category == "Management"), `,"recipientAccountId":"${account}"`)
	optional("serviceEventDetails", e.details)
	add(e.endpoint, `,"eventCategory":"`, category, `"`, e.tail)
	if !e.plain {
		add(`,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"`, orDefault(e.host, service+".${region}.${suffix}"), `"}`)
	}
	add("}")
	return b.String()
}

// versionOf is the eventVersion of categories that have one of their own.
var versionOf = map[string]string{"NetworkActivity": "1.09"}

func boolText(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

// The VPC endpoint of a private call.
const privateEndpoint = `,"vpcEndpointId":"vpce-0d985940f92611b87","vpcEndpointAccountId":"${account}"`
