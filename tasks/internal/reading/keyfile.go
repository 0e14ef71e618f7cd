package reading

import (
	"bytes"
	"encoding/binary"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

const keyBytes = len(key{})

// keyFile is a file of keys, sorted, and where in it the keys with the same first two bytes begin. Keys are hashes, so that these
// are about as many for each: of ten million keys 150, which one read finds. It is read and written at places and not mapped,
// because pages that are mapped count as memory of the program.
type keyFile struct {
	file        *lake.Scratch
	first, next int64            // the keys are those from first to before next
	starts      [1<<16 + 1]int64 // by the first two bytes; the last is next
	buf         []byte
}

// removed stands in the place of a key that was taken out. No text is known whose SHA-256 begins with 128 zeros.
var removed key

func newKeyFile(file *lake.Scratch) *keyFile { return &keyFile{file: file} }

func beginning(k key) int { return int(binary.BigEndian.Uint16(k[:])) }

// find returns the place of a key, -1 if it is not there.
func (f *keyFile) find(k key) (place int64, err error) {
	from, to := f.starts[beginning(k)], f.starts[beginning(k)+1]
	keys, err := f.read(from, to)
	for i := 0; i < len(keys) && err == nil; i += keyBytes {
		if bytes.Equal(keys[i:i+keyBytes], k[:]) {
			return from + int64(i/keyBytes), nil
		}
	}
	return -1, err
}

// read returns the keys from a place to before another, one after the other. They are void after the next call.
func (f *keyFile) read(from, to int64) ([]byte, error) {
	n := int(to-from) * keyBytes
	if n == 0 {
		return nil, nil
	}
	if cap(f.buf) < n {
		f.buf = make([]byte, n)
	}
	_, err := f.file.ReadAt(f.buf[:n], from*int64(keyBytes))
	return f.buf[:n], err
}

// remove takes out a key that is there.
func (f *keyFile) remove(k key) error {
	place, err := f.find(k)
	switch {
	case err != nil:
		return err
	case place < 0:
		return fault.New(fault.Defect, "report it", "take out an entry that is not there")
	}
	_, err = f.file.WriteAt(removed[:], place*int64(keyBytes))
	return err
}

// merge adds keys that are sorted and not there yet. It goes from the end to the beginning and writes behind what is not read
// yet, so that it needs no second file. As many places as keys were removed are left over at the beginning.
func (f *keyFile) merge(keys []key) error {
	to := f.next // of what is not read yet
	f.next += int64(len(keys))
	out := &backwards{file: f.file, next: f.next}
	clear(f.starts[:]) // counts, until all are written
	put := func(k key) {
		out.put(k)
		f.starts[beginning(k)+1]++
	}
	putAbove := func(k key) {
		for last := len(keys) - 1; last >= 0 && bytes.Compare(keys[last][:], k[:]) > 0; last-- {
			put(keys[last])
			keys = keys[:last]
		}
	}
	for to > f.first && out.err == nil {
		from := max(f.first, to-chunk)
		old, err := f.read(from, to)
		if err != nil {
			return err
		}
		for ; len(old) > 0; old = old[:len(old)-keyBytes] {
			if k := key(old[len(old)-keyBytes:]); k != removed {
				putAbove(k)
				put(k)
			}
		}
		to = from
	}
	putAbove(removed) // the lowest of all
	out.flush()
	f.first, f.starts[0] = out.next, out.next
	for i := 1; i < len(f.starts); i++ {
		f.starts[i] += f.starts[i-1]
	}
	return out.err
}

// chunk is how many keys are read or written at once while the file is merged.
const chunk = 4096

// backwards writes keys before each other.
type backwards struct {
	file *lake.Scratch
	next int64 // place of the key that was put last
	buf  [chunk * keyBytes]byte
	used int   // bytes at the end of buf
	err  error // the first
}

func (b *backwards) put(k key) {
	if b.used == len(b.buf) {
		b.flush()
	}
	b.next--
	b.used += keyBytes
	copy(b.buf[len(b.buf)-b.used:], k[:])
}

func (b *backwards) flush() {
	if b.err == nil {
		_, b.err = b.file.WriteAt(b.buf[len(b.buf)-b.used:], b.next*int64(keyBytes))
	}
	b.used = 0
}
