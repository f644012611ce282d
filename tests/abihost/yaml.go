package abihost

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseYAML adds one YAML configuration file and what it includes. It works
// on the syntax tree: the host takes scalars as written (`1_000`, `on`),
// which decoding into Go values would change.
func (c *config) parseYAML(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return fmt.Errorf("parse %s: %w: %w", path, ErrConfig, err)
	}
	for _, doc := range file.Docs {
		for _, kv := range mapping(doc.Body) {
			if err := c.yamlSection(path, kv); err != nil {
				return fmt.Errorf("parse %s: %w", path, err)
			}
		}
	}
	return nil
}

func (c *config) yamlSection(path string, kv *ast.MappingValueNode) error {
	name, err := scalar(kv.Key)
	if err != nil {
		return err
	}
	switch name {
	case "service":
		s, err := yamlPairs(kv.Value)
		c.service = append(c.service, s...)
		return err
	case "env":
		s, err := yamlPairs(kv.Value)
		c.env = append(c.env, s...)
		return err
	case "plugins":
		return each(kv.Value, func(n ast.Node) error {
			s, err := scalar(n)
			// The host stores list entries as keys, mangling and all.
			c.plugins = append(c.plugins, translateKey(s, true))
			return err
		})
	case "includes":
		return each(kv.Value, func(n ast.Node) error {
			s, err := scalar(n)
			if err != nil {
				return err
			}
			if !filepath.IsAbs(s) {
				s = filepath.Join(filepath.Dir(path), s)
			}
			return c.parseFile(s)
		})
	case "pipeline":
		return c.yamlPipeline(kv.Value)
	}
	return nil
}

func (c *config) yamlPipeline(n ast.Node) error {
	for _, kv := range mapping(n) {
		name, err := scalar(kv.Key)
		if err != nil {
			return err
		}
		var into *[]section
		switch name {
		case "inputs":
			into = &c.inputs
		case "outputs":
			into = &c.outputs
		default:
			return fmt.Errorf("pipeline section %q is not supported by abihost: %w", name, ErrConfig)
		}
		err = each(kv.Value, func(n ast.Node) error {
			s, err := yamlPairs(n)
			*into = append(*into, s)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// yamlPairs flattens a mapping; a list becomes several pairs of one key.
func yamlPairs(n ast.Node) (section, error) {
	var s section
	for _, kv := range mapping(n) {
		raw, err := scalar(kv.Key)
		if err != nil {
			return nil, err
		}
		key := translateKey(raw, true)
		if seq, ok := kv.Value.(*ast.SequenceNode); ok {
			for _, v := range seq.Values {
				val, err := scalar(v)
				if err != nil {
					return nil, fmt.Errorf("read key %q: %w", key, err)
				}
				s = append(s, pair{key, val})
			}
			continue
		}
		val, err := scalar(kv.Value)
		if err != nil {
			return nil, fmt.Errorf("read key %q: %w", key, err)
		}
		s = append(s, pair{key, val})
	}
	return s, nil
}

func mapping(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func each(n ast.Node, fn func(ast.Node) error) error {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, null := n.(*ast.NullNode); null || n == nil {
			return nil
		}
		return fmt.Errorf("read list: got %s: %w", n.Type(), ErrConfig)
	}
	for _, v := range seq.Values {
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// scalar returns the text of a scalar node as it is written.
func scalar(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.NullNode:
		return "", nil
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	case nil:
		return "", nil
	}
	return "", fmt.Errorf("read scalar: got %s: %w", n.Type(), ErrConfig)
}
