package fault

import (
	"errors"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	own := errors.New("its own")
	if err := Guard(func() error { return own }); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	err := Guard(func() error { panic("boom") })
	if KindOf(err) != Defect || !strings.Contains(err.Error(), "panic: boom") || !strings.Contains(err.Error(), "TestGuard") {
		t.Errorf("got %v", err)
	}
}
