package abihost

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrConfig marks a configuration that the real host refuses to start with.
var ErrConfig = errors.New("invalid configuration")

// ErrHostCrash marks a configuration on which the real host crashes.
var ErrHostCrash = errors.New("the host crashes on this configuration")

// pair is one key of a section with its unexpanded value.
type pair struct{ key, val string }

type section []pair

// get returns the first value of key: the host reads duplicates that way.
func (s section) get(key string) string {
	for _, p := range s {
		if strings.EqualFold(p.key, key) {
			return p.val
		}
	}
	return ""
}

// config is a parsed configuration file, before variables are expanded.
type config struct {
	service section
	env     section
	plugins []string
	inputs  []section
	outputs []section
}

// loadConfig reads a configuration file in the format its extension tells,
// and the plugins file that it names.
func loadConfig(path string, lookup func(string) (string, bool)) (*config, error) {
	c := &config{}
	if err := c.parseFile(path); err != nil {
		return nil, err
	}
	file := c.expander(lookup)(c.service.get("plugins_file"))
	if file == "" {
		return c, nil
	}
	if _, err := os.Stat(file); err != nil && !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(path), file)
	}
	plugins := &config{}
	if err := plugins.parseFile(file); err != nil {
		return nil, fmt.Errorf("read plugins file: %w", err)
	}
	c.plugins = append(c.plugins, plugins.plugins...)
	return c, nil
}

func (c *config) parseFile(path string) error {
	switch filepath.Ext(path) {
	case ".yaml", ".yml":
		return c.parseYAML(path)
	default:
		return c.parseClassic(path, map[string]bool{})
	}
}

// expander returns the host's ${VAR} and ${VAR:-default} expansion over the
// configuration's own variables and then lookup.
func (c *config) expander(lookup func(string) (string, bool)) func(string) string {
	return func(s string) string {
		return expand(s, func(name string) (string, bool) {
			for _, p := range c.env {
				if p.key == name {
					return p.val, true
				}
			}
			return lookup(name)
		})
	}
}

// expand replaces ${NAME} by its value, or nothing when it is not set, and
// ${NAME:-text} by text when it is unset or empty. Text without a complete
// ${...} stays as it is (flb_env_var_translate).
func expand(s string, lookup func(string) (string, bool)) string {
	var b strings.Builder
	for {
		start := strings.Index(s, "${")
		if start < 0 {
			break
		}
		end := strings.Index(s[start:], "}")
		if end < 3 { // none, or an empty name
			break
		}
		name, def, hasDef := strings.Cut(s[start+2:start+end], ":-")
		val, ok := lookup(name)
		if !ok || (hasDef && val == "") {
			val = def
		}
		b.WriteString(s[:start])
		b.WriteString(val)
		s = s[start+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// translateKey gives a key the form the host stores: lower case in classic
// files; in YAML, camelCase becomes snake_case unless the key begins with an
// upper-case letter or holds an underscore (flb_cf_key_translate).
func translateKey(key string, isYAML bool) string {
	if !isYAML {
		return strings.ToLower(key)
	}
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		return key
	}
	if strings.Contains(key, "_") {
		return strings.ToLower(key)
	}
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		ch := key[i]
		if ch >= 'A' && ch <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			ch += 'a' - 'A'
		}
		b.WriteByte(ch)
	}
	return b.String()
}
