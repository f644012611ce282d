package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOutput(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	o := NewOutput(c)
	path := filepath.Join(c.OutDir(), "tag")
	wantRecords := func(step string, want ...string) {
		t.Helper()
		records, err := o.Records("tag")
		if err != nil || len(records) != len(want) {
			t.Fatalf("%s: records %v, error %v; want %v", step, records, err, want)
		}
		for i, n := range want {
			if records[i]["n"] != json.Number(n) {
				t.Errorf("%s: record %d is %v, want %s", step, i, records[i]["n"], n)
			}
		}
	}
	add := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}

	wantRecords("no file")
	if err := os.MkdirAll(c.OutDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	add(`{"n":18446744073709551615}` + "\n" + `{"n":`)
	wantRecords("half a line", "18446744073709551615")
	add("2}\n")
	wantRecords("the other half", "18446744073709551615", "2")
	add(`{"n":3`)
	if err := o.cutTorn(); err != nil {
		t.Fatal(err)
	}
	add(`{"n":4}` + "\n")
	wantRecords("after a crash", "18446744073709551615", "2", "4")
	add("no JSON\n")
	if _, err := o.Records("tag"); err == nil {
		t.Error("no error for a line that is no JSON")
	}
}

func TestConfigForms(t *testing.T) {
	c := Config{Dir: t.TempDir(), Plugin: "some.so", Connectors: []Connector{{"connector_name": "a", "prefix": `x"\*`}}}
	for format, want := range map[Format]string{
		Classic: "[INPUT]\n    name stellar_aws\n    tag a\n    threaded off\n    storage.type filesystem\n    connector_name a\n    db " +
			filepath.Join(c.Dir, "state.db") + "\n    prefix x\"\\*\n",
		YAML: "  inputs:\n    - name: \"stellar_aws\"\n      tag: \"a\"\n      threaded: \"off\"\n      storage.type: \"filesystem\"\n      connector_name: \"a\"\n      db: \"" +
			filepath.Join(c.Dir, "state.db") + "\"\n      prefix: \"x\\\"\\\\*\"\n",
	} {
		c.Format = format
		path, err := c.Write()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%v: got\n%s\nwant in it\n%s", format, text, want)
		}
	}
}
