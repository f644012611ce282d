package interflow

import (
	"strings"
	"testing"
)

// TestScratchIsGivenBack maps a long text with escapes and then another object:
// the memory for the text is given back.
func TestScratchIsGivenBack(t *testing.T) {
	m := NewCloudTrail(Settings{})
	m.Begin(Object{}, 0)
	record := `{"a":"` + strings.Repeat(`\n`, 1<<20) + `"}`
	if _, end := m.Map(nil, []byte(record), 0, 0); end != len(record) {
		t.Fatalf("mapped up to %d of %d", end, len(record))
	}
	if cap(m.scratch) < 1<<20 {
		t.Fatalf("only %d bytes were needed", cap(m.scratch))
	}
	m.Begin(Object{}, 0)
	if cap(m.scratch) > keptScratch {
		t.Errorf("%d bytes are kept", cap(m.scratch))
	}
}
