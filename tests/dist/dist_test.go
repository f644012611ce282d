// Package dist checks what is released: that the plugin loads on the oldest
// system it is made for, and that the recipes of the packages, the image and the
// manifests name what is there.
package dist

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"in_stellar_aws/tests/harness"
)

const root = "../.."

// oldest is the newest glibc that the plugin may need: Debian 11's, 2.31.
var oldest = []int{2, 31}

// TestGlibc reads which versions of the system's libraries the plugin needs,
// and those in dist/ if there are some.
func TestGlibc(t *testing.T) {
	plugin, err := harness.Plugin(root)
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob(root + "/build/dist/*/in_stellar_aws.so")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(others, plugin) {
		f, err := elf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		symbols, err := f.ImportedSymbols()
		if err != nil {
			t.Fatal(err)
		}
		if len(symbols) == 0 {
			t.Fatalf("%s imports nothing", file)
		}
		for _, s := range symbols {
			if version, ok := glibc(s.Version); ok && slices.Compare(version, oldest) > 0 {
				t.Errorf("%s needs %s of %s %s: add it to docker/package/glibc.sh", file, s.Name, s.Library, s.Version)
			}
		}
	}
}

// glibc reads a version such as GLIBC_2.2.5.
func glibc(version string) (numbers []int, ok bool) {
	text, ok := strings.CutPrefix(version, "GLIBC_")
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false // GLIBC_PRIVATE and other libraries' versions
		}
		numbers = append(numbers, n)
	}
	return numbers, ok
}
