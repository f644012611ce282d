package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

const confDir = "../../conf"

// TestExamples runs every example of conf/ as it is, classic and YAML, with the
// command that it and the README give; only the environment points it at the
// fake AWS. They run all at the same time: most of a run is waiting for the
// seconds of the host.
func TestExamples(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		// All of these processes begin at once, in one account.
		w.AWS.SetLogsQuota("DescribeLogGroups", 0)
		w.AWS.SetLogsQuota("FilterLogEvents", 0)
		examples := fillExamples(t, w)
		started := map[string]*exampleRun{}
		for _, file := range exampleFiles(t, examples) {
			name, _ := splitExt(file)
			if kind == harness.ABIHost && name == "routing" {
				continue // it has no filters
			}
			env := append(exampleEnv(w, t.TempDir()), examples[name].env...)
			started[file] = startExample(t, kind, file, env)
		}
		for file, e := range started {
			name, _ := splitExt(file)
			want := sum(examples[name].want)
			e.waitFor(t, "records", func() bool { return sum(e.collected(t)) >= want })
			e.stop(t)
		}
		for file, e := range started {
			t.Run(filepath.Base(file), func(t *testing.T) {
				name, _ := splitExt(file)
				e.check(t)
				if got, want := e.collected(t), examples[name].want; !maps.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
	})
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func splitExt(file string) (name, ext string) {
	ext = filepath.Ext(file)
	return strings.TrimSuffix(filepath.Base(file), ext), ext
}

// exampleFiles are the complete examples of conf/. Each must be known, and
// there in both formats.
func exampleFiles(t *testing.T, known map[string]exampleLogs) (files []string) {
	t.Helper()
	for _, ext := range []string{".yaml", ".conf"} {
		found, err := filepath.Glob(confDir + "/*" + ext)
		if err != nil {
			t.Fatal(err)
		}
		missing := maps.Clone(known)
		for _, file := range found {
			name, _ := splitExt(file)
			if name == "service" {
				continue // a part of the others
			}
			if _, ok := known[name]; !ok {
				t.Errorf("there are no logs to run %s with", file)
				continue
			}
			delete(missing, name)
			files = append(files, file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if command := "fluent-bit -e build/in_stellar_aws.so -c conf/" + name + ext; !strings.Contains(string(text), command) {
				t.Errorf("%s does not say: %s", file, command)
			}
		}
		for name := range missing {
			t.Errorf("there is no %s%s", name, ext)
		}
	}
	return files
}

// exampleEnv is the environment that every example may need.
func exampleEnv(w *harness.World, dir string) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + harness.AccessKey, "AWS_SECRET_ACCESS_KEY=" + harness.SecretKey, "AWS_ENDPOINT_URL=" + w.URL,
		"AWS_ACCOUNT=" + harness.Account, "AWS_REGION=" + harness.Region, "STATE_DIR=" + dir, "OUTPUT_DIR=" + dir,
	}
}

// exampleRun is an example that runs.
type exampleRun struct {
	dir    string // STATE_DIR and OUTPUT_DIR
	file   string
	ctx    context.Context
	log    func() string
	signal func(syscall.Signal) error
	ended  chan struct{} // closed when it has ended
	err    error         // unless it ended in order; read it after ended
}

// startExample starts a host on the file. It is killed with the test.
func startExample(t *testing.T, kind harness.Kind, file string, env []string) *exampleRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	e := &exampleRun{file: file, ctx: ctx, ended: make(chan struct{})}
	for _, kv := range env {
		if dir, ok := strings.CutPrefix(kv, "STATE_DIR="); ok {
			e.dir = dir
		}
	}
	if kind == harness.ABIHost {
		r, err := abihost.Build(t).Start(ctx, abihost.Options{ConfigFile: file, Plugin: plugin, Env: env})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		e.log = r.Log
		e.signal = r.Signal
		go func() {
			defer close(e.ended)
			exit, err := r.Wait(ctx)
			if err == nil && exit != (abihost.Exit{}) {
				err = fmt.Errorf("it ended with %+v", exit)
			}
			e.err = err
		}()
		return e
	}
	bin, _ := abihost.RealFluentBit() // eachHost skips where there is none
	var output harness.Journal
	cmd := exec.CommandContext(ctx, bin, "-e", plugin, "-c", file)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.log = output.String
	e.signal = func(sig syscall.Signal) error { return cmd.Process.Signal(sig) }
	go func() {
		defer close(e.ended)
		e.err = cmd.Wait()
	}()
	return e
}

// waitFor polls met until it is true.
func (e *exampleRun) waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	for !met() {
		select {
		case <-e.ended:
			if !met() {
				t.Fatalf("%s: no %s: it has ended: %v\n%s", e.file, what, e.err, tail(e.log()))
			}
			return
		case <-e.ctx.Done():
			t.Fatalf("%s: no %s\n%s", e.file, what, tail(e.log()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop asks the host to end.
func (e *exampleRun) stop(t *testing.T) {
	t.Helper()
	if err := e.signal(syscall.SIGTERM); err != nil {
		t.Fatalf("%s: %v", e.file, err)
	}
}

// check waits for the host's end, which must be in order, and fails the test
// for what the plugin complained of.
func (e *exampleRun) check(t *testing.T) {
	t.Helper()
	if <-e.ended; e.err != nil {
		t.Fatalf("stop: %v\n%s", e.err, tail(e.log()))
	}
	for line := range strings.Lines(e.log()) {
		if strings.Contains(line, "stellar_aws") && (strings.Contains(line, "[ warn]") || strings.Contains(line, "[error]")) {
			t.Errorf("complaint: %s", line)
		}
	}
}

// collected counts the different records in the output files: by file, class
// and tenant.
func (e *exampleRun) collected(t *testing.T) map[string]int {
	t.Helper()
	files, err := filepath.Glob(e.dir + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "\n") {
				break // it is being written
			}
			var r exampleRecord
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID == "" {
				t.Fatalf("record %.200s: %v", line, err)
			}
			if !seen[r.ID] {
				counts[strings.TrimSpace(filepath.Base(file)+" "+r.Class+" "+r.Tenant)]++
			}
			seen[r.ID] = true
		}
	}
	return counts
}

// exampleRecord is what tells records apart.
type exampleRecord struct {
	ID     string `json:"stellar_uuid"`
	Class  string `json:"msg_class"`
	Tenant string `json:"tenant_name"`
}
