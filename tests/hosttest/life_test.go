package hosttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A wrong section explains itself. The host then ends: it does not run with
// the sections that are right.
func TestWrongSectionExplainsItself(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, nil)}
	c.inputs[1].keys = keys("bucket", "Not A Bucket", "workers", "many")
	h := start(t, dir, c)
	if code := h.exit(); code == 0 {
		t.Error("exit status 0")
	}
	for _, want := range []string{`[input:stellar_aws:in1] bucket "Not A Bucket"`, `[input:stellar_aws:in1] workers "many"`} {
		if !strings.Contains(h.log(), want) {
			t.Errorf("no line says %s", want)
		}
	}
	if strings.Contains(h.log(), "panic") {
		t.Error("panic")
	}
}

func TestSameConnectorNameTwice(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, keys("connector_name", "twin"))}
	h := start(t, dir, c)
	if code := h.exit(); code == 0 {
		t.Error("exit status 0")
	}
	if want := `connector_name "twin": another connector has this name`; !strings.Contains(h.log(), want) {
		t.Errorf("no line says %s", want)
	}
}

func TestReloadsLoseNothing(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, keys("rate", 20000))}
	h := start(t, dir, c)
	h.waitCommitted(c, 1000)
	const reloads = 3
	for i := range reloads {
		h.reload((i + 2) * len(c.inputs))
		before := h.committed("in0")
		h.wait("records of the new generation", func() bool { return h.committed("in0") > before+5000 })
	}
	h.stop()
	for _, in := range c.inputs {
		h.exactlyOnce(in.name, h.committed(in.name))
	}
	h.noComplaints()
}

func TestStopsInTime(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(3, keys("rate", 5000))}
	h := start(t, dir, c)
	h.waitCommitted(c, 5000)
	took := h.stop()
	// The host itself takes a second or two to find that all is delivered.
	log := h.log()
	if i := strings.Index(log, "service has stopped"); i < 0 {
		t.Error("the host did not stop in order")
	}
	if limit := 7 * time.Second; took > limit {
		t.Errorf("SIGTERM to exit took %s, want at most %s (5 s of grace and 2 s)", took, limit)
	}
	t.Logf("SIGTERM to exit: %s", took)
	for _, in := range c.inputs {
		h.exactlyOnce(in.name, h.committed(in.name))
	}
}

// A connector that does not end is left behind, at a reload and at the end.
func TestStuckConnectorHoldsNobodyUp(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, keys("rate", 2000, "size", 1))}
	c.inputs[0].keys = keys("rate", 2000, "stuck", "yes")
	h := start(t, dir, c)
	h.waitCommitted(c, 100)
	h.reload(2 * len(c.inputs))
	h.waitCommitted(c, h.committed("in1")+1000)
	if took, limit := h.stop(), 9*time.Second; took > limit {
		t.Errorf("SIGTERM to exit took %s, want at most %s", took, limit)
	}
	if n := strings.Count(h.log(), "connector has not ended in time"); n != 2 {
		t.Errorf("%d connectors were left behind, want 2", n)
	}
	h.exactlyOnce("in1", h.committed("in1"))
}

// After a crash, what was counted as delivered is in the host's storage; what
// was not is made again. Some records come twice.
func TestKillLosesNothing(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, nil)}
	const kills = 3
	for i := range kills {
		h := start(t, dir, c)
		from := max(h.committed("in0"), h.committed("in1"))
		h.waitCommitted(c, from+20000)
		h.kill()
		t.Logf("kill %d: committed %d and %d", i+1, h.committed("in0"), h.committed("in1"))
	}
	for _, in := range c.inputs {
		in.keys = keys("records", 1) // nothing new: only what is in storage
	}
	h := start(t, dir, c)
	h.waitDrained()
	h.stop()
	for _, in := range c.inputs {
		n, a := h.committed(in.name), h.count(in.name)
		if lost := a.lost(n); lost != 0 {
			t.Errorf("%s: %d of %d committed records lost", in.name, lost, n)
		}
		t.Logf("%s: %d committed, %d repeated, %d lines torn", in.name, n, a.repeated(), a.torn)
	}
}

// The host takes Go's fault handlers away at a SIGHUP.
func TestPanicAfterReload(t *testing.T) {
	dir := workspace(t)
	c := &settings{inputs: inputs(2, keys("rate", 2000))}
	bang := filepath.Join(dir, "bang")
	c.inputs[0].keys = keys("rate", 2000, "panic_file", bang)
	h := start(t, dir, c)
	h.waitCommitted(c, 100)
	h.reload(2 * len(c.inputs))
	h.signal(syscall.SIGCONT)
	before := h.committed("in1")
	h.wait("a turn of the pump", func() bool { return h.committed("in1") > before+4000 })
	if err := os.WriteFile(bang, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.waitLog("connector stopped: panic: runtime error: invalid memory address", 1)
	before = h.committed("in1")
	h.wait("records of the healthy instance", func() bool { return h.committed("in1") > before+4000 })
	h.stop()
	log := h.log()
	if n := strings.Count(log, "connector stopped"); n != 1 {
		t.Errorf("the panic was logged %d times", n)
	}
	if !strings.Contains(log, "maybePanic") {
		t.Error("the stack does not name the function that faulted")
	}
	h.exactlyOnce("in1", h.committed("in1"))
	// The other's last batch may have come out without being committed.
	if a := h.count("in0"); a.lost(h.committed("in0")) != 0 || a.repeated() != 0 {
		t.Errorf("in0: %d of the committed records lost, %d repeated", a.lost(h.committed("in0")), a.repeated())
	}
}

// A daemon is forked after the library was loaded; its Go runtime is dead.
func TestDaemonIsRefused(t *testing.T) {
	dir := workspace(t)
	c := &settings{service: keys("log_file", filepath.Join(dir, "log")), inputs: inputs(1, nil)}
	h := start(t, dir, c, "-d")
	if code := h.exit(); code != 0 {
		t.Fatalf("exit status of the parent is %d", code)
	}
	pid := daemon(t, h)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	waitFor(t, "the daemon's end", func() bool { return ended(pid) })
	if want := "the host has forked after loading the plugin"; !strings.Contains(h.log(), want) {
		t.Errorf("no line says: %s", want)
	}
}

// daemon is the process that the host goes on in, from its log.
func daemon(t *testing.T, h *host) (pid int) {
	t.Helper()
	waitFor(t, "the daemon's process id", func() bool {
		_, text, _ := strings.Cut(h.log(), "switching to background mode (PID=")
		text, _, found := strings.Cut(text, ")")
		id, err := strconv.Atoi(text)
		pid = id
		return found && err == nil
	})
	return pid
}

// ended is whether a process has, be it that nobody has waited for it yet.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}
