package parquetrows

import (
	"encoding/binary"
	mathbits "math/bits"
)

// The hybrid of runs and packed numbers (parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"): a run is
// twice its length, then its value; packed numbers are twice their groups of eight and one, then the groups.

// appendLevels appends the definition levels of an optional column as a version 1 page has them: four bytes of length before.
func appendLevels(dst []byte, present *bits) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	switch present.set {
	case 0:
		dst = append(appendRun(dst, present.n), 0)
	case present.n:
		dst = append(appendRun(dst, present.n), 1)
	default:
		dst = present.appendTo(appendPacked(dst, present.n))
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func appendRun(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)<<1) }

func appendPacked(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n+7)/8<<1|1) }

// appendCodes appends places in a dictionary of so many values: their bits, then the hybrid.
func appendCodes(dst []byte, codes []uint16, values int) []byte {
	if values <= 1 {
		dst = append(dst, 1)
		if len(codes) > 0 {
			dst = append(appendRun(dst, len(codes)), 0)
		}
		return dst
	}
	width := mathbits.Len(uint(values - 1))
	dst = appendPacked(append(dst, byte(width)), len(codes))
	at := len(dst)
	dst = grown(dst, (len(codes)+7)/8*width+8) // eight bytes are written at a time
	var pending uint64
	held := 0
	for _, c := range codes {
		pending |= uint64(c) << held
		held += width
		if held >= 48 {
			binary.LittleEndian.PutUint64(dst[at:], pending)
			at, pending, held = at+6, pending>>48, held-48
		}
	}
	clear(dst[at:])
	binary.LittleEndian.PutUint64(dst[at:], pending)
	return dst[:len(dst)-8]
}
