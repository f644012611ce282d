package reference

import (
	"errors"
	"fmt"
)

const (
	// maxKeys is how many keys a map may have: a wider one is JSON text.
	maxKeys = 5000
	// maxFields is how many native fields an event may have: of a record with
	// more, only userIdentity and timeWindow become fields of their own.
	maxFields = maxKeys - 100
)

// fields is how many fields a CloudTrail record has by the common rule.
func fields(record map[string]any) int {
	n := 0
	var walk func(v any, levels int)
	walk = func(v any, levels int) {
		switch v := v.(type) {
		case nil:
			return
		case string:
			if v == "" || v == "-" {
				return
			}
		case map[string]any:
			if levels == 0 {
				return
			}
			for _, member := range v {
				walk(member, levels-1)
			}
			if len(v) > 0 {
				return
			}
		}
		n++
	}
	for k, v := range record {
		levels := -1
		if k == "requestParameters" || k == "responseElements" {
			levels = flattenDepth
		}
		walk(v, levels)
	}
	return n
}

// narrow is CloudTrail for records with too many fields.
func narrow(body, record map[string]any) error {
	joined := map[string]bool{
		"userIdentity": true, "userIdentity_sessionContext": true, "userIdentity_sessionContext_sessionIssuer": true, "timeWindow": true,
	}
	var errs []error
	var walk func(name string, v any)
	walk = func(name string, v any) {
		if v == nil || v == "" || v == "-" {
			return
		}
		if m, ok := v.(map[string]any); ok && joined[name] && len(m) > 0 {
			for k, member := range m {
				walk(name+"_"+k, member)
			}
			return
		}
		if err := Same(body[name], v, 2); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	for k, v := range record {
		if _, isMap := v.(map[string]any); k != "requestParameters" && k != "responseElements" || !isMap {
			walk(k, v)
			continue
		}
		if err := SameText(body[k+"_str"], v); err != nil {
			errs = append(errs, fmt.Errorf("%s_str: %w", k, err))
		}
	}
	return errors.Join(errs...)
}
