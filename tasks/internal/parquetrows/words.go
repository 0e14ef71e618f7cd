package parquetrows

import (
	"encoding/binary"
	"hash/maphash"
)

// words is a dictionary of texts, numbered in the order in which they came.
type words struct {
	all   []byte // as PLAIN has them
	ends  []int  // of each, in all
	slots []uint16
	last  uint16
}

// seed of the hashes. It decides where in the slots a word lies, never its number.
var seed = maphash.MakeSeed()

func (w *words) reset() {
	w.all, w.ends, w.last = w.all[:0], w.ends[:0], 0
	clear(w.slots)
}

func (w *words) n() int { return len(w.ends) }

// plain returns a word, its length before it.
func (w *words) plain(code uint16) []byte {
	from := 0
	if code > 0 {
		from = w.ends[code-1]
	}
	return w.all[from:w.ends[code]]
}

func (w *words) is(code uint16, s string) bool { return string(w.plain(code)[4:]) == s }

// code returns a text's number, a new one if it is new. A group has too few rows for there to be too many.
func (w *words) code(s string) uint16 {
	if w.n() > 0 && w.is(w.last, s) {
		return w.last
	}
	if 2*w.n() >= len(w.slots) {
		w.grow()
	}
	at := w.slot(s)
	if w.slots[at] == 0 {
		w.all = append(binary.LittleEndian.AppendUint32(w.all, uint32(len(s))), s...)
		w.ends = append(w.ends, len(w.all))
		w.slots[at] = uint16(w.n())
	}
	w.last = w.slots[at] - 1
	return w.last
}

// slot finds where a text's number, plus one, is or belongs.
func (w *words) slot(s string) int {
	mask := len(w.slots) - 1
	at := int(maphash.String(seed, s)) & mask
	for w.slots[at] != 0 && !w.is(w.slots[at]-1, s) {
		at = (at + 1) & mask
	}
	return at
}

func (w *words) grow() {
	w.slots = make([]uint16, max(256, 4*len(w.slots)))
	for code := range w.n() {
		w.slots[w.slot(string(w.plain(uint16(code))[4:]))] = uint16(code) + 1
	}
}

// numbers is a dictionary of numbers, numbered in the order in which they came.
type numbers struct {
	all   []uint64
	codes []uint16
	slots []uint16
}

// slotBits: twice as many slots as a group has rows, so that few meet.
const slotBits = 16

// take numbers all values, as PLAIN has them at a width of 4 or 8 bytes. It gives up, and says so, where a dictionary does not
// pay: where more than a third of the values are distinct, the values themselves take less.
func (d *numbers) take(plain []byte, width int) bool {
	if d.slots == nil {
		d.slots = make([]uint16, 1<<slotBits)
	}
	clear(d.slots)
	d.all, d.codes = d.all[:0], d.codes[:0]
	most := len(plain)/width/3 + 1
	for ; len(plain) > 0; plain = plain[width:] {
		v := numberAt(plain, width)
		at := v * 0x9e3779b97f4a7c15 >> (64 - slotBits)
		for d.slots[at] != 0 && d.all[d.slots[at]-1] != v {
			at = (at + 1) % (1 << slotBits)
		}
		if d.slots[at] == 0 {
			if len(d.all) == most || len(d.codes) == firstLook && mostlyNew(len(d.all), firstLook) {
				return false
			}
			d.all = append(d.all, v)
			d.slots[at] = uint16(len(d.all))
		}
		d.codes = append(d.codes, d.slots[at]-1)
	}
	return true
}

// numberAt reads the number that begins b.
func numberAt(b []byte, width int) uint64 {
	if width == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// plain appends the distinct numbers as PLAIN has them.
func (d *numbers) plain(dst []byte, width int) []byte {
	for _, v := range d.all {
		if width == 4 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		} else {
			dst = binary.LittleEndian.AppendUint64(dst, v)
		}
	}
	return dst
}
