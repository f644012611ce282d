package dist

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// installed is where every package and the image put the plugin.
const installed = "/usr/lib/fluent-bit/in_stellar_aws.so"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are the documents of a YAML file.
func documents[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader([]byte(read(t, path))))
	for {
		var one T
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, one)
	}
}

func exists(t *testing.T, what, path string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, path)); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// has fails the test where text lacks one of the parts.
func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s has no %q", what, part)
		}
	}
}

var (
	copied  = regexp.MustCompile(`(?m)^COPY ([^-\n]+) \S+$`)
	stages  = regexp.MustCompile(`(?m)^FROM \S+ AS (\S+)$`)
	program = regexp.MustCompile(`go build .*(\./\S+)`)
	goLine  = regexp.MustCompile(`(?m)^go (\d+\.\d+)`)
)

// TestDockerfile checks that what the image is made of is there. No image is
// built: that takes a Docker engine.
func TestDockerfile(t *testing.T) {
	text := read(t, "docker/Dockerfile")
	for _, c := range copied.FindAllStringSubmatch(text, -1) {
		for _, source := range strings.Fields(c[1]) {
			exists(t, "COPY", source)
		}
	}
	for _, p := range program.FindAllStringSubmatch(text, -1) {
		exists(t, "go build", p[1]+"/main.go")
	}
	has(t, "the Dockerfile", text,
		"FROM golang:"+goLine.FindStringSubmatch(read(t, "go.mod"))[1]+"-",
		"RUN make build ", "/src/build/in_stellar_aws.so "+installed, `"-e", "`+installed+`"`, "USER 65532:65532\nVOLUME", "EXPOSE 2020", "HEALTH_PORT=2020")
	has(t, "the Makefile", read(t, "Makefile"), "\nbuild: $(PLUGIN)\n")
}

func TestCompose(t *testing.T) {
	type service struct {
		Build          struct{ Context, Dockerfile, Target string }
		Volumes, Ports []string
		DependsOn      []string `yaml:"depends_on"`
	}
	compose := documents[struct {
		Services map[string]service
		Volumes  map[string]any
	}](t, "docker/compose.yaml")[0]
	if len(compose.Services) != 2 {
		t.Fatalf("services %v", compose.Services)
	}
	var targets []string
	for _, stage := range stages.FindAllStringSubmatch(read(t, "docker/Dockerfile"), -1) {
		targets = append(targets, stage[1])
	}
	for name, s := range compose.Services {
		exists(t, name, filepath.Join("docker", s.Build.Context, s.Build.Dockerfile))
		if s.Build.Target != "" && !slices.Contains(targets, s.Build.Target) {
			t.Errorf("%s: there is no stage %q", name, s.Build.Target)
		}
		for _, other := range s.DependsOn {
			if _, ok := compose.Services[other]; !ok {
				t.Errorf("%s depends on %q, which is no service", name, other)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, named := compose.Volumes[source]; !named {
				exists(t, name, filepath.Join("docker", source))
			}
		}
	}
}

// container is what is checked of a container, or of the chart's values.
type container struct {
	Name  string
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	StartupProbe   probe   `yaml:"startupProbe"`
	LivenessProbe  probe   `yaml:"livenessProbe"`
	ReadinessProbe probe   `yaml:"readinessProbe"`
	VolumeMounts   []named `yaml:"volumeMounts"`
}

type named struct{ Name string }

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// TestSidecar checks that what the manifest's parts name is in the others.
func TestSidecar(t *testing.T) {
	type object struct {
		Kind     string
		Metadata named
		Spec     struct {
			Template struct {
				Spec struct {
					ServiceAccountName string      `yaml:"serviceAccountName"`
					InitContainers     []container `yaml:"initContainers"`
					Volumes            []struct {
						Name      string
						ConfigMap named `yaml:"configMap"`
					}
				}
			}
			VolumeClaimTemplates []struct{ Metadata named } `yaml:"volumeClaimTemplates"`
		}
	}
	known := map[string]bool{}
	var set object
	for _, o := range documents[object](t, "docker/kubernetes/sidecar.yaml") {
		known[o.Kind+" "+o.Metadata.Name] = true
		if o.Kind == "StatefulSet" {
			set = o
		}
	}
	pod := set.Spec.Template.Spec
	if !known["ServiceAccount "+pod.ServiceAccountName] || len(pod.InitContainers) != 1 {
		t.Fatalf("objects %v, pod %+v", known, pod)
	}
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = known["ConfigMap "+v.ConfigMap.Name]
	}
	for _, v := range set.Spec.VolumeClaimTemplates {
		volumes[v.Metadata.Name] = true
	}
	c := pod.InitContainers[0]
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("mount %q is of no volume", m.Name)
		}
	}
	if len(c.Ports) != 1 || c.Ports[0].ContainerPort != 2020 {
		t.Fatalf("ports %+v", c.Ports)
	}
	for _, p := range []probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if p.HTTPGet.Port != c.Ports[0].Name || !strings.HasPrefix(p.HTTPGet.Path, "/api/v1/") {
			t.Errorf("probe %+v", p)
		}
	}
}

// TestHelm checks the values: the chart's container has one port, http.
func TestHelm(t *testing.T) {
	values := documents[struct {
		Args           []string
		MetricsPort    int   `yaml:"metricsPort"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		ExtraVolumes   []struct {
			Name  string
			Claim struct {
				Name string `yaml:"claimName"`
			} `yaml:"persistentVolumeClaim"`
		} `yaml:"extraVolumes"`
		ExtraVolumeMounts []named `yaml:"extraVolumeMounts"`
	}](t, "docker/kubernetes/values.yaml")[0]
	claim := documents[struct{ Metadata named }](t, "docker/kubernetes/state.yaml")[0]
	if !slices.Contains(values.Args, installed) || values.MetricsPort != 2020 {
		t.Errorf("args %q, port %d", values.Args, values.MetricsPort)
	}
	if values.LivenessProbe.HTTPGet.Port != "http" || values.ReadinessProbe.HTTPGet.Path != "/api/v1/health" {
		t.Errorf("probes %+v, %+v", values.LivenessProbe, values.ReadinessProbe)
	}
	if len(values.ExtraVolumes) != 1 || values.ExtraVolumes[0].Claim.Name != claim.Metadata.Name ||
		len(values.ExtraVolumeMounts) != 1 || values.ExtraVolumeMounts[0].Name != values.ExtraVolumes[0].Name {
		t.Errorf("volumes %+v, mounts %+v, claim %+v", values.ExtraVolumes, values.ExtraVolumeMounts, claim)
	}
}

// TestPackages checks what the .deb and .rpm are made of.
func TestPackages(t *testing.T) {
	recipe := documents[struct {
		Contents []struct{ Src, Dst string }
	}](t, "docker/package/nfpm.yaml")[0]
	var to []string
	for _, c := range recipe.Contents {
		if to = append(to, c.Dst); !strings.HasPrefix(c.Src, "build/") {
			exists(t, c.Dst, c.Src)
		}
	}
	if !slices.Contains(to, installed) {
		t.Errorf("the plugin is not among %q", to)
	}
	for _, file := range []string{"plugins.conf", "plugins.yaml"} {
		has(t, file, read(t, "docker/package/"+file), installed)
	}
}

// TestLicences makes the text that every copy passes on: each module that is
// linked in, and Go, stands in it with what it asks for.
func TestLicences(t *testing.T) {
	run := func(name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out)
	}
	text := run("docker/package/licences.sh", "./plugin")
	modules := strings.Fields(run("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./plugin"))
	if len(modules) < 10 {
		t.Fatalf("modules %q", modules)
	}
	var names strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "==== ") {
			names.WriteString(strings.ReplaceAll(line, ",", " "))
		}
	}
	for _, m := range append(modules, "Go go1.") {
		if !strings.Contains(names.String(), " "+m) {
			t.Errorf("there is no licence of %s", m)
		}
	}
	has(t, "the text", text, "Apache License", "Redistributions in binary form")
}
