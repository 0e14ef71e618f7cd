package parquetrows

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// most is what reading any of these objects may take, in bytes allocated.
const most = 32 << 20

// allocates fails if a call takes more than most.
func allocates(t testing.TB, most uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Errorf("it took %d MiB", n>>20)
	}
}

// compact is a struct as a file has it.
func compact(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// same is a zstd frame that is so many times the byte 0, 128 KiB in four bytes. Its header says head: a content of so many bytes,
// or nothing where that is negative.
func same(n, head int64) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd}
	if head < 0 {
		b = append(b, 0, 0x38) // a window of 128 KiB
	} else {
		b = binary.LittleEndian.AppendUint64(append(b, 0xe0), uint64(head))
	}
	for n > 0 {
		of := min(n, 128<<10)
		block := uint32(of)<<3 | 1<<1
		if n -= of; n == 0 {
			block |= 1
		}
		b = append(b, byte(block), byte(block>>8), byte(block>>16), 0)
	}
	return b
}

// raw is a zstd frame of some bytes as they are.
func raw(content []byte) []byte {
	b := binary.LittleEndian.AppendUint64([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, uint64(len(content)))
	block := uint32(len(content))<<3 | 1
	return append(append(b, byte(block), byte(block>>8), byte(block>>16)), content...)
}

// forgery is a file of one column of one row group.
type forgery struct {
	optional bool
	codec    format.CompressionCodec
	pages    [][]byte // each with its header
	dict     int      // how many of them are before the data
	rows     int64
	spoil    func(*format.FileMetaData)
	footer   func([]byte) []byte
}

func (f forgery) bytes(t testing.TB) []byte {
	all := slices.Concat(f.pages...)
	m := format.ColumnMetaData{Type: format.ByteArray, PathInSchema: []string{"reading"}, Codec: f.codec, NumValues: f.rows,
		Encoding: []format.Encoding{format.Plain}, TotalCompressedSize: int64(len(all)), DataPageOffset: 4}
	if f.dict > 0 {
		m.DictionaryPageOffset = 4
		m.DataPageOffset += int64(len(slices.Concat(f.pages[:f.dict]...)))
	}
	column := format.SchemaElement{Name: "reading", Type: thrift.New(format.ByteArray),
		RepetitionType: thrift.New(format.Required)}
	if f.optional {
		column.RepetitionType = thrift.New(format.Optional)
	}
	meta := format.FileMetaData{Version: 1, NumRows: f.rows,
		Schema:    []format.SchemaElement{{Name: "root", NumChildren: thrift.New(int32(1))}, column},
		RowGroups: []format.RowGroup{{NumRows: f.rows, Columns: []format.ColumnChunk{{MetaData: m}}}}}
	if f.spoil != nil {
		f.spoil(&meta)
	}
	footer := compact(t, &meta)
	if f.footer != nil {
		footer = f.footer(footer)
	}
	return slices.Concat([]byte(magic), all, footer, binary.LittleEndian.AppendUint32(nil, uint32(len(footer))), []byte(magic))
}

// data is a data page, dictionary one before it. plain is what the header says of the size before compression.
func data(t testing.TB, values int32, of format.Encoding, plain int32, stored []byte) []byte {
	t.Helper()
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: plain, CompressedPageSize: int32(len(stored)),
		DataPageHeader: thrift.New(format.DataPageHeader{NumValues: values, Encoding: of, DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE})}
	return append(compact(t, &h), stored...)
}

func dictionary(t testing.TB, values, plain int32, stored []byte) []byte {
	t.Helper()
	h := format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: plain, CompressedPageSize: int32(len(stored)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: values, Encoding: format.Plain})}
	return append(compact(t, &h), stored...)
}

// text is one as PLAIN has it.
func text(s string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(s))), s...)
}

// run says that the first of a dictionary of one comes so many times.
func run(n uint64) []byte { return append(binary.AppendUvarint([]byte{1}, n<<1), 0) }

// readAll reads all that an object has, in each of the ways in which a step does.
func readAll(t testing.TB, content []byte, rows int64) error {
	t.Helper()
	zone, o := store(t, content, 0)
	o.Records = rows
	read := Read(t.Context(), zone, o, func([]reservation.Erasure) error { return nil })
	s, err := Open[reservation.Erasure](t.Context(), zone, o)
	if err != nil {
		return errors.Join(read, err)
	}
	defer s.Close()
	_, _, check := s.Check(t.Context(), "reading", "a")
	if (read == nil) != (check == nil) {
		t.Errorf("reading says %v, looking at its readings %v", read, check)
	}
	return errors.Join(read, check)
}

// Who may write a zone may write an object that says little and is much. Each is refused, with words, before it is unpacked.
func TestBombs(t *testing.T) {
	const gigabyte = 1 << 30
	one := text("a")
	long := text(strings.Repeat("x", mostText+1))
	small := forgery{rows: 1, pages: [][]byte{data(t, 1, format.Plain, int32(len(one)), one)}}
	if err := readAll(t, small.bytes(t), 1); err != nil { // else what follows is refused for another reason
		t.Fatal(err)
	}
	zip := small
	zip.codec, zip.pages = format.Zstd, [][]byte{data(t, 1, format.Plain, int32(len(one)), raw(one))}
	if err := readAll(t, zip.bytes(t), 1); err != nil {
		t.Fatal(err)
	}
	zipped := func(plain int32, stored []byte) forgery {
		return forgery{rows: 1, codec: format.Zstd, pages: [][]byte{data(t, 1, format.Plain, plain, stored)}}
	}
	coded := func(n int64, values int32, page []byte) forgery {
		return forgery{rows: n, dict: 1, pages: [][]byte{dictionary(t, 1, int32(len(one)), one),
			data(t, values, format.RLEDictionary, int32(len(page)), page)}}
	}
	if err := readAll(t, coded(5, 5, run(5)).bytes(t), 5); err != nil {
		t.Fatal(err)
	}
	spoilt := func(rows int64, spoil func(*format.FileMetaData)) forgery {
		f := small
		f.rows, f.spoil = rows, spoil
		return f
	}
	level := func(n uint64) []byte {
		return slices.Concat(text(string(append(binary.AppendUvarint(nil, n<<1), 1))), one)
	}
	levelled := func(page []byte) forgery {
		return forgery{rows: 1, optional: true, pages: [][]byte{data(t, 1, format.Plain, int32(len(page)), page)}}
	}
	if err := readAll(t, levelled(level(1)).bytes(t), 1); err != nil {
		t.Fatal(err)
	}
	footer := func(of []byte) forgery {
		return forgery{rows: 1, pages: small.pages, footer: func([]byte) []byte { return of }}
	}
	page := func(of format.Encoding, content []byte) forgery {
		return forgery{rows: 1, pages: [][]byte{data(t, 1, of, int32(len(content)), content)}}
	}
	for name, c := range map[string]struct {
		forgery
		rows int64
		says string
	}{
		"a frame that says as little as its page": {
			zipped(1024, same(gigabyte, 1024)), 1, "unpack a page of 1024 bytes",
		},
		"a frame that says nothing": {
			zipped(1024, same(gigabyte, -1)), 1, "unpack a page of 1024 bytes",
		},
		"a frame that says it": {
			zipped(1024, same(gigabyte, gigabyte)), 1, "unpack a page of 1024 bytes",
		},
		"a small frame and a large one": {
			zipped(5, slices.Concat(raw(one), same(gigabyte, -1))), 1, "unpack a page of 5",
		},
		"a page that says it": {
			zipped(gigabyte, same(gigabyte, gigabyte)), 1, "no page has more than",
		},
		"a page of the most bytes there are": {
			zipped(math.MaxInt32, same(gigabyte, -1)), 1, "no page has more than",
		},
		"a page of less than no bytes": {
			zipped(-1, raw(one)), 1, "no page has more than",
		},
		"less than the page says": {
			zipped(6, raw(one)), 1, "a page holds 5 bytes, and its header says 6",
		},
		"another way to compress": {
			forgery{rows: 1, codec: format.Gzip, pages: small.pages}, 1, "compressed by GZIP",
		},
		"a run of two thousand million values": {
			coded(5, 5, run(math.MaxInt32)), 5, "more values than its page says",
		},
		"a run of more values than can be": {
			coded(5, 5, run(math.MaxUint64>>1)), 5, "more values than its page says",
		},
		"a thousand runs": {
			coded(5, 5, bytes.Repeat(run(5), 1000)), 5, "more values than its page says",
		},
		"values of 255 bits": {
			coded(5, 5, []byte{255, 2, 0}), 5, "values of 255 bits",
		},
		"a page of more values than there are rows": {
			coded(5, math.MaxInt32, run(5)), 5, "2147483647 values, where there can be 5",
		},
		"a page of less than no values": {
			coded(5, -1, run(5)), 5, "-1 values",
		},
		"levels that run on": {
			levelled(level(1 << 31)), 1, "more values than its page says",
		},
		"levels longer than the page": {
			levelled([]byte{255, 255, 255, 255}), 1, "unexpected EOF",
		},
		"a dictionary of two thousand million texts": {forgery{rows: 5, dict: 1, pages: [][]byte{
			dictionary(t, math.MaxInt32, int32(len(one)), one), data(t, 5, format.RLEDictionary, int32(len(run(5))), run(5))}}, 5,
			"values, where there can be 1"},
		"a long text": {page(format.Plain, long), 1,
			"a text of 4097 bytes, and no row has one of more than 4096"},
		"a long text in a dictionary": {forgery{rows: 5, dict: 1, pages: [][]byte{dictionary(t, 1, int32(len(long)), long),
			data(t, 5, format.RLEDictionary, int32(len(run(5))), run(5))}}, 5, "a text of 4097 bytes"},
		"more texts than values": {
			page(format.Plain, slices.Concat(one, one)), 1, "more values than its page says",
		},
		"texts that share their beginnings": {page(format.DeltaByteArray, one), 1,
			"encoded as DELTA_BYTE_ARRAY, which no row's are"},
		"differences of more values than there are": {page(format.DeltaLengthByteArray,
			append(binary.AppendUvarint([]byte{0x80, 1, 4}, math.MaxInt32), 0)), 1, "more values than its page says"},
		"a manifest of 2^40 rows": {
			small, 1 << 40, "its manifest says 1099511627776 rows, it holds 1",
		},
		"2^40 rows in one row group": {
			spoilt(1<<40, nil), 1 << 40, "row group 0 has 1099511627776 rows",
		},
		"2^40 rows of which the row groups know nothing": {
			spoilt(1, func(m *format.FileMetaData) { m.NumRows = 1 << 40 }), 1 << 40,
			"it says 1099511627776 rows, its row groups have 1",
		},
		"less than no rows": {
			spoilt(-1, nil), -1, "row group 0 has -1 rows",
		},
		"a column that is elsewhere": {spoilt(1, func(m *format.FileMetaData) {
			m.RowGroups[0].Columns[0].MetaData.TotalCompressedSize = math.MaxInt64
		}), 1, "are not in a file of"},
		"data that begin within a page": {spoilt(1, func(m *format.FileMetaData) {
			m.RowGroups[0].Columns[0].MetaData.DictionaryPageOffset = 4
			m.RowGroups[0].Columns[0].MetaData.DataPageOffset = 6
		}), 1, "no page begins at 6"},
		"a dictionary behind the data": {spoilt(1, func(m *format.FileMetaData) {
			m.RowGroups[0].Columns[0].MetaData.DictionaryPageOffset = 6
		}), 1, "its dictionary is behind its data"},
		"columns in columns": {spoilt(1, func(m *format.FileMetaData) { m.Schema[1].NumChildren = thrift.New(int32(1)) }), 1,
			`not flat, at "reading"`},
		"a column of no kind": {
			spoilt(1, func(m *format.FileMetaData) { m.Schema[1].Type = thrift.New(format.FixedLenByteArray) }), 1,
			"which no row has",
		},
		"a page's header with a bound of 2 GiB": {forgery{rows: 1, pages: [][]byte{
			{0x15, 0, 0x15, 10, 0x15, 10, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0x1c, 0x18, 255, 255, 255, 255, 7}}}, 1,
			"unexpected EOF"},
		"a footer that ends early": {
			footer([]byte{0x15, 2, 0x19}), 1, "its footer: unexpected EOF",
		},
		"a footer of 2^31 row groups": {footer(append(binary.AppendUvarint([]byte{0x49, 0xfc}, math.MaxInt32), 0)), 1,
			"more elements than it has bytes"},
		"a footer of as many row groups as it has bytes": {footer(append(binary.AppendUvarint([]byte{0x49, 0xfc}, mostElements+1),
			make([]byte, mostElements+2)...)), 1, "than any writer leaves"},
		"a footer that is a million deep": {
			footer(bytes.Repeat([]byte{0x9c}, 1<<20)), 1, "more than 16 deep",
		},
	} {
		t.Run(name, func(t *testing.T) {
			content := c.bytes(t)
			allocates(t, most+4*uint64(len(content)), func() {
				err := readAll(t, content, c.rows)
				if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), c.says) ||
					!strings.Contains(err.Error(), "object ") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// The size of the footer is four bytes that anybody can write.
func TestFootersThatAreNotThere(t *testing.T) {
	for name, content := range map[string]string{
		"4 GiB":             "PAR1\xff\xff\xff\xffPAR1",
		"all of the file":   "PAR1\x0c\x00\x00\x00PAR1",
		"a longer one":      "PAR1" + strings.Repeat("\x00", 9<<20) + "\x00\x00\x90\x00PAR1",
		"nothing":           "",
		"half":              "PAR1PAR1",
		"one of a cipher's": "PARE\x00\x00\x00\x00PARE",
	} {
		allocates(t, most+8*uint64(len(content)), func() {
			err := readAll(t, []byte(content), 1)
			if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "it is not Parquet") {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

// What is loaded is looked at in the same way: the warehouse's own reader makes room for what a page's header says.
func TestLoadsNoBomb(t *testing.T) {
	for name, f := range map[string]forgery{
		"bytes":  {rows: 1, codec: format.Zstd, pages: [][]byte{data(t, 1, format.Plain, math.MaxInt32, same(1<<30, -1))}},
		"values": {rows: 1, pages: [][]byte{data(t, math.MaxInt32, format.Plain, 5, text("a"))}},
	} {
		zone, o := store(t, f.bytes(t), 1)
		local, err := zone.Fetch(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = OpenVersion1(o, local)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "column reading: a page of ") {
			t.Errorf("%s: got %v", name, err)
		}
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	}
}

// FuzzRead reads whatever bytes there may be: rows, or a data fault, in bounded memory.
func FuzzRead(f *testing.F) {
	one := text("a")
	f.Add(forgery{rows: 1, pages: [][]byte{data(f, 1, format.Plain, int32(len(one)), one)}}.bytes(f), int64(1))
	f.Add(forgery{rows: 5, codec: format.Zstd, dict: 1, pages: [][]byte{dictionary(f, 1, 5, raw(one)),
		data(f, 5, format.RLEDictionary, int32(len(run(5))), raw(run(5)))}}.bytes(f), int64(5))
	zone, objects := wrote(f, draw[reservation.Erasure](7, 50), 50)
	f.Add(content(f, zone, objects), int64(50))
	f.Add(formerly(f, draw[reservation.Erasure](8, 3)), int64(3))
	f.Fuzz(func(t *testing.T, b []byte, rows int64) {
		zone, o := store(t, b, 0)
		o.Records = rows
		allocates(t, 256<<20, func() {
			n := int64(0)
			err := Read(t.Context(), zone, o, func(batch []reservation.Erasure) error {
				n += int64(len(batch))
				return nil
			})
			if err == nil && n != rows || err != nil && fault.KindOf(err) != fault.Data {
				t.Errorf("%d of %d rows, %v", n, rows, err)
			}
			local, err := zone.Fetch(t.Context(), lake.Object{Key: o.Key, Bytes: o.Bytes, SHA256: o.SHA256})
			if err != nil {
				t.Fatal(err)
			}
			defer local.Close()
			if _, err := OpenVersion1(o, local); err != nil && fault.KindOf(err) != fault.Data {
				t.Error(err)
			}
		})
	})
}
