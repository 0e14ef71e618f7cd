package mockapi

import (
	"encoding/binary"
	"encoding/hex"
	"errors"

	"github.com/google/uuid"
)

// How long the two forms of an id are in text: a UUID, and OpenTable's 24 hexadecimal digits.
const (
	uuidLength = 36
	hexLength  = 24
)

// errID says that an id ends in neither form. The id itself stays out of the text.
var errID = errors.New("an id ends neither in a UUID nor in 24 hexadecimal digits")

// hexMark ends the 16 bytes that stand for an id of 24 digits. A UUID that ends so would be taken for one; generate makes none.
var hexMark = [4]byte{'h', 'e', 'x', 0}

// bare returns what stands for an id here, without the "<rid>-" that OpenTable's begin with: its UUID, or its 24 digits and
// hexMark. Capitals are the same as small letters.
func bare(id string) (uuid.UUID, error) {
	if len(id) >= uuidLength && (len(id) == uuidLength || id[len(id)-uuidLength-1] == '-') {
		if u, err := uuid.Parse(id[len(id)-uuidLength:]); err == nil {
			return u, nil
		}
	}
	var u uuid.UUID
	if n := len(id); n >= hexLength && (n == hexLength || id[n-hexLength-1] == '-') {
		if _, err := hex.Decode(u[:12], []byte(id[n-hexLength:])); err == nil {
			copy(u[12:], hexMark[:])
			return u, nil
		}
	}
	return u, errID
}

// idText writes what bare returned, in small letters.
func idText(id uuid.UUID) string {
	if [4]byte(id[12:]) == hexMark {
		return hex.EncodeToString(id[:12])
	}
	return id.String()
}

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
