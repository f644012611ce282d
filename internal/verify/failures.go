package verify

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// safely calls f and turns its panic into an error.
func safely(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("verify digest: panic: %v\n%s", v, debug.Stack())
		}
	}()
	return f()
}

// failures gathers errors of several goroutines.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) add(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.errs...)
}
