// Package docs checks that the documentation says what the code does.
package docs

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/health"
)

var update = flag.Bool("update", false, "write the tables into the README")

const readme = "../../README.md"

// tables are the README's reference tables, and its samples of records, with
// what they are made of. One stands between <!-- NAME: written by `go test ./tests/docs -update` -->
// and <!-- end of NAME -->.
var tables = map[string]func() string{
	"keys":    keysTable,
	"fields":  fieldsTable,
	"errors":  errorsTable,
	"metrics": metricsTable,
	"samples": samplesText,
}

func TestReadmeTables(t *testing.T) {
	for name, table := range tables {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(readme)
			if err != nil {
				t.Fatal(err)
			}
			begin := "<!-- " + name + ": written by `go test ./tests/docs -update` -->\n"
			end := "<!-- end of " + name + " -->"
			before, rest, hasBegin := strings.Cut(string(text), begin)
			got, after, hasEnd := strings.Cut(rest, end)
			if !hasBegin || !hasEnd {
				t.Fatalf("the README has no place for the %s", name)
			}
			want := table()
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("the README's %s are not the code's: run go test ./tests/docs -update", name)
			}
			if err := os.WriteFile(readme, []byte(before+begin+want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// row is a line of a table.
func row(cells ...string) string {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", "\\|")
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// keysTable is the reference of the configuration keys.
func keysTable() string {
	var b strings.Builder
	b.WriteString(row("key", "default", "allowed", "meaning") + "|---|---|---|---|\n")
	for _, k := range config.Keys() {
		def := k.Default
		if k.Required {
			def = "**required**"
		}
		name := "`" + k.Name + "`"
		if k.Connector != "" {
			name += fmt.Sprintf(" (%s)", k.Connector)
		}
		b.WriteString(row(name, def, k.Allowed, k.Description))
	}
	return b.String()
}

// metricsTable is the reference of the metrics.
func metricsTable() string {
	var b strings.Builder
	b.WriteString(row("metric", "kind", "unit", "in the status line", "meaning") + "|---|---|---|---|---|\n")
	for _, d := range health.Definitions() {
		kind := "counter"
		if d.Gauge {
			kind = "gauge"
		}
		line := ""
		if d.Line != "" {
			line = "`" + d.Line + "`"
		}
		b.WriteString(row("`"+d.Name+"`", kind, d.Unit, line, d.Help))
	}
	return b.String()
}
