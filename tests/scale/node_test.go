package scale

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"in_stellar_aws/tests/harness"
)

// node is a Fluent Bit with a state and an output of its own.
type node struct {
	t       *testing.T
	config  harness.Config
	process *harness.Process
	log     string // of its earlier lives
}

func (n *node) start(ctx context.Context) {
	n.t.Helper()
	p, err := harness.Start(ctx, harness.FluentBit, n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	n.process = p
	if err := p.WaitLog(ctx, "taking notifications"); err != nil {
		n.t.Fatalf("%v\n%s", err, p.Log())
	}
}

// crash kills the node.
func (n *node) crash(ctx context.Context) {
	n.t.Helper()
	if err := n.process.Crash(ctx); err != nil {
		n.t.Fatal(err)
	}
	n.log += n.process.Log()
}

// stop ends the node in order.
func (n *node) stop(ctx context.Context) {
	n.t.Helper()
	exit, err := n.process.Stop(ctx)
	if err != nil || exit.Code != 0 || exit.Signal != 0 {
		n.t.Errorf("the node ended with %+v, %v", exit, err)
	}
	n.log += n.process.Log()
}

// output is what came out of a node, as far as it is of interest here.
type output struct {
	records int
	ids     map[string]string // event id -> stellar_uuid
	clashes int               // event ids with more than one
}

func (n *node) output() output {
	n.t.Helper()
	out := output{ids: map[string]string{}}
	f, err := os.Open(filepath.Join(n.config.OutDir(), "trail"))
	if errors.Is(err, fs.ErrNotExist) {
		return out
	}
	if err != nil {
		n.t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r struct {
			ID    string `json:"stellar_uuid"`
			Event string `json:"eventID"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.ID == "" || r.Event == "" {
			n.t.Fatalf("record %.200s: %v", lines.Bytes(), err)
		}
		out.records++
		if known, ok := out.ids[r.Event]; ok && known != r.ID {
			out.clashes++
		}
		out.ids[r.Event] = r.ID
	}
	if err := lines.Err(); err != nil {
		n.t.Fatal(err)
	}
	return out
}

// lines is how many records the node has put out; a half one counts not.
func (n *node) lines() int {
	text, err := os.ReadFile(filepath.Join(n.config.OutDir(), "trail"))
	if err != nil {
		return 0 // none yet
	}
	return bytes.Count(text, []byte("\n"))
}
