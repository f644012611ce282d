package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

const moduleRoot = "../.."

// TestDeployments runs the configurations of docker/ as their containers would:
// with the files of the image where the image has them, under another root.
func TestDeployments(t *testing.T) {
	if _, ok := abihost.RealFluentBit(); !ok {
		t.Skip(harness.ErrNoFluentBit) // they need its HTTP server and outputs
	}
	t.Parallel()
	w := newWorld(t)
	_, want := trail(t, w, "my-trail-bucket", trailFiles(w, 1, 10*time.Minute, 3, 40)...)
	var received tally
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body) // half a body is sent again
		for line := range strings.Lines(string(text)) {
			received.add(idOf([]byte(line)))
		}
	}))
	t.Cleanup(receiver.Close)
	_, receiverPort, _ := net.SplitHostPort(receiver.Listener.Addr().String())

	for name, d := range map[string]struct {
		config  func(t *testing.T, etc string) (file string)
		arrived func(*testing.T, *exampleRun) int
	}{
		"image": {
			func(_ *testing.T, etc string) string { return filepath.Join(etc, "fluent-bit.yaml") },
			func(t *testing.T, e *exampleRun) int { return sum(e.collected(t)) },
		},
		"sidecar": {
			sidecarConfig,
			func(t *testing.T, _ *exampleRun) int { return len(received.sent(t)) },
		},
		"helm": {
			helmConfig,
			func(_ *testing.T, e *exampleRun) int { return strings.Count(e.log(), `"stellar_uuid"`) },
		},
	} {
		t.Run("FluentBit/"+name, func(t *testing.T) {
			dir, etc, port := t.TempDir(), t.TempDir(), strconv.Itoa(freePort(t))
			if err := harness.ImageConfig(moduleRoot, etc); err != nil {
				t.Fatal(err)
			}
			env := append(exampleEnv(w, dir), "LOG_BUCKET=my-trail-bucket", "HEALTH_PORT="+port, "RECEIVER_PORT="+receiverPort)
			e := startExample(t, harness.FluentBit, d.config(t, etc), env)
			e.waitFor(t, "records", func() bool { return d.arrived(t, e) >= want })
			if err := healthcheck(e.ctx, port); err != nil {
				t.Errorf("healthcheck: %v", err)
			}
			e.stop(t)
			e.check(t)
			if err := healthcheck(e.ctx, port); err == nil {
				t.Error("what has ended is healthy")
			}
			if got := d.arrived(t, e); got != want {
				t.Errorf("%d records, want %d", got, want)
			}
		})
	}
}

// healthcheck is the command that the image has for it.
func healthcheck(ctx context.Context, port string) error {
	cmd := exec.CommandContext(ctx, "go", "run", "./docker/healthcheck")
	cmd.Dir = moduleRoot
	cmd.Env = append(os.Environ(), "HEALTH_PORT="+port)
	return cmd.Run()
}

// sidecarConfig is the ConfigMap's file, written into the image's directory.
func sidecarConfig(t *testing.T, etc string) string {
	t.Helper()
	text, err := os.ReadFile(moduleRoot + "/docker/kubernetes/sidecar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	for {
		var object struct{ Data map[string]string }
		if err := d.Decode(&object); err != nil {
			t.Fatal(err)
		}
		if config, ok := object.Data["fluent-bit.yaml"]; ok {
			return writeConfig(t, filepath.Join(etc, "sidecar.yaml"), strings.ReplaceAll(config, "/etc/fluent-bit", etc))
		}
	}
}

// helmConfig is what the chart makes of its values.
func helmConfig(t *testing.T, etc string) string {
	t.Helper()
	text, err := os.ReadFile(moduleRoot + "/docker/kubernetes/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var values struct {
		Config struct{ Service, Inputs, Filters, Outputs string }
	}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	c := values.Config
	return writeConfig(t, filepath.Join(etc, "helm.conf"), c.Service+"\n"+c.Inputs+"\n"+c.Filters+"\n"+c.Outputs)
}

func writeConfig(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
