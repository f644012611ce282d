package generate

import "strings"

var oddHead = mustParse(`{"eventVersion":"1.11","userIdentity":` + strings.ReplaceAll(identities["user"], "${user}", "odd") + `,"eventTime":"${time}","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"${region}","sourceIPAddress":"${ip}","userAgent":"odd","requestParameters":`)

// oddPart is a piece of an odd record and why it is odd.
type oddPart struct{ name, why, request string }

// oddParameters are request parameters.
var oddParameters = []oddPart{
	{"integers beyond 2^53", "float64 rounds them", `{"a":9007199254740993,"b":-9007199254740993,"c":9007199254740992}`},
	{"integers at 2^63 and 2^64", "the ends of the integer types", `{"maxInt":9223372036854775807,"minInt":-9223372036854775808,"overInt":9223372036854775808,"maxUint":18446744073709551615}`},
	{"integers beyond 2^64", "no integer type holds them", `{"over":18446744073709551616,"under":-9223372036854775809,"huge":123456789012345678901234567890123456789}`},
	{"floats that float64 rounds", "the digits are the value", `{"pi":3.14159265358979323846264338327950288,"third":0.33333333333333333333,"big":1e400,"small":1e-400,"price":0.1000000000000000055}`},
	{"floats that stay", "text and value differ in form only", `{"average":8.82145E-5,"bytesTransferredIn":0.0,"negativeZero":-0.0,"minusZero":-0,"exponent":1E+2,"trailing":1.50}`},
	{"keys with dots and dashes", "joined names get ambiguous", `{"a.b":1,"a":{"b":2},"x-amz-id-2":"v","$ref":3,"with space":4,"a/b":5,"Host":"h","host":"i"}`},
	{"keys that collide when joined", "requestParameters_a_b comes twice", `{"a_b":1,"a":{"b":2,"b_c":3},"a_b_c":4,"":{"":5},"_":6}`},
	{"empty values", "no field at all", `{"string":"","object":{},"array":[],"arrays":[[],{},""],"deep":{"object":{"array":[]}}}`},
	{"nulls everywhere", "null is not a value", `{"a":null,"b":[null,null],"c":{"d":null},"e":[{"f":null}]}`},
	{"escapes of every kind", "two characters in the text, one in the value", `{"a":"\"\\\/\b\f\n\r\t","b":"\u0041\u00e9\u20AC","c":"\\u0041","d":"tab\\t","e":"\u2028\u2029","f":"<>&\u003c"}`},
	{"control characters", "NUL in a value", `{"nul":"a\u0000b","all":"\u0001\u0008\u001f\u007f\u0080\u009f","\u0000":"key"}`},
	{"surrogate pairs", "two escapes, one character", `{"a":"\ud83d\ude00","b":"x\uD834\uDD1Ey","\ud83d\udd11":"key"}`},
	{"lone surrogates", "no character at all", `{"high":"\ud800","low":"\udc00","highThenText":"\ud83dx","highThenEscape":"\ud83d\u0041","twoHigh":"\ud83d\ud83d\ude00","end":"\ud83d\\"}`},
	{"invalid UTF-8", "bytes that are no text", "{\"lone\":\"\x80\",\"cut\":\"a\xe2\x82\",\"overlong\":\"\xc0\xaf\",\"surrogate\":\"\xed\xa0\x80\",\"beyond\":\"\xf4\x90\x80\x80\",\"ff\":\"\xff\xfe\",\"k\xff\":1}"},
	{"non-ASCII text", "characters of two, three and four bytes", `{"name":"Jörg Müller","城市":"東京","emoji":"👩‍🚀","rtl":"שלום","combining":"é","bom":"` + "\ufeff" + `x"}`},
	{"duplicate keys", "which one counts", `{"a":1,"a":"two","b":{"c":1},"b":{"d":2}}`},
	{"JSON in strings", "must stay text", `{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}","nested":"\"{\\\"a\\\":\\\"\\\\u0041\\\"}\""}`},
	{"braces in strings", "must not count as nesting", `{"a":"}]}","b":"{\"Records\":[","c":"\\\"}","d":"],\"Records\":["}`},
	{"omitted", "a marker for what was too large", `{"omitted":true,"originalSize":150123,"reason":"requestParameters is too large"}`},
	{"array of arrays", "mixed and nested arrays", `{"m":[[1,[2,[3]]],{"a":[{"b":[]}]},"s",4,5.5,true,null]}`},
}

// oddTails are further top level elements.
var oddTails = []oddPart{
	{"unknown elements", "a version to come", `,"newElement":{"deep":{"er":1}},"newScalar":18446744073709551615`},
	{"names that collide at the top", "a joined name that is there already", `,"userIdentity_type":"text","userIdentity.type":"text","timestamp":"x","msg_class":7,"srcip":{"a":1},"stellar_uuid":null`},
	{"duplicate elements", "the last one, or the first", `,"eventName":"Second","eventTime":"2001-01-01T00:00:00Z"`},
	{"wrong types", "strings for booleans and the reverse", `,"readOnly":"True","managementEvent":"true","sessionCredentialFromConsole":true,"resources":["arn:aws:s3:::b"],"tlsDetails":"TLSv1.3","apiVersion":20250602`},
	{"eventTime with fraction", "more than seconds", `,"eventTime":"2025-06-02T09:00:00.123456789Z"`},
	{"eventTime with offset", "not UTC", `,"eventTime":"2025-06-02T11:00:00+02:00"`},
	{"eventTime with a space", "as SQL engines write it", `,"eventTime":"2025-06-02 09:00:00.000000000"`},
	{"eventTime is a number", "epoch milliseconds", `,"eventTime":1748854800000`},
	{"eventTime is no time", "no time to be found", `,"eventTime":"redacted"`},
	{"eventTime is null", "no time to be found", `,"eventTime":null`},
	{"eventTime beyond the calendar", "out of any range", `,"eventTime":"9999-12-31T23:59:60Z"`},
	{"sourceIPAddress is a service", "no address", `,"sourceIPAddress":"AWS Internal/3"`},
	{"sourceIPAddress is IPv6 with a zone", "no plain address", `,"sourceIPAddress":"fe80::1%eth0"`},
	{"userIdentity is a string", "no object", `,"userIdentity":"root"`},
	{"eventID is empty", "nothing to make an id of", `,"eventID":""`},
}
