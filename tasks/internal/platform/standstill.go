package platform

import (
	"hash/maphash"

	"covers/tasks/internal/fault"
)

// Standstill notices a server that takes no heed of the page asked for and would be read for ever. The zero value is ready.
type Standstill struct {
	seed  maphash.Seed
	last  [2]uint64
	count int
	times int
}

// A page may be the same as the one before it, if as many records were put before it as it has. That does not happen
// so often in a row.
const sameAtMost = 100

// Page takes the items of the next page of a list. It fails with an unavailable fault at the page that is one too many; what
// names the list, "opentable: GET /sync/v2/reservations".
func (s *Standstill) Page(what string, items [][]byte) error {
	if len(items) == 0 {
		return nil
	}
	if s.count == 0 {
		s.seed = maphash.MakeSeed()
	}
	ends := [2]uint64{maphash.Bytes(s.seed, items[0]), maphash.Bytes(s.seed, items[len(items)-1])}
	if len(items) != s.count || ends != s.last {
		s.count, s.last, s.times = len(items), ends, 1
		return nil
	}
	if s.times++; s.times > sameAtMost {
		return fault.New(fault.Unavailable, "tell the platform", "%s: gives the same page for each that is asked for", what)
	}
	return nil
}
