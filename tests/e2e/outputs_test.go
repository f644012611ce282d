package e2e

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

// sink is what an output of conf/outputs sends to.
type sink interface {
	// env starts it and returns the variables that lead to it.
	env(t *testing.T, w *harness.World) []string
	// sent is how often each record came, by its id.
	sent(t *testing.T) map[string]int
}

// keeper is a sink that keeps a record once, however often it comes.
type keeper interface{ kept() int }

// sinks are the sinks of the files of conf/outputs, but of file, which is what
// the examples use.
func sinks() map[string]sink {
	return map[string]sink{
		"opensearch":    &searchSink{prefix: "OPENSEARCH"},
		"elasticsearch": &searchSink{prefix: "ELASTICSEARCH"},
		"http":          &httpSink{},
		"kafka":         &kafkaSink{},
		"s3":            &archiveSink{},
	}
}

// TestOutputs sends one example's records to each output of conf/, as users do:
// by naming another file of outputs/ in the example. Then the connector starts
// over and all are sent again: where the file promises each record once, each
// is there once.
func TestOutputs(t *testing.T) {
	if _, ok := abihost.RealFluentBit(); !ok {
		t.Skip(harness.ErrNoFluentBit) // the test host has no such outputs
	}
	t.Parallel()
	w := newWorld(t)
	_, want := trail(t, w, "trail", trailFiles(w, 1, 10*time.Minute, 3, 40)...)
	all := map[string]sink{} // by the file
	env := map[string][]string{}
	for _, ext := range []string{".yaml", ".conf"} {
		for name, s := range sinks() {
			all[name+ext], env[name+ext] = s, s.env(t, w)
		}
	}
	checkOutputFiles(t, all)
	for times := 1; times <= 2; times++ {
		running := map[string]*exampleRun{}
		for file := range all {
			dir := t.TempDir()
			environ := append(append(exampleEnv(w, dir), "LOG_BUCKET=trail"), env[file]...)
			running[file] = startExample(t, harness.FluentBit, withOutput(t, dir, file), environ)
		}
		for file, e := range running {
			e.waitSent(t, all[file], want*times)
			e.stop(t)
		}
		for file, e := range running {
			t.Run("FluentBit/"+file, func(t *testing.T) {
				e.check(t)
				checkSent(t, all[file], want, times)
			})
		}
	}
}

// waitSent waits until so many records came to the sink.
func (e *exampleRun) waitSent(t *testing.T, s sink, want int) {
	t.Helper()
	if a, ok := s.(*archiveSink); ok {
		// It sends at the end; until then the records are in files.
		before := sum(a.sent(t))
		e.waitFor(t, "records in its buffer", func() bool { return lines(t, e.dir+"/s3") >= want-before })
		return
	}
	e.waitFor(t, "records", func() bool { return sum(s.sent(t)) >= want })
}

// checkSent compares what the sink got with so many records so many times.
func checkSent(t *testing.T, s sink, want, times int) {
	t.Helper()
	sent := s.sent(t)
	if len(sent) != want {
		t.Errorf("%d different records, want %d", len(sent), want)
	}
	for id, n := range sent {
		if len(id) != 32 || n != times {
			t.Errorf("record %q came %d times, want %d", id, n, times)
			break // the others are like it
		}
	}
	if k, ok := s.(keeper); ok && k.kept() != want {
		t.Errorf("%d documents, want %d", k.kept(), want)
	}
}

// checkOutputFiles fails the test where a file of conf/outputs has no sink, or
// a sink no file.
func checkOutputFiles(t *testing.T, all map[string]sink) {
	t.Helper()
	files, err := filepath.Glob(confDir + "/outputs/*")
	if err != nil {
		t.Fatal(err)
	}
	missing := maps.Clone(all)
	for _, file := range files {
		file = filepath.Base(file)
		if name, _ := splitExt(file); all[file] == nil && name != "file" {
			t.Errorf("nothing to run outputs/%s with", file)
		}
		delete(missing, file)
	}
	for file := range missing {
		t.Errorf("there is no outputs/%s", file)
	}
}

// withOutput copies conf/ and has the example of CloudTrail use another output.
func withOutput(t *testing.T, dir, output string) (file string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, "conf"), os.DirFS(confDir)); err != nil {
		t.Fatal(err)
	}
	ext := filepath.Ext(output)
	file = filepath.Join(dir, "conf", "cloudtrail"+ext)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte("outputs/file"+ext), []byte("outputs/"+output), 1)
	if bytes.Equal(changed, text) {
		t.Fatalf("%s names no output", file)
	}
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
