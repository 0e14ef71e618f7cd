package mockapi

import (
	"encoding/binary"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(0, 300) // few, so that ids meet, in one half or the other
		draw := func(name string) (id uuid.UUID) {
			binary.LittleEndian.PutUint64(id[:8], number.Draw(t, name))
			binary.LittleEndian.PutUint64(id[8:], number.Draw(t, name)%2)
			return id
		}
		var entries []entry
		want := map[uuid.UUID]int{}
		for range rapid.IntRange(0, 300).Draw(t, "entries") {
			id := draw("id")
			if _, ok := want[id]; !ok {
				want[id] = len(entries)
				entries = append(entries, entry{id: id})
			}
		}
		x := newIndex(entries)
		for id, place := range want {
			if got, ok := x.find(entries, id); !ok || got != place {
				t.Fatalf("place %d, %v: want %d", got, ok, place)
			}
		}
		for range 50 {
			id := draw("another")
			if _, ok := x.find(entries, id); ok != (func() bool { _, there := want[id]; return there }()) {
				t.Fatalf("found %v", ok)
			}
		}
	})
}
