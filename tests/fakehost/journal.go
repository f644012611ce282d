package fakehost

import (
	"strings"
	"sync"
)

// Journal is a log that tests look at. The zero value is empty.
type Journal struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}
