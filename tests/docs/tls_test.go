package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTLSIsVerified holds that nothing of the plugin can turn the verification
// of certificates off.
func TestTLSIsVerified(t *testing.T) {
	for _, root := range []string{"../../plugin", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if strings.Contains(string(text), "InsecureSkip"+"Verify") {
				t.Errorf("%s can skip the verification of certificates", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
