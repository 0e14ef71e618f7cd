package transform

import (
	"fmt"
	"io"
	"testing"

	"covers/tasks/internal/lake"
)

// closing counts what was closed.
type closing struct{ n *int }

func (c closing) Close() error { *c.n++; return nil }

// What is kept is bounded in files and in bytes, and all of it is closed once: at once where there is no room, at the end else.
func TestKeptIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		bytes int64
		keeps int
	}{
		"small": {1, mostKept}, "large": {mostKeptBytes / 2, 2}, "too large": {mostKeptBytes + 1, 0},
	} {
		closed := 0
		k := kept{open: map[string]io.Closer{}}
		for i := range mostKept + 5 {
			if err := k.put(lake.Object{Key: fmt.Sprint(i), Bytes: c.bytes}, closing{&closed}); err != nil {
				t.Fatal(err)
			}
		}
		if len(k.open) != c.keeps || closed != mostKept+5-c.keeps {
			t.Errorf("%s: %d are kept, %d closed", name, len(k.open), closed)
		}
		if err := k.close(); err != nil || closed != mostKept+5 || len(k.open) != 0 {
			t.Errorf("%s: %d are closed at the end, %v", name, closed, err)
		}
	}
}
