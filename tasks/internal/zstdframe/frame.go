// Package zstdframe writes zstd frames (RFC 8878) of what has nothing in it to search for: random digits, and numbers of one
// width. Start with Writer. Where bytes repeat, a compressor finds more.
//
// A frame is a chain of blocks. A block has literals, Huffman-coded, and sequences, each of which says: take so many literals,
// then copy so many bytes from so far back. A compressor spends its time on finding what to copy. Here the caller knows it, or
// there is none.
package zstdframe

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/huff0"
)

// blockSize is how many bytes a block may stand for (RFC 8878, 3.1.1.2.4).
const blockSize = 128 << 10

// Writer makes frames, one after the other. It is for one goroutine; its zero value is ready.
type Writer struct {
	huffman  huff0.Scratch
	literals []byte // of a block with sequences
}

// Literals appends a frame of src to dst in which nothing is copied from further back.
func (w *Writer) Literals(dst, src []byte) []byte {
	dst = w.begin(dst, len(src))
	for len(src) > blockSize {
		dst = w.block(dst, src[:blockSize], sequences{}, false)
		src = src[blockSize:]
	}
	return w.block(dst, src, sequences{}, true)
}

// begin appends a frame's header: the content's size, no checksum, and a window as large as the content.
func (w *Writer) begin(dst []byte, size int) []byte {
	const magic, singleSegmentFourBytes = 0xfd2fb528, 0xa0
	w.huffman.Reuse = huff0.ReusePolicyNone // the decoder begins without a table
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	dst = append(dst, singleSegmentFourBytes)
	return binary.LittleEndian.AppendUint32(dst, uint32(size))
}

// The types of a block (RFC 8878, 3.1.1.2.2).
const (
	rawBlock        = 0
	compressedBlock = 2
)

// block appends one block. Its header is three bytes: last or not, type, size.
func (w *Writer) block(dst, literals []byte, s sequences, last bool) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0)
	kind := uint32(compressedBlock)
	dst, packed := w.appendLiterals(dst, literals)
	dst = s.append(dst)
	if s.n == 0 && !packed { // then the bytes as they are take less
		kind, dst = rawBlock, append(dst[:at+3], literals...)
	}
	header := uint32(len(dst)-at-3)<<3 | kind<<1
	if last {
		header |= 1
	}
	dst[at], dst[at+1], dst[at+2] = byte(header), byte(header>>8), byte(header>>16)
	return dst
}

// The types of literals (RFC 8878, 3.1.1.3.1.1).
const (
	rawLiterals      = 0
	sameLiterals     = 1
	packedLiterals   = 2
	treelessLiterals = 3 // packed by the table of the block before
)

// minPacked is from how many literals on a Huffman table is tried: it takes time, and a hundred bytes.
const minPacked = 1024

// appendLiterals appends the literals of a block, and says whether they became fewer bytes.
func (w *Writer) appendLiterals(dst, literals []byte) ([]byte, bool) {
	if len(literals) >= minPacked {
		out, reused, err := huff0.Compress4X(literals, &w.huffman)
		switch {
		case errors.Is(err, huff0.ErrUseRLE):
			return append(plainHeader(dst, sameLiterals, len(literals)), literals[0]), true
		case err == nil && len(out)+8 < len(literals):
			kind := uint64(packedLiterals)
			if reused {
				kind = treelessLiterals
			}
			w.huffman.Reuse = huff0.ReusePolicyAllow
			// Four streams, both sizes of 18 bits: five bytes.
			header := kind | 3<<2 | uint64(len(literals))<<4 | uint64(len(out))<<22
			dst = binary.LittleEndian.AppendUint32(dst, uint32(header))
			return append(append(dst, byte(header>>32)), out...), true
		}
		w.huffman.Reuse = huff0.ReusePolicyNone
	}
	return append(plainHeader(dst, rawLiterals, len(literals)), literals...), false
}

// plainHeader appends the header of literals that are not packed: a size of 20 bits, three bytes.
func plainHeader(dst []byte, kind uint32, size int) []byte {
	header := kind | 3<<2 | uint32(size)<<4
	return append(dst, byte(header), byte(header>>8), byte(header>>16))
}
