package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headings = regexp.MustCompile(`(?m)^#+ (.+)$`)
	code     = regexp.MustCompile("(?ms)^```.*?^```$")
	unlinked = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchor is the name that a heading gets on GitHub.
func anchor(heading string) string {
	return "#" + strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// TestLinks follows the links of the documents to files and headings. Those to
// other sites are left alone.
func TestLinks(t *testing.T) {
	followed := 0
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		raw, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		text := code.ReplaceAllString(string(raw), "")
		anchors := map[string]bool{}
		for _, h := range headings.FindAllStringSubmatch(text, -1) {
			anchors[anchor(h[1])] = true
		}
		for _, link := range links.FindAllStringSubmatch(text, -1) {
			to := link[1]
			if strings.Contains(to, "://") {
				continue
			}
			followed++
			if strings.HasPrefix(to, "#") {
				if !anchors[to] {
					t.Errorf("%s has no heading %s", name, to)
				}
				continue
			}
			if _, err := os.Stat(filepath.Join("../..", to)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if followed < 40 {
		t.Errorf("only %d links", followed)
	}
}
