package abihost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// parseClassic adds one file of the classic format and what it includes.
// seen holds the files read so far: the host refuses to read one twice.
func (c *config) parseClassic(path string, seen map[string]bool) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("resolve path of %s: %w", path, err)
	}
	if seen[abs] {
		return fmt.Errorf("read %s: included twice: %w", path, ErrConfig)
	}
	seen[abs] = true
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	p := classicParser{config: c, file: path, seen: seen}
	for i, line := range strings.Split(string(data), "\n") {
		if err := p.line(strings.TrimSuffix(line, "\r")); err != nil {
			return fmt.Errorf("parse %s line %d: %w", path, i+1, err)
		}
	}
	p.flush()
	return nil
}

type classicParser struct {
	config *config
	file   string
	seen   map[string]bool
	name   string  // of the section being read
	body   section // its keys
	indent string  // of the file's first indented line
}

func (p *classicParser) line(line string) error {
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line[0] == '@':
		return p.meta(line)
	case line[0] == '[':
		end := strings.IndexByte(line, ']')
		if end < 0 {
			return fmt.Errorf("bad header definition: %w", ErrConfig)
		}
		p.flush()
		p.name = line[1:end]
		return nil
	}
	return p.pair(line)
}

func (p *classicParser) pair(line string) error {
	text := strings.TrimLeft(line, " \t")
	indent := line[:len(line)-len(text)]
	if text == "" || text[0] == '#' {
		return nil
	}
	if p.indent == "" {
		p.indent = indent
	}
	if indent == "" || indent != p.indent {
		return fmt.Errorf("invalid indentation level: %w", ErrConfig)
	}
	key, val, ok := strings.Cut(text, " ")
	val = strings.TrimSpace(val)
	if !ok || val == "" {
		return fmt.Errorf("key %q has no value: %w", strings.TrimSpace(key), ErrConfig)
	}
	p.body = append(p.body, pair{translateKey(strings.TrimSpace(key), false), val})
	return nil
}

// meta handles @INCLUDE file and @SET name=value.
func (p *classicParser) meta(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToUpper(word) {
	case "@INCLUDE":
		return p.include(rest)
	case "@SET":
		name, val, ok := strings.Cut(rest, "=")
		if !ok {
			return fmt.Errorf("@SET without '=': %w", ErrConfig)
		}
		p.config.env = append(p.config.env, pair{name, val})
	}
	return nil
}

func (p *classicParser) include(pattern string) error {
	// The section before an include is complete: files hold whole sections.
	p.flush()
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(p.file), pattern)
	}
	files := []string{pattern}
	if strings.Contains(pattern, "*") {
		var err error
		if files, err = filepath.Glob(pattern); err != nil || len(files) == 0 {
			return fmt.Errorf("include %s: no match: %w", pattern, ErrConfig)
		}
	}
	for _, f := range files {
		if err := p.config.parseClassic(f, p.seen); err != nil {
			return err
		}
	}
	return nil
}

func (p *classicParser) flush() {
	switch strings.ToUpper(p.name) {
	case "SERVICE":
		p.config.service = append(p.config.service, p.body...)
	case "INPUT":
		p.config.inputs = append(p.config.inputs, p.body)
	case "OUTPUT":
		p.config.outputs = append(p.config.outputs, p.body)
	case "PLUGINS":
		for _, kv := range p.body {
			if kv.key == "path" {
				p.config.plugins = append(p.config.plugins, kv.val)
			}
		}
	}
	p.name, p.body = "", nil
}
