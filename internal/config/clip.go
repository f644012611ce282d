package config

import "strings"

// clip shortens a value for a message: a pasted file must not fill the log.
func clip(s string) string {
	const most = 120 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
