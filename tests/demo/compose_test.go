package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

const root = "../.."

// TestCompose runs what docker/compose.yaml runs, without containers: Fluent Bit
// with the image's files, the environment of the service and the mounted
// configuration, against the fake AWS that -serve gives.
func TestCompose(t *testing.T) {
	bin, ok := abihost.RealFluentBit()
	if !ok {
		t.Skip(harness.ErrNoFluentBit)
	}
	plugin, err := harness.Plugin(root)
	if err != nil {
		t.Fatal(err)
	}
	world, err := harness.ServeWorld("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	samples, err := fill(world)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, s := range samples {
		want += s.want
	}

	etc, state := t.TempDir(), t.TempDir()
	if err := harness.ImageConfig(root, etc); err != nil {
		t.Fatal(err)
	}
	service := composed(t)
	for _, v := range service.Volumes {
		if from, to, _ := strings.Cut(v, ":"); strings.HasPrefix(from, "./") {
			text, err := os.ReadFile(filepath.Join(root, "docker", from))
			if err != nil {
				t.Fatal(err)
			}
			to, _, _ = strings.Cut(to, ":")
			if err := os.WriteFile(strings.Replace(to, "/etc/fluent-bit", etc, 1), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A port that was free a moment ago.
	taken := httptest.NewServer(http.NotFoundHandler())
	_, port, _ := strings.Cut(strings.TrimPrefix(taken.URL, "http://"), ":")
	taken.Close()

	var log harness.Journal
	cmd := exec.CommandContext(t.Context(), bin, "-e", plugin, "-c", filepath.Join(etc, "fluent-bit.yaml"))
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Env = append(os.Environ(), "HEALTH_PORT="+port, "STATE_DIR="+state)
	for name, value := range service.Environment {
		if name == "AWS_ENDPOINT_URL" {
			value = world.URL
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	count := func() int { return strings.Count(log.String(), `"stellar_uuid"`) }
	for deadline := time.Now().Add(time.Minute); count() < want && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || count() != want {
		t.Errorf("%d records, want %d; %v\n%.5000s", count(), want, err, log.String())
	}
}

type composeService struct {
	Environment map[string]string
	Volumes     []string
}

func composed(t *testing.T) composeService {
	t.Helper()
	text, err := os.ReadFile(root + "/docker/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]composeService }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services["fluent-bit"]
}
