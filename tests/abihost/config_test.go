package abihost

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func noEnv(string) (string, bool) { return "", false }

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rendered loads and renders a configuration; paths of dir become DIR.
func rendered(t *testing.T, dir, name string, o Options) (string, error) {
	t.Helper()
	c, err := loadConfig(filepath.Join(dir, name), o.lookup)
	if err != nil {
		return "", err
	}
	s, err := render(c, o, false)
	return strings.ReplaceAll(s, dir, "DIR"), err
}

const wantService = `set log_level 4
set tick_ms 1000
set flush_ms 500
set grace 7
set hot_reload 1
set reload_safety 1
set storage_path DIR/storage
set old_layout 0
set init_delay_ms 0
plugin DIR/x.so
`

func TestRender(t *testing.T) {
	t.Parallel()
	const inputs = `input stellar_aws
in tag a%20b
in threaded 0
in filesystem 1
prop region eu-west-1
prop secret s3
prop log_groups one
prop log_groups two
output *
`
	dir := writeFiles(t, map[string]string{
		"main.conf": `
# comment
@SET REGION=eu-west-1
[SERVICE]
    Flush 0.5
    Grace 7
    Log_Level debug
    Hot_Reload on
    storage.path ${HOME_DIR}/storage
    plugins_file plugins.conf
@INCLUDE inputs-*.conf
[OUTPUT]
    Name null
    Match *
`,
		"plugins.conf": "[PLUGINS]\n    Path DIR/x.so\n",
		"inputs-1.conf": `[INPUT]
	Name stellar_aws
	Tag a b
	Threaded OFF
	Storage.Type filesystem
	Region ${REGION}
	empty ${UNSET}
	Secret ${SECRET:-none}
	# comment
	log_groups one
	log_groups two
`,
		"main.yaml": `
env:
  REGION: eu-west-1
service:
  flush: 0.5
  grace: 7
  logLevel: debug
  hotReload: on
  storage.path: ${HOME_DIR}/storage
plugins:
  - ${NOT_EXPANDED}
includes:
  - more.yaml
pipeline:
  outputs:
    - name: "null"
      match: '*'
`,
		"more.yaml": `
pipeline:
  inputs:
    - name: stellar_aws
      tag: a b
      threaded: off
      storage.type: filesystem
      region: ${REGION}
      empty:
      secret: ${SECRET:-none}
      logGroups: [one, two]
`,
	})
	o := Options{Env: []string{"HOME_DIR=" + dir, "SECRET=s3"}}
	for file, want := range map[string]string{
		"main.conf": wantService + inputs,
		"main.yaml": strings.Replace(wantService, "DIR/x.so", "${NOT_EXPANDED}", 1) + inputs,
	} {
		got, err := rendered(t, dir, file, o)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", file, got, want)
		}
	}
}

func TestRefusedConfigurations(t *testing.T) {
	t.Parallel()
	in := func(key string) string { return "[INPUT]\n    Name x\n    " + key + "\n" }
	for name, tc := range map[string]struct {
		conf string
		want error
	}{
		"net key":                  {in("net.keepalive off"), ErrHostCrash},
		"oauth2 key":               {in("oauth2.validate on"), ErrConfig},
		"tls on":                   {in("tls on"), ErrConfig},
		"filesystem without path":  {in("storage.type filesystem"), ErrConfig},
		"bad boolean":              {in("threaded maybe"), ErrConfig},
		"bad level":                {in("log_level loud"), ErrConfig},
		"bad size":                 {in("mem_buf_limit 5Q"), ErrConfig},
		"bad ring":                 {in("thread.ring_buffer.capacity 0"), ErrConfig},
		"no name":                  {"[INPUT]\n    tag x\n", ErrConfig},
		"key without value":        {in("region"), ErrConfig},
		"indentation":              {"[INPUT]\n    Name x\n      tag y\n", ErrConfig},
		"no indentation":           {"[INPUT]\nName x\n", ErrConfig},
		"header":                   {"[INPUT\n    Name x\n", ErrConfig},
		"missing include":          {"@INCLUDE none.conf\n", os.ErrNotExist},
		"include without match":    {"@INCLUDE none-*.conf\n", ErrConfig},
		"native plugin name":       {"[PLUGINS]\n    Path /x/flb-in.so\n", ErrConfig},
		"flush":                    {"[SERVICE]\n    flush 0\n", ErrConfig},
		"include of the same file": {"@INCLUDE main.conf\n", ErrConfig},
	} {
		dir := writeFiles(t, map[string]string{"main.conf": tc.conf})
		if _, err := rendered(t, dir, "main.conf", Options{}); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", name, err, tc.want)
		}
	}
	for name, conf := range map[string]string{
		"nested map": "pipeline:\n  inputs:\n    - name: x\n      a:\n        b: c\n",
		"filters":    "pipeline:\n  filters:\n    - name: grep\n",
		"no list":    "pipeline:\n  inputs:\n    name: x\n",
		"syntax":     "pipeline: [\n",
	} {
		dir := writeFiles(t, map[string]string{"main.yaml": conf})
		if _, err := rendered(t, dir, "main.yaml", Options{}); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v, want %v", name, err, ErrConfig)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	env := map[string]string{"A": "1", "EMPTY": ""}
	lookup := func(k string) (string, bool) { v, ok := env[k]; return v, ok }
	for in, want := range map[string]string{
		"":                     "",
		"plain":                "plain",
		"${A}":                 "1",
		"x${A}y${A}z":          "x1y1z",
		"${NONE}":              "",
		"${NONE:-d}":           "d",
		"${EMPTY:-d}":          "d",
		"${EMPTY}x":            "x",
		"${A:-d}":              "1",
		"${A":                  "${A",
		"${}":                  "${}",
		"$A":                   "$A",
		"${NONE:-a:b} ${A:-x}": "a:b 1",
	} {
		if got := expand(in, lookup); got != want {
			t.Errorf("expand(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTranslateKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"logGroups": "log_groups", "log_Groups": "log_groups", "LogGroups": "LogGroups", "storage.type": "storage.type", "": "",
	} {
		if got := translateKey(in, true); got != want {
			t.Errorf("translateKey(%q) = %q, want %q", in, got, want)
		}
	}
	if got := translateKey("LogGroups", false); got != "loggroups" {
		t.Errorf("classic key is %q", got)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"0": 0, "12": 12, "1K": 1000, "1.5KB": 1500, "2m": 2e6, "3G": 3e9, "5B": 5} {
		if got, err := size(in); err != nil || got != want {
			t.Errorf("size(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "K", "-1", "1T", "x", "1e300G"} {
		if got, err := size(in); err == nil {
			t.Errorf("size(%q) = %d, want an error", in, got)
		}
	}
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	e, err := parseEvent("call fn=Init ins=a%20b.0 empty=")
	if err != nil || e.Name != "call" || e.Attr["ins"] != "a b.0" || e.Attr["fn"] != "Init" {
		t.Errorf("got %+v, %v", e, err)
	}
	for _, bad := range []string{"", "call fn", "call fn=%zz"} {
		if _, err := parseEvent(bad); err == nil {
			t.Errorf("parseEvent(%q) gave no error", bad)
		}
	}
}

func FuzzClassic(f *testing.F) {
	f.Add("[INPUT]\n    Name x\n    a ${B:-c}\n@SET a=b\n[OUTPUT]\n    Match *\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToUpper(text), "@INCLUDE") || strings.Contains(strings.ToLower(text), "plugins_file") {
			t.Skip("reads other files")
		}
		dir := writeFiles(t, map[string]string{"main.conf": text})
		c, err := loadConfig(filepath.Join(dir, "main.conf"), noEnv)
		if err != nil {
			return
		}
		out, err := render(c, Options{Tick: time.Second}, true)
		if err != nil {
			return
		}
		for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
			if n := len(strings.Fields(line)); n < 1 || n > 3 {
				t.Fatalf("line %q has %d fields", line, n)
			}
		}
	})
}
