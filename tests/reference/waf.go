package reference

import (
	"errors"
	"fmt"
	"strings"
)

// aclFields are the parts of webaclId that stand beside the original.
var aclFields = []string{"web_acl_name", "web_acl_scope", "region", "account_id"}

// WAFRecord is the original that is in the body, without what was added.
func WAFRecord(body map[string]any) map[string]any {
	native, _ := body["aws_waf"].(map[string]any)
	record := make(map[string]any, len(native))
	for k, v := range native {
		record[k] = v
	}
	for _, name := range aclFields {
		delete(record, name)
	}
	return record
}

// WAF compares a WAF log entry (of Parse) that AWS has written, with a
// complete request, with the body of the event that was made of it.
func WAF(body, record map[string]any, e Envelope) error {
	if err := Same(WAFRecord(body), record, 3); err != nil {
		return fmt.Errorf("aws_waf: %w", err)
	}
	request, ok := record["httpRequest"].(map[string]any)
	if !ok {
		return errors.New("the entry has no httpRequest")
	}
	at := func(m map[string]any, name string) string {
		s, _ := m[name].(string)
		return s
	}
	native := body["aws_waf"].(map[string]any)
	geo, _ := body["srcip_geo"].(map[string]any)
	var errs []error
	compare := func(name string, got any, want string) {
		if (want == "" || want == "-") && got == nil || got == want {
			return
		}
		errs = append(errs, fmt.Errorf("%s: got %v, want %q", name, got, want))
	}
	compare("msg_class", body["msg_class"], "aws_waf")
	compare("srcip", body["srcip"], at(request, "clientIp"))
	compare("action", body["action"], strings.ToLower(at(record, "action")))
	compare("srcip_geo.countryCode", geo["countryCode"], at(request, "country"))
	compare("url", body["url"], url(request))

	// arn:aws:wafv2:REGION:ACCOUNT:SCOPE/webacl/NAME/ID
	if arn := strings.SplitN(at(record, "webaclId"), ":", 6); len(arn) == 6 {
		parts := strings.Split(arn[5], "/")
		compare("aws_waf.region", native["region"], arn[3])
		compare("aws_waf.account_id", native["account_id"], arn[4])
		if len(parts) == 4 {
			compare("aws_waf.web_acl_scope", native["web_acl_scope"], parts[0])
			compare("aws_waf.web_acl_name", native["web_acl_name"], parts[2])
		}
	}
	millis, _ := integer(record["timestamp"])
	return errors.Join(append(errs, e.check(body, millis), origin(body, "cloudtrail", "waf"))...)
}

// url puts the request's URL together.
func url(request map[string]any) string {
	at := func(name string) string {
		s, _ := request[name].(string)
		return s
	}
	host := at("host")
	if headers, ok := request["headers"].([]any); ok && host == "" {
		for _, h := range headers {
			if header, ok := h.(map[string]any); ok && strings.EqualFold(fmt.Sprint(header["name"]), "host") {
				host = fmt.Sprint(header["value"])
				break
			}
		}
	}
	text := host + at("uri")
	if scheme := at("scheme"); scheme != "" && host != "" {
		text = scheme + "://" + text
	}
	if args := at("args"); args != "" {
		text += "?" + args
	}
	return text
}
