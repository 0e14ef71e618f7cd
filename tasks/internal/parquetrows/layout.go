package parquetrows

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// kind is how a column's values are written.
type kind uint8

const (
	texts  kind = iota // BYTE_ARRAY: four bytes of length, then the bytes
	longs              // INT64
	ints               // INT32
	truths             // BOOLEAN: a bit each
)

// width is how many bytes a value takes; 0 where that differs, or is a bit.
func (k kind) width() int { return [...]int{longs: 8, ints: 4, truths: 0}[k] }

// physical is the format's name of a kind.
func (k kind) physical() format.Type {
	return [...]format.Type{texts: format.ByteArray, longs: format.Int64, ints: format.Int32, truths: format.Boolean}[k]
}

// column is a field of a row type. Whatever its name says of times, dates and decimals is the schema's business.
type column struct {
	name     string
	kind     kind
	optional bool    // a pointer; nil is null
	dict     bool    // its tag asks for a dictionary
	offset   uintptr // in the row
}

// layout is a row type: where its columns are in a row, and what a file says of them.
type layout struct {
	columns []column
	size    uintptr // of a row
	schema  []format.SchemaElement
	orders  []format.ColumnOrder
}

var layouts sync.Map // of reflect.Type: *layout

// layoutOf compiles T, once. The columns follow from the tags, as parquet-go reads them; the schema is parquet-go's own of T. It
// fails on a field of a type that no row has.
func layoutOf[T any]() (*layout, error) {
	row := reflect.TypeFor[T]()
	if known, ok := layouts.Load(row); ok {
		return known.(*layout), nil
	}
	l := &layout{size: row.Size()}
	if err := l.add(row, 0); err != nil {
		return nil, err
	}
	file, err := emptyFile[T]()
	if err != nil {
		return nil, fmt.Errorf("the schema of %v: %w", row, err)
	}
	l.schema, l.orders = file.Metadata().Schema, file.Metadata().ColumnOrders
	if len(l.schema) != len(l.columns)+1 {
		return nil, fmt.Errorf("%v has %d columns, its schema %d elements below the root", row, len(l.columns), len(l.schema)-1)
	}
	for i, c := range l.columns {
		if e := l.schema[i+1]; e.Name != c.name || !e.Type.Valid || e.Type.V != c.kind.physical() {
			return nil, fmt.Errorf("column %d of %v is %s, of its schema %s, %v", i, row, c.name, e.Name, e.Type.V)
		}
	}
	layouts.Store(row, l)
	return l, nil
}

// add adds the columns of a struct that begins at offset.
func (l *layout) add(row reflect.Type, offset uintptr) error {
	for i := range row.NumField() {
		f := row.Field(i)
		if f.Anonymous {
			if err := l.add(f.Type, offset+f.Offset); err != nil {
				return err
			}
			continue
		}
		tag := strings.Split(f.Tag.Get("parquet"), ",")
		c := column{name: tag[0], offset: offset + f.Offset}
		for _, option := range tag[1:] {
			c.dict = c.dict || option == "dict"
		}
		value := f.Type
		if value.Kind() == reflect.Pointer {
			c.optional, value = true, value.Elem()
		}
		switch value.Kind() {
		case reflect.String:
			c.kind = texts
		case reflect.Int64:
			c.kind = longs
		case reflect.Int32:
			c.kind = ints
		case reflect.Bool:
			c.kind = truths
		default:
			return fmt.Errorf("column %s of %v: no column is written of a %v", c.name, row, f.Type)
		}
		l.columns = append(l.columns, c)
	}
	return nil
}

// emptyFile is what parquet-go writes of no rows.
func emptyFile[T any]() (*parquet.File, error) {
	var b bytes.Buffer
	if err := parquet.NewGenericWriter[T](&b).Close(); err != nil {
		return nil, err
	}
	return parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
}
