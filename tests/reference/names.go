package reference

import (
	"bytes"
	"encoding/json"
)

// Repeats tells that an object somewhere in the JSON text has a name twice, of
// which a map keeps the last.
func Repeats(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()            // also beyond float64
	var open []map[string]bool // nil for arrays
	isName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open, isName = append(open, map[string]bool{}), true
				continue
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if isName {
				names := open[len(open)-1]
				if names[token] {
					return true
				}
				names[token] = true
				isName = false
				continue
			}
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}

// Collides tells that two joined names of the record may be the same, or that
// one is long or deep enough to end the joining.
func Collides(record map[string]any) bool {
	seen := map[string]bool{}
	for _, name := range []string{
		"timestamp", "write_time", "stellar_uuid", "msg_class", "msg_origin", "tenant_name", "tenantid", "srcip", "srcip_host",
		"srcip_username", "srcip_usersid", "login_type", "login_result", "requestParameters_str", "responseElements_str",
	} {
		seen[name] = true
	}
	var walk func(name string, v any, depth int) bool
	walk = func(name string, v any, depth int) bool {
		m, ok := v.(map[string]any)
		if !ok || len(m) == 0 {
			if seen[name] {
				return true
			}
			seen[name] = true
			return false
		}
		if len(name) > 256 || depth > 55 {
			return true
		}
		for k, member := range m {
			if walk(name+"_"+k, member, depth+1) {
				return true
			}
		}
		return false
	}
	for k, v := range record {
		if walk(k, v, 1) {
			return true
		}
	}
	return false
}
