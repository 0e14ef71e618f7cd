package forgotten

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

func newZone(t *testing.T) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	return z
}

func stored(t *testing.T, z *lake.Zone) (all []string) {
	t.Helper()
	for e, err := range z.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Key)
	}
	return all
}

// Whom anybody added is there for good, in one list, and nobody reads an id in it. The sum is sha256sum's.
func TestAdd(t *testing.T) {
	z := newZone(t)
	none, err := Read(t.Context(), z)
	if err != nil || none.Has("opentable", "1001-ana") || (*Guests)(nil).Has("opentable", "1001-ana") {
		t.Fatal(err)
	}
	for range 2 {
		for _, id := range []string{"1001-ana", "1001-ben", "1001-ana"} {
			if err := Add(t.Context(), z, []Guest{{"opentable", id}, {"opentable", id}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := Read(t.Context(), z)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"1001-ana": true, "1001-ben": true, "1001-eve": false, "": false} {
		if all.Has("opentable", id) != want || all.Has("thefork", id) {
			t.Errorf("%q", id)
		}
	}
	keys := stored(t, z)
	if len(keys) != 1 {
		t.Fatalf("%q", keys)
	}
	text, err := z.ReadAll(t.Context(), keys[0], 1<<20)
	const sum = "a549d6d0a46142cceb62e034435ee6503450da1716d064578e5daef535b78997"
	if err != nil || strings.Contains(string(text), "1001") || !strings.Contains(string(text), sum) {
		t.Errorf("%s %v", text, err)
	}
	if err := none.Unchanged(t.Context(), z); fault.KindOf(err) != fault.Temporary {
		t.Errorf("what was made before may be published: %v", err)
	}
	if err := all.Unchanged(t.Context(), z); err != nil {
		t.Error(err)
	}
}

// Of those who add at once nobody's guest is lost.
func TestAddAtOnce(t *testing.T) {
	z := newZone(t)
	ids := strings.Fields("a b c d e f g h")
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			if err := Add(t.Context(), z, []Guest{{"thefork", id}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g, err := Read(t.Context(), z)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !g.Has("thefork", id) {
			t.Errorf("%s is lost", id)
		}
	}
}

func TestAListThatIsNone(t *testing.T) {
	for _, text := range []string{"{", `{"version":2,"guests":[]}`} {
		z := newZone(t)
		if err := z.Create(t.Context(), prefix+"a.json", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), z); fault.KindOf(err) != fault.Data || errors.Is(err, lake.ErrExists) {
			t.Error(err)
		}
	}
}
