package fault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"covers/tasks/internal/fault"
)

func TestKindOf(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for name, c := range map[string]struct {
		err  error
		want fault.Kind
	}{
		"unclassified":                        {errors.New("x"), fault.Defect},
		"classified":                          {fault.New(fault.Denied, "ask", "x"), fault.Denied},
		"wrapped":                             {fmt.Errorf("a: %w", fault.New(fault.Usage, "", "x")), fault.Usage},
		"the outermost counts":                {fault.New(fault.Data, "", "a: %w", fault.New(fault.Usage, "", "x")), fault.Data},
		"full disk":                           {fmt.Errorf("a: %w", full), fault.Temporary},
		"full disk, seen as broken data":      {fault.New(fault.Data, "", "a: %w", full), fault.Temporary},
		"stopped":                             {fmt.Errorf("a: %w", context.Canceled), fault.Stopped},
		"stopped while data seemed broken":    {fault.New(fault.Data, "", "a: %w", context.Canceled), fault.Stopped},
		"too slow":                            {context.DeadlineExceeded, fault.Unavailable},
		"a service that reports cancellation": {fault.New(fault.Unavailable, "", "a: %w", context.Canceled), fault.Unavailable},
	} {
		if got := fault.KindOf(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestTextSaysWhatToDoNext(t *testing.T) {
	if got := fault.New(fault.Usage, "do b", "a is %d", 1).Error(); got != "a is 1; do b" {
		t.Errorf("got %q", got)
	}
	if got := fault.New(fault.Usage, "", "a").Error(); got != "a" {
		t.Errorf("got %q", got)
	}
}
