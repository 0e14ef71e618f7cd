package parquetrows

import (
	"bytes"
	"encoding/binary"

	"github.com/parquet-go/parquet-go/format"
)

// maxBound is how long a text may be that is a bound in the footer, in bytes.
const maxBound = 256

// bound notes the least and the greatest of some values, as PLAIN has them. Engines pass row groups over by these. Texts are
// ordered by their bytes; where a bound would be too long, there is none.
func bound(s *format.Statistics, b *buffer, values []byte) {
	if b.values == 0 {
		return
	}
	switch b.kind {
	case longs:
		least, most := int64(binary.LittleEndian.Uint64(values)), int64(binary.LittleEndian.Uint64(values))
		for ; len(values) >= 8; values = values[8:] {
			v := int64(binary.LittleEndian.Uint64(values))
			least, most = min(least, v), max(most, v)
		}
		s.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(least))
		s.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(most))
	case ints:
		least, most := int32(binary.LittleEndian.Uint32(values)), int32(binary.LittleEndian.Uint32(values))
		for ; len(values) >= 4; values = values[4:] {
			v := int32(binary.LittleEndian.Uint32(values))
			least, most = min(least, v), max(most, v)
		}
		s.MinValue = binary.LittleEndian.AppendUint32(nil, uint32(least))
		s.MaxValue = binary.LittleEndian.AppendUint32(nil, uint32(most))
	case truths:
		s.MinValue, s.MaxValue = []byte{0}, []byte{0}
		if b.truth.set == b.truth.n {
			s.MinValue[0] = 1
		}
		if b.truth.set > 0 {
			s.MaxValue[0] = 1
		}
	case texts:
		boundTexts(s, values)
	}
}

// boundTexts does so for texts. Most are told apart by their first bytes, taken as a number.
func boundTexts(s *format.Statistics, values []byte) {
	var least, most []byte
	var begins, ends uint64 // of least and most
	for i := 0; len(values) > 0; i++ {
		n := 4 + int(binary.LittleEndian.Uint32(values))
		v := values[4:n:n]
		values = values[n:]
		var begin uint64
		if len(v) >= 8 {
			begin = binary.BigEndian.Uint64(v)
		} else {
			var padded [8]byte
			copy(padded[:], v)
			begin = binary.BigEndian.Uint64(padded[:])
		}
		if i == 0 || begin < begins || begin == begins && bytes.Compare(v, least) < 0 {
			least, begins = v, begin
		}
		if i == 0 || begin > ends || begin == ends && bytes.Compare(v, most) > 0 {
			most, ends = v, begin
		}
	}
	if len(least) <= maxBound && len(most) <= maxBound {
		s.MinValue, s.MaxValue = append([]byte{}, least...), append([]byte{}, most...)
	}
}
