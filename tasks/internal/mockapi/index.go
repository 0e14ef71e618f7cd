package mockapi

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// index finds entries by id: a table of places, open to the next slot where two ids fall on one. It takes a third of a map's
// memory. A slot holds a place plus one; zero is free.
type index []uint32

func newIndex(entries []entry) index {
	size := 1
	for size < len(entries)*3/2+1 {
		size *= 2
	}
	x := make(index, size)
	for i := range entries {
		slot := x.first(entries[i].id)
		for x[slot] != 0 {
			slot = (slot + 1) & (size - 1)
		}
		x[slot] = uint32(i + 1)
	}
	return x
}

// first returns the slot at which the search for an id begins.
func (x index) first(id uuid.UUID) int {
	// Ids are random, but need not be.
	h := (binary.LittleEndian.Uint64(id[:8]) ^ binary.LittleEndian.Uint64(id[8:])) * 0x9e3779b97f4a7c15
	return int(h>>32) & (len(x) - 1)
}

func (x index) find(entries []entry, id uuid.UUID) (place int, ok bool) {
	if len(x) == 0 {
		return 0, false
	}
	for slot := x.first(id); x[slot] != 0; slot = (slot + 1) & (len(x) - 1) {
		if place := int(x[slot] - 1); entries[place].id == id {
			return place, true
		}
	}
	return 0, false
}
