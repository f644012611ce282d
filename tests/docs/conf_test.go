package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the promises rest on, in both formats.
var (
	inputs     = regexp.MustCompile(`(?m)^ +(- )?name:? +stellar_aws$`)
	outputs    = regexp.MustCompile(`(?m)^ +(- )?name:? +(file|stdout|http|es|opensearch|kafka|s3)( #.*)?$`)
	unthreaded = regexp.MustCompile(`(?m)^ +threaded:? +off$`)
	onDisk     = regexp.MustCompile(`(?m)^ +storage\.type:? +filesystem$`)
	retries    = regexp.MustCompile(`(?m)^ +retry_limit:? +no_limits$`)
	storage    = regexp.MustCompile(`(?m)^ +storage\.path:? +\S+$`)
	noChecksum = regexp.MustCompile(`(?m)^ +storage\.checksum:? +off$`)
)

// TestExamplesKeepThePromises checks that every input and output of conf/ and
// docker/ has the settings without which the README promises less.
func TestExamplesKeepThePromises(t *testing.T) {
	allInputs, allOutputs, services := 0, 0, 0
	for _, dir := range []string{"../../conf", "../../docker"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			count := func(r *regexp.Regexp) int { return len(r.FindAll(text, -1)) }
			in, out := count(inputs), count(outputs)
			if count(unthreaded) != in || count(onDisk) != in {
				t.Errorf("%s has %d inputs, threaded off %d times, storage.type filesystem %d times", path, in, count(unthreaded), count(onDisk))
			}
			if count(retries) != out {
				t.Errorf("%s has %d outputs, retry_limit no_limits %d times", path, out, count(retries))
			}
			if count(storage) != count(noChecksum) {
				t.Errorf("%s has storage.path %d times, storage.checksum off %d times", path, count(storage), count(noChecksum))
			}
			allInputs, allOutputs, services = allInputs+in, allOutputs+out, services+count(storage)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if allInputs < 30 || allOutputs < 15 || services < 4 {
		t.Errorf("only %d inputs, %d outputs and %d services were found", allInputs, allOutputs, services)
	}
}

// TestClassicExamplesBeginWithASentence holds the first lines of the classic
// files, which are shorter than those of the YAML files that explain them.
func TestClassicExamplesBeginWithASentence(t *testing.T) {
	files := 0
	for _, pattern := range []string{"../../conf/*.conf", "../../conf/outputs/*.conf"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, split := strings.Cut(string(text), "\n# The classic form of ")
			if !split {
				first, _, split = strings.Cut(string(text), " the classic form of ")
				first += "."
			}
			if files++; !split || !strings.HasSuffix(first, ".") || strings.Contains(first, "\n[") {
				t.Errorf("%s begins with %q", file, first)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files", files)
	}
}
