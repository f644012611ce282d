package harness

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// imageConfig is a line of docker/Dockerfile that copies to /etc/fluent-bit.
var imageConfig = regexp.MustCompile(`(?m)^COPY (.+) /etc/fluent-bit/$`)

// ImageConfig lays out in dir what the image has in /etc/fluent-bit. root is the
// module's directory.
func ImageConfig(root, dir string) error {
	recipe, err := os.ReadFile(filepath.Join(root, "docker", "Dockerfile"))
	if err != nil {
		return fmt.Errorf("read recipe of the image: %w", err)
	}
	found := imageConfig.FindAllSubmatch(recipe, -1)
	if found == nil {
		return fmt.Errorf("lay out the image: the Dockerfile copies nothing to /etc/fluent-bit: %w", fs.ErrNotExist)
	}
	for _, line := range found {
		for _, source := range strings.Fields(string(line[1])) {
			if err := copyTo(filepath.Join(root, source), dir); err != nil {
				return fmt.Errorf("lay out the image: %w", err)
			}
		}
	}
	return nil
}

// copyTo copies a file, or what is in a directory, as COPY does.
func copyTo(source, dir string) error {
	if info, err := os.Stat(source); err != nil {
		return err
	} else if info.IsDir() {
		return os.CopyFS(dir, os.DirFS(source))
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, filepath.Base(source)), text, 0o600)
}
