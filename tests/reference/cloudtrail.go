package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// flattenDepth is how many levels below requestParameters and responseElements
// become fields: the default of flatten_depth.
const flattenDepth = 3

// CloudTrail compares every leaf of a CloudTrail record (of Parse) with the
// body of the event that was made of it.
func CloudTrail(body, record map[string]any) error {
	if fields(record) > maxFields {
		return narrow(body, record)
	}
	var errs []error
	var walk func(name string, v any, levels int)
	walk = func(name string, v any, levels int) {
		switch v := v.(type) {
		case nil:
		case string:
			if v != "" && v != "-" && body[name] != v {
				errs = append(errs, fmt.Errorf("%s: got %v, want %q", name, body[name], v))
			}
		case map[string]any:
			switch {
			case levels == 0:
			case len(v) == 0:
				if err := Same(body[name], v, 2); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", name, err))
				}
			default:
				for k, member := range v {
					walk(name+"_"+k, member, levels-1)
				}
			}
		default:
			if err := Same(body[name], v, 2); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	for k, v := range record {
		levels := -1
		if k == "requestParameters" || k == "responseElements" {
			levels = flattenDepth
			if v != nil && v != "" && v != "-" {
				if err := SameText(body[k+"_str"], v); err != nil {
					errs = append(errs, fmt.Errorf("%s_str: %w", k, err))
				}
			}
		}
		walk(k, v, levels)
	}
	return errors.Join(errs...)
}

// Envelope is what an event has that is not of its record.
type Envelope struct {
	TenantName, TenantID string
	// Fallback is the time, in epoch milliseconds, of a record without one.
	Fallback int64
	// WriteTime in epoch milliseconds; 0: any time.
	WriteTime int64
}

// CloudTrailStandard compares the standard fields of the event's body with
// what the record says.
func CloudTrailStandard(body, record map[string]any, e Envelope) error {
	at := func(path ...string) string {
		var v any = record
		for _, name := range path {
			m, _ := v.(map[string]any)
			if v = m[name]; v == nil {
				v = m[strings.ToLower(name)] // as databases have it
			}
		}
		s, _ := v.(string)
		if s == "-" {
			s = ""
		}
		return s
	}
	want := map[string]string{
		"msg_class":   "cloudtrail",
		"tenant_name": e.TenantName,
		"tenantid":    e.TenantID,
	}
	if source := at("sourceIPAddress"); source != "" {
		if _, err := netip.ParseAddr(source); err == nil {
			want["srcip"] = source
		} else {
			want["srcip_host"] = source
		}
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}
	root := ""
	if at("userIdentity", "type") == "Root" {
		root = "Root"
	}
	want["srcip_username"] = first(at("userIdentity", "userName"), at("userIdentity", "sessionContext", "sessionIssuer", "userName"), root)
	want["srcip_usersid"] = first(at("userIdentity", "principalId"), at("userIdentity", "arn"))
	if at("eventName") == "ConsoleLogin" {
		want["login_type"] = "console"
		want["login_result"] = at("responseElements", "ConsoleLogin")
	}
	for _, name := range []string{"srcip", "srcip_host", "srcip_username", "srcip_usersid", "login_type", "login_result", "msg_class", "tenant_name", "tenantid"} {
		got, present := body[name]
		switch {
		case want[name] == "" && present:
			return fmt.Errorf("%s: got %v, want none", name, got)
		case want[name] != "" && got != want[name]:
			return fmt.Errorf("%s: got %v, want %q", name, got, want[name])
		}
	}
	millis := e.Fallback
	for _, layout := range []string{time.RFC3339, time.DateTime} { // AWS's, and that of databases; either may have a fraction
		if when, err := time.Parse(layout, at("eventTime")); err == nil {
			millis = when.UnixMilli()
		}
	}
	if _, err := strconv.Atoi(at("eventTime")); err == nil {
		millis = 0 // of the epoch: its unit is this function's guess as well as another's
	}
	if at("eventTime") == "" || at("timeWindow", "windowStart") != "" {
		millis = 0 // of an Insight or aggregated event: not this function's question
	}
	return errors.Join(e.check(body, millis), origin(body, "cloudtrail", "paas"))
}

// check compares the times of a body; millis 0 is any time.
func (e Envelope) check(body map[string]any, millis int64) error {
	for name, want := range map[string]int64{"timestamp": millis, "write_time": e.WriteTime} {
		got, ok := integer(body[name])
		if !ok {
			return fmt.Errorf("%s: got %T %v, want an integer", name, body[name], body[name])
		}
		if want != 0 && got != want {
			return fmt.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	if id, _ := body["stellar_uuid"].(string); len(id) != 32 {
		return fmt.Errorf("stellar_uuid: got %v, want 32 digits", body["stellar_uuid"])
	}
	return nil
}

// origin compares msg_origin.
func origin(body map[string]any, source, category string) error {
	want := map[string]any{
		"vendor": "aws", "source": source, "category": category,
		"processor": map[string]any{"name": source, "type": "log_collector"},
	}
	if err := Same(body["msg_origin"], want, 1); err != nil {
		return fmt.Errorf("msg_origin: %w", err)
	}
	return nil
}

// integer is a decoded integer that fits in int64.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}
