package parquetrows

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// version1 are the encodings of values that writers of version 1 of the format know and that are not deprecated (RLE is that of
// truth values).
var version1 = []format.Encoding{format.Plain, format.RLEDictionary, format.RLE}

// OpenVersion1 opens a fetched object and reads the header of every page. It fails, as a data fault, on what is not Parquet, and
// on a page that a writer of version 1 of the format does not write: a data page of version 2, or values in an encoding that came
// later (DELTA_…, BYTE_STREAM_SPLIT). DuckDB reads those; Snowflake does not support them (docs.snowflake.com, "Preparing to load
// data", supported file formats: "Files produced using v2 of the writer are not supported"). The warehouses of both refuse them,
// so that what one has loaded the other can load, too.
func OpenVersion1(o lake.Object, local *lake.Local) (*parquet.File, error) {
	file, err := open(local)
	if err != nil {
		return nil, old(o, "it is not Parquet: %w", err)
	}
	for _, group := range file.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			if err := checkChunk(&chunk.MetaData, local); err != nil {
				return nil, old(o, "column %s: %w", strings.Join(chunk.MetaData.PathInSchema, "."), err)
			}
		}
	}
	return file, nil
}

func old(o lake.Object, format string, args ...any) error {
	return fault.New(fault.Data, "derive the day again with this program: validate, transform, load", "land %s: %w", o.Key,
		fmt.Errorf(format, args...))
}

// checkChunk reads the page headers of one column of a row group.
func checkChunk(m *format.ColumnMetaData, file io.ReaderAt) error {
	_, err := eachPage(m, file, checkPage)
	return err
}

func checkPage(h place) error {
	var used format.Encoding
	switch {
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		used = h.DataPageHeader.V.Encoding
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		used = h.DictionaryPageHeader.V.Encoding
	default:
		return fmt.Errorf("it has a page of type %s, which is not version 1 of Parquet: Snowflake does not support it", h.Type)
	}
	if !slices.Contains(version1, used) {
		return fmt.Errorf("its values are encoded as %s, which is not version 1 of Parquet: Snowflake does not support it", used)
	}
	return nil
}
