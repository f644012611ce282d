package config

import "strings"

// strangers are names that users of other AWS plugins know, and the key here.
var strangers = map[string]string{
	"access_key_id":         "access_key",
	"aws_access_key_id":     "access_key",
	"secret_access_key":     "secret_key",
	"aws_secret_access_key": "secret_key",
	"aws_session_token":     "session_token",
	"aws_region":            "region",
	"bucket_name":           "bucket",
	"s3_bucket":             "bucket",
	"bucket_prefix":         "prefix",
	"s3_prefix":             "prefix",
	"endpoint":              "endpoint_url",
	"proxy":                 "proxy_uri",
	"proxy_url":             "proxy_uri",
	"queue_url":             "sqs_queue_url",
	"log_group_name":        "log_groups",
	"log_group_names":       "log_groups",
	"log_stream_name":       "log_streams",
	"log_stream_names":      "log_streams",
	"interval_sec":          "interval",
}

// checkNames faults keys that are not this plugin's but nearly. The host lists
// no names, it only answers for one, so the likely slips are asked for: 40 a
// key, in all some 2,000 lookups of a few hundred nanoseconds. What is neither
// a key nor one slip away from one stays unseen.
func (p *parser) checkNames(g Getter, keys []Key, order map[string]int) {
	fault := func(wrong, right string) {
		if _, known := order[wrong]; known || strings.TrimSpace(g.Get(wrong)) == "" {
			return
		}
		order[wrong] = order[right]
		p.fault(wrong, "", "there is no such key: want "+right)
	}
	for _, k := range keys {
		for _, wrong := range slips(k.Name) {
			fault(wrong, k.Name)
		}
	}
	for wrong, right := range strangers {
		fault(wrong, right)
	}
}

// slips are the ways in which a name is easily mistyped: a letter left out,
// doubled or swapped with the next one, an s too many or another separator.
// The host does not tell apart upper and lower case.
func slips(name string) []string {
	all := []string{name + "s"}
	for i := range name {
		all = append(all, name[:i]+name[i+1:], name[:i+1]+name[i:])
		if i+1 < len(name) && name[i] != name[i+1] {
			all = append(all, name[:i]+name[i+1:i+2]+name[i:i+1]+name[i+2:])
		}
	}
	for _, separator := range []string{"", "-", "."} {
		all = append(all, strings.ReplaceAll(name, "_", separator))
	}
	return all
}
