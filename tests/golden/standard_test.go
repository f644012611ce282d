package golden_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"in_stellar_aws/internal/config"
)

// TestKeysTakeNoStandardName has index_key refuse every name that the plugin
// gives to a field of a golden record's top level.
func TestKeysTakeNoStandardName(t *testing.T) {
	files, err := filepath.Glob("testdata/*.expected.json")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "keys_") {
			continue // these have an index key
		}
		in, err := os.ReadFile(strings.TrimSuffix(file, ".expected.json") + ".in")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range topNames(t, file) {
			first, _, _ := strings.Cut(name, "_")
			if native := strings.Contains(strings.ReplaceAll(string(in), `\"`, `"`), `"`+first+`"`); native && strings.Contains(file, "cloudtrail_") {
				continue
			}
			if !refused[name] && !refusesKey(name) {
				t.Errorf("%s: index_key may be %s", file, name)
			}
			refused[name] = true
		}
	}
	if len(refused) < 25 {
		t.Errorf("only %d standard names", len(refused))
	}
}

func topNames(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var events []struct{ Record map[string]any }
	if err := json.Unmarshal(text, &events); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range events {
		for name := range e.Record {
			names = append(names, name)
		}
	}
	return names
}

func refusesKey(name string) bool {
	section := section{
		"connector": "cloudtrail", "connector_name": "c", "sub_type": "waf", "bucket": "aws-waf-logs-b", "prefix": "p", "index_key": name,
	}
	_, err := config.Parse(section)
	return err != nil && strings.Contains(err.Error(), "standard field")
}

type section map[string]string

func (s section) Get(key string) string { return s[key] }
