package interflow

import "testing"

// TestKeyFilter holds the filter to its promise for the objects that AWS writes
// most: no name of theirs falls together with another. It is what keeps every
// record out of the slow way.
func TestKeyFilter(t *testing.T) {
	for name, keys := range map[string][]string{
		"CloudTrail": {
			"eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
			"errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
			"eventType", "apiVersion", "managementEvent", "recipientAccountId", "sharedEventID", "vpcEndpointId", "vpcEndpointAccountId",
			"eventCategory", "serviceEventDetails", "sessionCredentialFromConsole", "tlsDetails", "edgeDeviceDetails", "addendum", "insightDetails",
		},
		"userIdentity": {
			"type", "principalId", "arn", "accountId", "accessKeyId", "userName", "sessionContext", "invokedBy", "onBehalfOf", "inScopeOf",
			"credentialId", "identityProvider", "invokedByDelegate",
		},
		"sessionContext": {"sessionIssuer", "webIdFederationData", "attributes", "sourceIdentity", "ec2RoleDelivery", "assumedRoot"},
		"WAF": {
			"timestamp", "formatVersion", "webaclId", "terminatingRuleId", "terminatingRuleType", "action", "terminatingRuleMatchDetails",
			"httpSourceName", "httpSourceId", "ruleGroupList", "rateBasedRuleList", "nonTerminatingMatchingRules", "requestHeadersInserted",
			"responseCodeSent", "httpRequest", "labels", "captchaResponse", "challengeResponse", "ja3Fingerprint", "ja4Fingerprint",
			"oversizeFields", "requestBodySize", "requestBodySizeInspectedByWAF", "clientAsn", "forwardedAsn",
		},
		"httpRequest": {"clientIp", "country", "headers", "uri", "args", "httpVersion", "httpMethod", "requestId", "fragment", "scheme", "host"},
		"header":      {"name", "value"},
	} {
		var met keyFilter
		for _, key := range keys {
			if met.met([]byte(key)) {
				t.Errorf("%s: %s falls together with another name", name, key)
			}
		}
	}
	var met keyFilter
	for _, key := range []string{"", "a", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghijklmnopq"} {
		met.met([]byte(key))
		if !met.met([]byte(key)) {
			t.Errorf("%q is not known again", key)
		}
	}
}
