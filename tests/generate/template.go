package generate

import (
	"fmt"
	"strings"
)

// field appends one drawn value.
type field func(g *Generator, b []byte) []byte

// segment is literal text and the field after it, nil at the end.
type segment struct {
	text  string
	field field
}

// template is a parsed text in which ${name} or ${name:argument} stands for a
// field. Templates keep the records readable as the JSON they become, and cost
// no more than the appends they are made of.
type template []segment

func (t template) append(g *Generator, b []byte) []byte {
	for i := range t {
		b = append(b, t[i].text...)
		if t[i].field != nil {
			b = t[i].field(g, b)
		}
	}
	return b
}

// parse reads a template text.
func parse(text string) (template, error) {
	var t template
	for {
		before, after, found := strings.Cut(text, "${")
		if !found {
			return append(t, segment{text: text}), nil
		}
		inside, rest, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("parse template: no } after ${%.40s", after)
		}
		name, arg, _ := strings.Cut(inside, ":")
		f, err := newField(name, arg)
		if err != nil {
			return nil, fmt.Errorf("parse template: field %q: %w", inside, err)
		}
		t = append(t, segment{text: before, field: f})
		text = rest
	}
}

// mustParse is parse for the texts in this package, where a fault is one of the
// program and not of its input, like regexp.MustCompile.
func mustParse(text string) template {
	t, err := parse(text)
	if err != nil {
		panic(err)
	}
	return t
}

// choice is one of several templates with its share of the draws.
type choice struct {
	name   string
	weight int
	text   template
}

// choices draws templates by weight in constant time: wheel holds an index of
// all for every unit of weight.
type choices struct {
	all   []choice
	wheel []uint8
}

func newChoices(all []choice) choices {
	c := choices{all: all}
	for i := range all {
		for range all[i].weight {
			c.wheel = append(c.wheel, uint8(i))
		}
	}
	return c
}

func (c *choices) append(g *Generator, b []byte) []byte {
	return c.all[c.draw(g)].text.append(g, b)
}

// draw gives the index of a choice.
func (c *choices) draw(g *Generator) int { return int(c.wheel[g.rnd.n(len(c.wheel))]) }

// named appends the choice of that name.
func (c *choices) named(g *Generator, b []byte, name string) ([]byte, error) {
	for i := range c.all {
		if c.all[i].name == name {
			return c.all[i].text.append(g, b), nil
		}
	}
	return b, fmt.Errorf("generate record: unknown kind %q", name)
}

// names lists the choices in their order.
func (c *choices) names() []string {
	names := make([]string, len(c.all))
	for i := range c.all {
		names[i] = c.all[i].name
	}
	return names
}
