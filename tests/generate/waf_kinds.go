package generate

// WAF entries are put together from a decision, a request and what follows it.
//
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
const (
	wafHead = `{"timestamp":${ms},"formatVersion":1,"webaclId":"arn:${partition}:wafv2:${region}:${account}:${one:regional|regional|global}/webacl/${acl}/e3132a63-134d-4da9-a0c4-b166ddd6de6c",`

	wafSource   = `,"httpSourceName":"${one:ALB|ALB|APIGW}","httpSourceId":"${account}-app/shop-alb/${hex:16}",`
	wafSourceCF = `,"httpSourceName":"CF","httpSourceId":"E${id:13}",`

	wafAllowed = `"terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[]`

	wafQuietGroups = `"ruleGroupList":[` + wafQuietCommon + `,{"ruleGroupId":"AWS#AWSManagedRulesAmazonIpReputationList","terminatingRule":null,"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}]`
	wafQuietCommon = `{"ruleGroupId":"AWS#AWSManagedRulesCommonRuleSet#Version_1.16","terminatingRule":null,"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}`
	wafQuietRest   = `,"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":null,`

	wafBrowser = `"httpRequest":{"clientIp":"${ip}","country":"${country}","headers":[{"name":"Host","value":"shop.example.com"},{"name":"User-Agent","value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${n:120..137}.0.0.0 Safari/537.36"},` +
		`{"name":"Accept","value":"text/html,application/xhtml+xml,*/*;q=0.8"},{"name":"Accept-Language","value":"${one:en-US,en;q=0.9|de-DE,de;q=0.9|nl}"},{"name":"Accept-Encoding","value":"gzip, deflate, br, zstd"},{"name":"Referer","value":"https://shop.example.com/"},{"name":"Cookie","value":"sid=${b62:32}; _ga=GA1.2.${digits:9}.${epoch}"},{"name":"X-Forwarded-For","value":"${ip}"}],` +
		`"uri":"/${one:products/search|checkout/cart|assets/app.css|größen}","args":"${one:|q=shoes&page=2|utm_source=news%20letter&x=%7B1%7D}","httpVersion":"HTTP/2.0","httpMethod":"${one:GET|GET|POST}","requestId":"1-${hex:8}-${hex:24}","fragment":"","scheme":"https","host":"shop.example.com"},`

	wafScanner = `"httpRequest":{"clientIp":"${ip}","country":"${country}","headers":[{"name":"host","value":"shop.example.com"},{"name":"user-agent","value":"${one:curl/8.5.0|python-requests/2.32.3|Nikto/2.5.0|}"},{"name":"accept","value":"*/*"},{"name":"accept","value":"text/plain"},{"name":"x-forwarded-for","value":"${ip}, ${ip}"},{"name":"content-type","value":"application/x-www-form-urlencoded"}],` +
		`"uri":"/${one:wp-login.php|.env|admin/../../etc/passwd|api/v1/users}","args":"id=1%27%20OR%20%271%27=%271&debug=<script>alert(\"x\")</script>","httpVersion":"HTTP/1.1","httpMethod":"${one:GET|POST|PROPFIND}","requestId":"${b62:40}==","fragment":"","scheme":"https","host":"shop.example.com"},`

	wafLabels = `"labels":[{"name":"awswaf:clientip:geo:country:${country}"},{"name":"awswaf:clientip:geo:region:${country}-XX"},{"name":"awswaf:managed:token:absent"}]`

	wafTail = `,"ja3Fingerprint":"${hex:32}","ja4Fingerprint":"t13d${n:1000..1999}h2_${hex:12}_${hex:12}","requestBodySize":${n:0..4000},"requestBodySizeInspectedByWAF":${n:0..4000},"clientAsn":${n:1000..64000}}`
)

// wafChoices are the kinds of entries; the first is what AppendWAFSized grows.
func wafChoices() []choice {
	kinds := []struct {
		name   string
		weight int
		text   string
	}{
		{"allow", 50, wafHead + wafAllowed + wafSource + wafQuietGroups + wafQuietRest + wafBrowser + wafLabels + wafTail},
		{"allow cloudfront", 20, wafHead + wafAllowed + wafSourceCF + `"ruleGroupList":[` + wafQuietCommon + `]` + wafQuietRest + wafBrowser + wafLabels + wafTail},
		{"count", 8, wafHead + wafAllowed + wafSource + `"ruleGroupList":[{"ruleGroupId":"AWS#AWSManagedRulesBotControlRuleSet#Version_3.1","terminatingRule":null,"nonTerminatingMatchingRules":[{"ruleId":"SignalNonBrowserUserAgent","action":"COUNT","ruleMatchDetails":null,"overriddenAction":"BLOCK"}],"excludedRules":[{"ruleId":"CategoryMonitoring","exclusionType":"EXCLUDED_AS_COUNT"}],"customerConfig":null}],"rateBasedRuleList":[],` +
			`"nonTerminatingMatchingRules":[{"ruleId":"log-admin-path","action":"COUNT","ruleMatchDetails":[]}],"requestHeadersInserted":[{"name":"x-amzn-waf-bot","value":"true"},{"name":"x-amzn-waf-score","value":"7"}],"responseCodeSent":null,` + wafScanner +
			`"labels":[{"name":"awswaf:managed:aws:bot-control:bot:category:http_library"},{"name":"awswaf:managed:aws:bot-control:bot:name:curl"},{"name":"awswaf:clientip:geo:country:${country}"}]` + wafTail},
		{"block sql injection", 6, wafHead + `"terminatingRuleId":"AWS-AWSManagedRulesSQLiRuleSet","terminatingRuleType":"MANAGED_RULE_GROUP","action":"BLOCK","terminatingRuleMatchDetails":[{"conditionType":"SQL_INJECTION","sensitivityLevel":"HIGH","location":"QUERY_STRING","matchedData":["1'","OR","'1'='1"],"matchedFieldName":"id"}]` + wafSource +
			`"ruleGroupList":[` + wafQuietCommon + `,{"ruleGroupId":"AWS#AWSManagedRulesSQLiRuleSet","terminatingRule":{"ruleId":"SQLi_QUERYARGUMENTS","action":"BLOCK","ruleMatchDetails":null},"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}]` + wafQuietRest + wafScanner +
			`"labels":[{"name":"awswaf:managed:aws:sql-database:SQLi_QueryArguments"},{"name":"awswaf:clientip:geo:country:${country}"}]` + wafTail},
		{"block cross-site scripting", 3, wafHead + `"terminatingRuleId":"xss","terminatingRuleType":"REGULAR","action":"BLOCK","terminatingRuleMatchDetails":[{"conditionType":"XSS","location":"BODY","matchedData":["<","script"]}]` + wafSource + wafQuietGroups +
			`,"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":418,` + wafScanner + wafLabels + `,"oversizeFields":["REQUEST_BODY","REQUEST_HEADERS"]` + wafTail},
		{"block rate", 6, wafHead + `"terminatingRuleId":"rate-per-ip","terminatingRuleType":"RATE_BASED","action":"BLOCK","terminatingRuleMatchDetails":[]` + wafSource +
			`"ruleGroupList":[],"rateBasedRuleList":[{"rateBasedRuleId":"arn:${partition}:wafv2:${region}:${account}_MANAGED:regional/ipset/rate/${uuid}","rateBasedRuleName":"rate-per-ip","limitKey":"IP","maxRateAllowed":2000,"evaluationWindowSec":${one:300|"120"},"limitValue":"${ip}"},` +
			`{"rateBasedRuleId":"arn:${partition}:wafv2:${region}:${account}_MANAGED:regional/ipset/keys/${uuid}","rateBasedRuleName":"rate-per-key","limitKey":"CUSTOMKEYS","maxRateAllowed":100,"evaluationWindowSec":60,"customValues":[{"key":"HEADER","name":"x-api-key","value":"${hex:20}"},{"key":"FORWARDED_IP","value":"${ip}"}]}],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":429,` + wafScanner + wafLabels + wafTail},
		{"captcha", 3, wafHead + `"terminatingRuleId":"captcha-login","terminatingRuleType":"REGULAR","action":"CAPTCHA","terminatingRuleMatchDetails":[]` + wafSource + wafQuietGroups + `,"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":405,` + wafBrowser + wafLabels +
			`,"captchaResponse":{"responseCode":405,"solveTimestamp":${one:0|1748851200},"failureReason":"TOKEN_MISSING"}` + wafTail},
		{"challenge", 2, wafHead + `"terminatingRuleId":"silent-challenge","terminatingRuleType":"REGULAR","action":"CHALLENGE","terminatingRuleMatchDetails":[]` + wafSourceCF + wafQuietGroups + `,"rateBasedRuleList":[],"nonTerminatingMatchingRules":[{"ruleId":"solved","action":"CAPTCHA","ruleMatchDetails":[],"captchaResponse":{"responseCode":0,"solveTimestamp":${epoch:-30}}}],"requestHeadersInserted":null,"responseCodeSent":202,` + wafBrowser + wafLabels +
			`,"challengeResponse":{"responseCode":202,"solveTimestamp":0,"failureReason":"TOKEN_EXPIRED"}` + wafTail},
		// Before 2022 entries ended with the request; its id could be the string null.
		{"old", 1, wafHead + wafAllowed + `,"httpSourceName":"-","httpSourceId":"-","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"httpRequest":{"clientIp":"${ip}","country":"-","headers":[],"uri":"/","args":"","httpVersion":"HTTP/1.0","httpMethod":"GET","requestId":"null"}}`},
		{"classic", 1, `{"timestamp":${ms},"formatVersion":1,"webaclId":"${uuid}","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","httpSourceName":"CF","httpSourceId":"E${id:13}","ruleGroupList":[],"rateBasedRuleList":[{"rateBasedRuleId":"${uuid}","limitKey":"IP","maxRateAllowed":2000}],"nonTerminatingMatchingRules":[],"httpRequest":{"clientIp":"${ip}","country":"${country}","headers":[{"name":"Host","value":"shop.example.com"}],"uri":"/","args":"a=1","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"${b62:40}=="}}`},
	}
	all := make([]choice, len(kinds))
	for i, k := range kinds {
		all[i] = choice{k.name, k.weight, mustParse(k.text)}
	}
	return all
}
