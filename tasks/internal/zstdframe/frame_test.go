package zstdframe

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// decoded is what another's decoder makes of a frame.
func decoded(t testing.TB, frame []byte) []byte {
	t.Helper()
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	out, err := d.DecodeAll(frame, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// drawn returns n bytes of so many different ones.
func drawn(r *rand.Rand, n, of int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(of))
		if of <= 16 {
			b[i] = "0123456789abcdef"[b[i]]
		}
	}
	return b
}

func TestLiteralsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var w Writer // one for all: nothing of a frame may be left over for the next
	for _, n := range []int{0, 1, 7, 100, 255, minPacked - 1, minPacked, 1023, 5000, blockSize - 1, blockSize,
		blockSize + 1, 1 << 20} {
		for _, of := range []int{1, 2, 15, 16, 200, 256} {
			src := drawn(r, n, of)
			frame := w.Literals([]byte("before"), src)
			if !bytes.HasPrefix(frame, []byte("before")) || !bytes.Equal(decoded(t, frame[6:]), src) {
				t.Errorf("%d bytes of %d symbols differ", n, of)
			}
			if most := 12 + n + 3*(n/blockSize+1); len(frame)-6 > most {
				t.Errorf("%d bytes of %d symbols take %d", n, of, len(frame)-6)
			}
		}
	}
}

// Hexadecimal digits are four bits each, whatever their order.
func TestDigitsTakeFourBits(t *testing.T) {
	var w Writer
	src := drawn(rand.New(rand.NewPCG(3, 4)), 1<<20, 16)
	if got := len(w.Literals(nil, src)); got > 1<<19+1<<11 {
		t.Errorf("1 MiB of digits takes %d bytes", got)
	}
}

// table returns bytes as t says, of so many values.
func table(r *rand.Rand, t Table, values, of int) []byte {
	src := drawn(r, t.Head, of)
	for i := range values {
		value := drawn(r, t.Width, of)
		for k := t.From; k < t.From+t.Same; k++ {
			if k < t.Width {
				value[k] = byte(k)
			} else if i > 0 {
				value[k-t.Width] = byte(k)
			}
		}
		src = append(src, value...)
	}
	return src
}

func TestTablesComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var w Writer
	for _, c := range []Table{
		{0, 8, 5, 3}, {0, 8, 1, 7}, {7, 8, 6, 3}, {4099, 8, 6, 4}, {11, 8, 7, 7}, {0, 4, 1, 3}, {5, 36, 0, 4}, {4099, 45, 0, 9},
		{0, 45, 44, 10}, {3, 16, 0, 15}, {0, 100, 40, 35}, {1, 200, 0, 130}, {1, 500, 499, 400}, {70, 6000, 10, 3000},
		{0, 41, 2, 36}, {0, 53, 3, 50}, {3, 9, 8, 3}, {60_000, 12, 4, 8},
	} {
		for _, values := range []int{16, 17, 127, 128, 129, 3640, 0x7f00 + 3, 40_000} {
			if c.Width > 100 && values > 4000 {
				continue
			}
			for _, of := range []int{1, 16, 256} {
				src := table(r, c, values, of)
				frame := w.Rows(nil, src, c)
				if !bytes.Equal(decoded(t, frame), src) {
					t.Errorf("%+v, %d values of %d symbols differ", c, values, of)
				}
			}
		}
	}
}

// digests returns so many digests of 32 digits, each after its length.
func digests(n int) (out []byte) {
	r := rand.New(rand.NewPCG(7, 8))
	for range n {
		out = append(binary.LittleEndian.AppendUint32(out, 32), drawn(r, 32, 16)...)
	}
	return out
}

// What is the same is not written again: a digest with its length takes half a byte a digit, and three bits.
func TestTablesAreSmall(t *testing.T) {
	src := digests(10_000)
	var w Writer
	if got := len(w.Rows(nil, src, Table{Width: 36, Same: 4})); got > 10_000*(16*8+3)/8+1000 {
		t.Errorf("10,000 digests take %d bytes", got)
	}
}

// Values of another width, and such without the common part, only cost what they take.
func TestOddValues(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	odd := 0
	var src []byte
	head := 0
	for i := range 20_000 {
		value := append([]byte{41, 0, 0, 0}, "1001-"...)
		switch {
		case i < 3 || i%1000 > 990 || i == 19_999:
			value = append([]byte{byte(30 + i%3), 0, 0, 0}, "x-"...)
			odd++
		case i > 10_000:
			value = append([]byte{41, 0, 0, 0}, "1002-"...) // another part, from here on
		}
		src = append(append(src, value...), drawn(r, 4+int(value[0])-len(value), 16)...)
		if i == 2 {
			head = len(src)
		}
	}
	var w Writer
	frame := w.Rows(nil, src, Table{Head: head, Width: 45, Same: 9})
	if !bytes.Equal(decoded(t, frame), src) {
		t.Error("they differ")
	}
	if most := 20_000*(18*8+4)/8 + odd*40 + 1000; len(frame) > most {
		t.Errorf("%d bytes, at most %d are expected", len(frame), most)
	}
}

// Numbers that are counted up share all but their last byte, 256 at a time.
func TestCountedNumbers(t *testing.T) {
	var src []byte
	for i := range 32_768 {
		src = binary.LittleEndian.AppendUint64(src, uint64(4_000_000_123+i))
	}
	var w Writer
	frame := w.Rows(nil, src, Table{Width: 8, From: 1, Same: 7})
	if !bytes.Equal(decoded(t, frame), src) || len(frame) > 32_768+130*30 {
		t.Errorf("they differ, or are %d bytes", len(frame))
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte("some head and then the values"), 3, 8, 6, 3, uint16(100), uint64(1))
	f.Add([]byte("1001-abcdef1001-bacdef1001-cacfef1001-xyzzy1001-abcdef"), 0, 11, 0, 5, uint16(1000), uint64(2))
	f.Fuzz(func(t *testing.T, src []byte, head, width, from, same int, times uint16, seed uint64) {
		if len(src)*int(times) > 2<<20 {
			t.Skip("too long")
		}
		src = bytes.Repeat(src, int(times))
		r := rand.New(rand.NewPCG(seed, 1))
		for range min(len(src), int(seed%100)) {
			src[r.IntN(len(src))]++
		}
		var w Writer
		c := Table{head, width, from, same}
		if !bytes.Equal(decoded(t, w.Rows(nil, src, c)), src) {
			t.Errorf("%+v: %d bytes differ", c, len(src))
		}
		if !bytes.Equal(decoded(t, w.Literals(nil, src)), src) {
			t.Error("as literals they differ")
		}
	})
}

func BenchmarkDigests(b *testing.B) {
	const values = 32 << 10
	src := digests(values)
	other, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		b.Fatal(err)
	}
	var w Writer
	for name, compress := range map[string]func(dst []byte) []byte{
		"zstd":     func(dst []byte) []byte { return other.EncodeAll(src, dst) },
		"literals": func(dst []byte) []byte { return w.Literals(dst, src) },
		"rows":     func(dst []byte) []byte { return w.Rows(dst, src, Table{Width: 36, Same: 4}) },
	} {
		b.Run(name, func(b *testing.B) {
			var out []byte
			for b.Loop() {
				out = compress(out[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*values), "ns/value")
			b.ReportMetric(float64(len(out))/values, "B/value")
		})
	}
}
