package parquetrows

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// mostDeep is how deep structs and lists may lie in each other; Parquet's own are six deep.
const mostDeep = 16

// walker reads over a value of thrift's compact protocol, so that a decoder which makes room for what is counted meets no count
// of what is not there.
type walker struct {
	thrift.BytesReader
	size     int // bytes in all
	elements int // of lists that may yet come
}

var errTooMany = errors.New("its lists have more elements than it has bytes, or than any writer leaves")

// walk reads over the struct with which some bytes begin, and says how long it is. It refuses lists that have, all together, more
// elements than given.
func walk(b []byte, elements int) (size int, err error) {
	w := &walker{new(thrift.CompactProtocol).NewReaderFromBytes(b), len(b), elements}
	if err = w.fields(0); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return w.BytesRead(), err
}

func (w *walker) fields(deep int) error {
	for {
		f, err := w.ReadField()
		if err != nil || f.Type == thrift.STOP {
			return err
		}
		if f.Type == thrift.TRUE || f.Type == thrift.FALSE {
			continue // the type is the value
		}
		if err := w.value(f.Type, deep+1); err != nil {
			return err
		}
	}
}

func (w *walker) value(of thrift.Type, deep int) (err error) {
	if deep > mostDeep {
		return fmt.Errorf("it is more than %d deep", mostDeep)
	}
	switch of {
	case thrift.TRUE, thrift.FALSE:
		_, err = w.ReadBool()
	case thrift.I8:
		_, err = w.ReadInt8()
	case thrift.I16:
		_, err = w.ReadInt16()
	case thrift.I32:
		_, err = w.ReadInt32()
	case thrift.I64:
		_, err = w.ReadInt64()
	case thrift.DOUBLE:
		_, err = w.ReadFloat64()
	case thrift.BINARY:
		_, err = w.ReadBytes()
	case thrift.LIST:
		l, failed := w.ReadList()
		if failed != nil {
			return failed
		}
		return w.items(l.Type, l.Size, deep)
	case thrift.STRUCT:
		return w.fields(deep)
	default: // no struct of Parquet's has a set, a map or a UUID
		err = fmt.Errorf("it has a value of type %s", of)
	}
	return err
}

func (w *walker) items(of thrift.Type, n int32, deep int) error {
	// An element takes a byte at least.
	if n < 0 || int(n) > w.size-w.BytesRead() || int(n) > w.elements {
		return errTooMany
	}
	w.elements -= int(n)
	for range n {
		if err := w.value(of, deep+1); err != nil {
			return err
		}
	}
	return nil
}
