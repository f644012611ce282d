package harness

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Format is the syntax of a configuration file.
type Format int

// The syntaxes that Fluent Bit reads.
const (
	YAML Format = iota
	Classic
)

// String is the format's name.
func (f Format) String() string {
	if f == Classic {
		return "classic"
	}
	return "yaml"
}

// Connector is the keys of one [INPUT] section, without those that every
// section has: name, tag, threaded, storage.type.
type Connector map[string]string

// With is a copy with a key set to a value; an empty one removes it.
func (c Connector) With(key, value string) Connector {
	c = maps.Clone(c)
	if value == "" {
		delete(c, key)
	} else {
		c[key] = value
	}
	return c
}

// Tag is the tag of the connector's records.
func (c Connector) Tag() string { return c["connector_name"] }

// Config is a configuration of the host.
type Config struct {
	Dir        string // of everything the run writes; it must exist
	Plugin     string // path of the .so
	Format     Format
	Connectors []Connector // without a db: the file state.db of Dir
	Grace      int         // seconds; 0 means 10
	Flush      string      // seconds; "" means 0.2
	HTTPPort   int         // of the real host's metrics; 0: none
}

// OutDir is where the records of each tag are, one file a tag.
func (c Config) OutDir() string { return filepath.Join(c.Dir, "out") }

// section is a section of the configuration: its keys and values in order.
type section [][2]string

func (c Config) service() section {
	grace, flush := c.Grace, c.Flush
	if grace == 0 {
		grace = 10
	}
	if flush == "" {
		flush = "0.2"
	}
	s := section{
		{"flush", flush},
		{"grace", fmt.Sprint(grace)},
		{"storage.path", filepath.Join(c.Dir, "storage")},
		{"storage.checksum", "off"},
	}
	if c.HTTPPort != 0 {
		s = append(s, section{{"http_server", "on"}, {"http_listen", "127.0.0.1"}, {"http_port", fmt.Sprint(c.HTTPPort)}}...)
	}
	return s
}

func (c Config) inputs() []section {
	var inputs []section
	for _, connector := range c.Connectors {
		in := section{{"name", "stellar_aws"}, {"tag", connector.Tag()}, {"threaded", "off"}, {"storage.type", "filesystem"}}
		if connector["db"] == "" {
			connector = connector.With("db", filepath.Join(c.Dir, "state.db"))
		}
		for _, key := range slices.Sorted(maps.Keys(connector)) {
			in = append(in, [2]string{key, connector[key]})
		}
		inputs = append(inputs, in)
	}
	return inputs
}

func (c Config) output() section {
	return section{{"name", "file"}, {"match", "*"}, {"path", c.OutDir()}, {"format", "plain"}, {"retry_limit", "no_limits"}}
}

// Write writes the configuration into Dir and returns its path.
func (c Config) Write() (string, error) {
	if err := os.MkdirAll(c.OutDir(), 0o700); err != nil {
		return "", fmt.Errorf("create output directory: %w", err)
	}
	plugin, err := filepath.Abs(c.Plugin) // the host does not look beside the configuration
	if err != nil {
		return "", fmt.Errorf("find plugin %s: %w", c.Plugin, err)
	}
	if c.Format == YAML {
		return c.write("fluent-bit.yaml", c.yaml(plugin))
	}
	if _, err := c.write("plugins.conf", "[PLUGINS]\n    Path "+plugin+"\n"); err != nil {
		return "", err
	}
	return c.write("fluent-bit.conf", c.classic())
}

// write writes a file that only its owner may read: it holds keys.
func (c Config) write(name, text string) (string, error) {
	path := filepath.Join(c.Dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return path, nil
}

func (c Config) yaml(plugin string) string {
	var b strings.Builder
	b.WriteString("service:\n")
	for _, kv := range c.service() {
		fmt.Fprintf(&b, "  %s: %q\n", kv[0], kv[1])
	}
	fmt.Fprintf(&b, "plugins:\n  - %q\npipeline:\n  inputs:\n", plugin)
	item := func(s section) {
		for i, kv := range s {
			fmt.Fprintf(&b, "    %s %s: %q\n", []string{"-", " "}[min(i, 1)], kv[0], kv[1])
		}
	}
	for _, in := range c.inputs() {
		item(in)
	}
	b.WriteString("  outputs:\n")
	item(c.output())
	return b.String()
}

func (c Config) classic() string {
	var b strings.Builder
	put := func(name string, s section) {
		b.WriteString("[" + name + "]\n")
		for _, kv := range s {
			b.WriteString("    " + kv[0] + " " + kv[1] + "\n")
		}
	}
	put("SERVICE", append(c.service(), [2]string{"plugins_file", "plugins.conf"}))
	for _, in := range c.inputs() {
		put("INPUT", in)
	}
	put("OUTPUT", c.output())
	return b.String()
}
