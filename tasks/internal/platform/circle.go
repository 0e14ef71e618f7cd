package platform

import (
	"hash/maphash"

	"covers/tasks/internal/fault"
)

// Circle notices a way through a list that comes to no end, as at a server that takes no heed of the page asked for: its pages
// come again, whatever their order and that of the items in them. The zero value is ready. It holds 8 bytes a page and more.
type Circle struct {
	seed maphash.Seed
	met  map[uint64]struct{}
	row  int // pages in a row that were met before
}

// An item stands in the sum by its beginning, its end and its length: its id, and mostly its times. All of it would cost extract
// a twentieth of its own time.
const begins, ends = 128, 64

func (c *Circle) digest(item []byte) uint64 {
	if len(item) <= begins+ends {
		return maphash.Bytes(c.seed, item)
	}
	const odd = 0x9e3779b97f4a7c15 // so that beginning, end and length do not change places
	return maphash.Bytes(c.seed, item[:begins]) + odd*(maphash.Bytes(c.seed, item[len(item)-ends:])+uint64(len(item)))
}

// A page may be one that was met before, if as many records were put before it as it has. That does not happen so often in a row.
const againAtMost = 20

// Page takes the items of the next page of a list and reports whether a page of these items was met before. It fails with an
// unavailable fault at the page that is one too many; what names the list, "opentable: GET /sync/v2/reservations".
func (c *Circle) Page(what string, items [][]byte) (again bool, err error) {
	if len(items) == 0 {
		return false, nil
	}
	if c.met == nil {
		c.seed, c.met = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	sum := uint64(len(items))
	for _, item := range items {
		sum += c.digest(item)
	}
	if _, again = c.met[sum]; !again {
		c.met[sum], c.row = struct{}{}, 0
		return false, nil
	}
	if c.row++; c.row >= againAtMost {
		return true, fault.New(fault.Unavailable, "tell the platform",
			"%s: gives the same pages again and again, whichever is asked for", what)
	}
	return true, nil
}
