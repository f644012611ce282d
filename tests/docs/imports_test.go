package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are the packages of the plugin and what each may import of the
// others: always downwards.
var layers = map[string][]string{
	"plugin":             {"internal/config", "internal/connector", "internal/health", "internal/policy", "internal/probe", "internal/routine"},
	"internal/connector": {"internal/auth", "internal/config", "internal/decode", "internal/deliver", "internal/digest", "internal/filter", "internal/health", "internal/interflow", "internal/logs", "internal/objects", "internal/routine", "internal/source", "internal/state", "internal/verify"},
	"internal/objects":   {"internal/decode", "internal/deliver", "internal/digest", "internal/health", "internal/interflow", "internal/routine", "internal/source", "internal/state", "internal/verify"},
	"internal/logs":      {"internal/deliver", "internal/health", "internal/interflow", "internal/routine", "internal/source", "internal/state"},
	"internal/deliver":   {"internal/health", "internal/routine"},
	"internal/probe":     {"internal/auth", "internal/config", "internal/health", "internal/policy", "internal/routine", "internal/source"},
	"internal/verify":    {"internal/digest", "internal/health", "internal/routine", "internal/source", "internal/state"},
	"internal/health":    {"internal/config"},
	"internal/policy":    {"internal/config"},
	"internal/auth":      {"internal/config"},
	"internal/source":    {"internal/config", "internal/routine"},
	"internal/state":     {"internal/config", "internal/routine"},
	"internal/decode":    {"internal/interflow", "internal/jsonscan"},
	"internal/interflow": {"internal/jsonscan"},
	"internal/filter":    {"internal/config"},
	"internal/digest":    {},
	"internal/routine":   {},
	"internal/jsonscan":  {},
	"internal/config":    {},
}

// TestImportsRunDownwards keeps the layers apart, and C, unsafe and the host's
// library in plugin/.
func TestImportsRunDownwards(t *testing.T) {
	const module = "in_stellar_aws/"
	seen := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		dir := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		allowed, layered := layers[dir]
		seen[dir] = true
		isTest := strings.HasSuffix(path, "_test.go")
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			own, isOwn := strings.CutPrefix(name, module)
			switch {
			case dir != "plugin" && (name == "C" || name == "unsafe" || strings.HasPrefix(name, "github.com/fluent/")):
				t.Errorf("%s imports %s: only plugin/ may", path, name)
			case isOwn && layered && !isTest && !slices.Contains(allowed, own):
				t.Errorf("%s imports %s: imports run downwards", path, own)
			case isOwn && own == "plugin":
				t.Errorf("%s imports the plugin", path)
			}
		}
		if strings.HasPrefix(dir, "internal/") && !layered {
			t.Errorf("%s is in no layer: put it into the table", dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for dir := range layers {
		if !seen[dir] {
			t.Errorf("there is no %s", dir)
		}
		if !strings.Contains(string(guide), "`"+dir) {
			t.Errorf("%s is not on the map of CONTRIBUTING.md", dir)
		}
	}
}

// TestMapIsComplete has the map of CONTRIBUTING name every folder of code.
func TestMapIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| `") {
			rows += line
		}
	}
	for _, parent := range []string{"internal", "tests"} {
		folders, err := os.ReadDir("../../" + parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			if name := "`" + parent + "/" + f.Name() + "`"; f.IsDir() && !strings.Contains(rows, name) {
				t.Errorf("the map does not name %s", name)
			}
		}
	}
}
