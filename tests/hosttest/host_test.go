package hosttest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait: far more than the host ever needs.
const patience = 60 * time.Second

// host is a Fluent Bit under test.
type host struct {
	t    *testing.T
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// start runs the host on a configuration, in dir.
func start(t *testing.T, dir string, c *settings, args ...string) *host {
	t.Helper()
	c.write(t, dir)
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	h := &host{t: t, dir: dir, done: make(chan struct{})}
	h.cmd = exec.Command(fluentBit, append([]string{"-c", filepath.Join(dir, "fluent-bit.yaml")}, args...)...)
	h.cmd.Dir, h.cmd.Stdout, h.cmd.Stderr = dir, log, log
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = h.cmd.Wait() // its state is read by exit
		close(h.done)
	}()
	t.Cleanup(func() {
		h.kill()
		if t.Failed() {
			t.Logf("the host's log:\n%s", h.log())
		}
	})
	return h
}

// workspace is a directory for one test, which is skipped without a host.
func workspace(t *testing.T) string {
	t.Helper()
	if skip != "" {
		t.Skip(skip)
	}
	return t.TempDir()
}

func (h *host) log() string {
	text, err := os.ReadFile(filepath.Join(h.dir, "log"))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

func (h *host) signal(s syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil {
		h.t.Fatal(err)
	}
}

// kill ends the host as a crash would.
func (h *host) kill() {
	if err := h.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Error(err)
	}
	<-h.done
}

// stop ends the host in order, and returns how long that took.
func (h *host) stop() time.Duration {
	h.t.Helper()
	begin := time.Now()
	h.signal(syscall.SIGTERM)
	if code := h.exit(); code != 0 {
		h.t.Errorf("exit status %d after SIGTERM, want 0", code)
	}
	return time.Since(begin)
}

// exit waits for the host's end and returns its status, -1 after a signal.
func (h *host) exit() int {
	h.t.Helper()
	select {
	case <-h.done:
		return h.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		h.t.Fatal("the host does not end")
		return 0
	}
}

func (h *host) running() bool {
	select {
	case <-h.done:
		return false
	default:
		return true
	}
}

// wait waits until met is true, while the host runs.
func (h *host) wait(what string, met func() bool) {
	h.t.Helper()
	waitFor(h.t, what, func() bool {
		h.t.Helper()
		if !h.running() {
			h.t.Fatalf("the host ended before: %s", what)
		}
		return met()
	})
}

// waitFor polls until met is true: nothing but its files tells of the host.
func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !met(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// waitLog waits until the log holds text n times.
func (h *host) waitLog(text string, n int) {
	h.t.Helper()
	h.wait("log line: "+text, func() bool { return strings.Count(h.log(), text) >= n })
}

// reload has the host load its configuration again, and waits for it.
func (h *host) reload(starts int) {
	h.t.Helper()
	h.signal(syscall.SIGHUP)
	h.waitLog("synthetic connector starts", starts)
}

// noComplaints fails the test for every warning or error of the plugin.
func (h *host) noComplaints() {
	h.t.Helper()
	for line := range strings.SplitSeq(h.log(), "\n") {
		if strings.Contains(line, "stellar_aws") && (strings.Contains(line, "[ warn]") || strings.Contains(line, "[error]")) {
			h.t.Errorf("complaint: %s", line)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return text
}
