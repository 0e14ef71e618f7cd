package zstdframe

import (
	"encoding/binary"
	"math/bits"
)

// sequences are n sequences of a block, all alike: take so many literals, copy so many bytes from so far back.
type sequences struct {
	n, literals, match int
	back               int // how far; 0: as far as the last time, which only a sequence with literals may say
}

// code is how a length or a distance is written: a symbol, and bits that say more.
type code struct {
	symbol byte
	bits   uint8
	more   uint64
}

// append appends the sequences. The tables of the three symbols are of the form "always this one" (RLE_Mode, RFC 8878,
// 3.1.1.3.2.1), so that a sequence takes only the bits that say more. They are read from the end: distance, match, literals.
func (s sequences) append(dst []byte) []byte {
	switch {
	case s.n < 128:
		dst = append(dst, byte(s.n))
	case s.n < 0x7f00:
		dst = append(dst, byte(s.n>>8)+128, byte(s.n))
	default:
		dst = binary.LittleEndian.AppendUint16(append(dst, 255), uint16(s.n-0x7f00))
	}
	if s.n == 0 {
		return dst
	}
	const alwaysThisOne = 1<<6 | 1<<4 | 1<<2
	literals, match, back := literalsCode(s.literals), matchCode(s.match), backCode(s.back)
	dst = append(dst, alwaysThisOne, literals.symbol, back.symbol, match.symbol)
	each := literals.more | match.more<<literals.bits | back.more<<(literals.bits+match.bits)
	width := literals.bits + match.bits + back.bits // at most 48
	var pending uint64
	var held uint8
	for range s.n {
		pending |= each << held
		for held += width; held >= 8; held -= 8 {
			dst = append(dst, byte(pending))
			pending >>= 8
		}
	}
	return append(dst, byte(pending)|1<<held) // the highest bit that is set marks the end
}

// step is where a range of lengths begins that share a symbol, and the bits that tell them apart.
type step struct {
	from int
	bits uint8
}

// The lengths from the symbols on that do not stand for one length (RFC 8878, 3.1.1.3.2.1.1, tables of literals and matches).
var (
	literalsSteps = []step{{16, 1}, {18, 1}, {20, 1}, {22, 1}, {24, 2}, {28, 2}, {32, 3}, {40, 3}, {48, 4}, {64, 6}, {128, 7},
		{256, 8}, {512, 9}, {1024, 10}, {2048, 11}, {4096, 12}, {8192, 13}, {16384, 14}, {32768, 15}, {65536, 16}}
	matchSteps = []step{{35, 1}, {37, 1}, {39, 1}, {41, 1}, {43, 2}, {47, 2}, {51, 3}, {59, 3}, {67, 4}, {83, 4}, {99, 5},
		{131, 7}, {259, 8}, {515, 9}, {1027, 10}, {2051, 11}, {4099, 12}, {8195, 13}, {16387, 14}, {32771, 15}, {65539, 16}}
)

// literalsCode writes a number of literals, up to 131,071.
func literalsCode(n int) code { return codeOf(n, 0, literalsSteps) }

// matchCode writes the length of what is copied, 3 to 131,074 bytes.
func matchCode(n int) code { return codeOf(n, minRun, matchSteps) }

// codeOf writes a length: the first symbols stand for one length each, from the least on.
func codeOf(n, least int, steps []step) code {
	if n < steps[0].from {
		return code{symbol: byte(n - least)}
	}
	i := len(steps) - 1
	for steps[i].from > n {
		i--
	}
	return code{byte(steps[0].from - least + i), steps[i].bits, uint64(n - steps[i].from)}
}

// backCode writes a distance: one to three stand for the last ones, and what is new is three more.
func backCode(n int) code {
	value := uint64(1)
	if n > 0 {
		value = uint64(n) + 3
	}
	log := bits.Len64(value) - 1
	return code{byte(log), uint8(log), value - 1<<log}
}
