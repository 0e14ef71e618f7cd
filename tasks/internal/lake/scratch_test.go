package lake

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

// A scratch file is read and written at any place, is no object, and leaves nothing.
func TestScratch(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		z := open(t)
		s, err := z.NewScratch(t.Context())
		need(t, err)
		for _, at := range []int64{6, 0} {
			if n, err := s.WriteAt([]byte("abc"), at); n != 3 || err != nil {
				t.Fatal(n, err)
			}
		}
		text := make([]byte, 20)
		if n, err := s.ReadAt(text, 1); n != 8 || err != io.EOF { //nolint:errorlint // io.EOF itself, as io.ReaderAt says
			t.Errorf("read %d bytes, %v", n, err)
		}
		if got := string(text[:8]); got != "bc\x00\x00\x00abc" {
			t.Errorf("read %q", got)
		}
		for e, err := range z.List(t.Context(), "") {
			t.Errorf("an object %v, %v", e, err)
		}
		need(t, s.Drop())
		need(t, s.Drop())
		if n, err := z.store.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
			t.Errorf("%d files are left, %v", n, err)
		}
		_, err = s.WriteAt([]byte("abc"), 0)
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("written after the end: %v", err)
		}
		wantFault(t, err, fault.KindOf(err), "write a scratch file for "+z.URL())
	})
}
