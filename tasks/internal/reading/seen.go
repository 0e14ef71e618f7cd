package reading

import (
	"bytes"
	"encoding/binary"
	"slices"

	"covers/tasks/internal/lake"
)

// inMemory is how many keys of a reading are in memory: a map of 50,000 takes 1 MiB, and one of a few more twice that.
const inMemory = 50_000

// seen is a set of keys. It answers at once, since an entry that is new is written down or asked for before the next is read. The
// keys that came last are in memory; once there are too many they go to a file, so that memory stays the same however many there
// are. After an error it is of no use.
type seen struct {
	recent  map[key]struct{}
	most    int // of recent
	n       int64
	met     *filter // what was ever added, and more
	scratch func() (*lake.Scratch, error)
	older   *keyFile // nil while all are recent
}

func newSeen(most int, scratch func() (*lake.Scratch, error)) *seen {
	return &seen{most: most, scratch: scratch}
}

// add adds a key, and reports whether it is new.
func (s *seen) add(k key) (isNew bool, err error) {
	if s.recent == nil { // a source may have nothing of a kind
		s.recent, s.met = make(map[key]struct{}, s.most), new(filter)
	}
	if s.met.add(k) {
		if there, err := s.has(k); there || err != nil {
			return false, err
		}
	}
	if len(s.recent) >= s.most {
		if err := s.spill(); err != nil {
			return false, err
		}
	}
	s.recent[k] = struct{}{}
	s.n++
	return true, nil
}

func (s *seen) has(k key) (bool, error) {
	if _, ok := s.recent[k]; ok || s.older == nil {
		return ok, nil
	}
	place, err := s.older.find(k)
	return place >= 0, err
}

// remove takes out a key that is there.
func (s *seen) remove(k key) error {
	s.n--
	if _, ok := s.recent[k]; ok || s.older == nil {
		delete(s.recent, k)
		return nil
	}
	return s.older.remove(k)
}

// spill brings the recent keys into the file.
func (s *seen) spill() error {
	if s.older == nil {
		file, err := s.scratch()
		if err != nil {
			return err
		}
		s.older = newKeyFile(file)
	}
	keys := make([]key, 0, len(s.recent))
	for k := range s.recent {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int { return bytes.Compare(a[:], b[:]) })
	clear(s.recent)
	return s.older.merge(keys)
}

// drop forgets all keys and frees what they took. It may be called again.
func (s *seen) drop() {
	s.recent, s.met = nil, nil
	if s.older != nil {
		// Nobody needs the file; a failure to close it changes nothing for the caller.
		_ = s.older.file.Drop()
		s.older = nil
	}
}

// filter knows most keys that are new without a look into the file, in 2 MiB: of ten million keys half of them, of a million
// nearly all (B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", Communications of the ACM 13 (1970),
// 422-426).
type filter [1 << 18]uint64

// add adds a key. Where it reports false, the key was not there before.
func (f *filter) add(k key) (maybe bool) {
	maybe = true
	for _, hash := range []uint64{binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:])} {
		word, bit := &f[hash>>6%uint64(len(f))], uint64(1)<<(hash%64)
		maybe = maybe && *word&bit != 0
		*word |= bit
	}
	return maybe
}
