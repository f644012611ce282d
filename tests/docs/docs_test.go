// Package docs checks that the documentation says what the code does.
package docs

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"in_stellar_aws/internal/config"
)

var update = flag.Bool("update", false, "write the tables into the README")

const readme = "../../README.md"

// keysTable is the reference of the configuration keys.
func keysTable() string {
	var b strings.Builder
	b.WriteString("| key | default | allowed | meaning |\n|---|---|---|---|\n")
	cell := func(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
	for _, k := range config.Keys() {
		def := k.Default
		if k.Required {
			def = "**required**"
		}
		name := "`" + k.Name + "`"
		if k.Connector != "" {
			name += " (" + string(k.Connector) + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, cell(def), cell(k.Allowed), cell(k.Description))
	}
	return b.String()
}

func TestReadmeHasEveryKey(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "<!-- keys: written by `go test ./tests/docs -update` -->\n")
	table, after, ok2 := strings.Cut(rest, "<!-- end of keys -->")
	if !ok || !ok2 {
		t.Fatal("the README has no place for the keys")
	}
	if want := keysTable(); table != want {
		if !*update {
			t.Fatal("the README's table of keys is not the code's: run go test ./tests/docs -update")
		}
		marker := "<!-- keys: written by `go test ./tests/docs -update` -->\n"
		if err := os.WriteFile(readme, []byte(before+marker+want+"<!-- end of keys -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
