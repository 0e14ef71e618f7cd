package engine

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Column is a column of a row type, a Parquet object or a table; Type is one of the warehouse's six words (0001_tables.sql).
type Column struct {
	Name, Type string
	Required   bool
}

// ColumnsOf reads the columns of a Parquet schema: a row type's (parquet.SchemaOf) or an object's.
func ColumnsOf(schema parquet.Node) []Column {
	var out []Column
	for _, f := range schema.Fields() {
		out = append(out, Column{f.Name(), typeOf(f), f.Required()})
	}
	return out
}

// typeOf returns a type that none of the tables has where it is not one of the six.
func typeOf(f parquet.Field) string {
	if !f.Leaf() {
		return "GROUP"
	}
	if l := f.Type().LogicalType(); l != nil {
		switch l := l.Value.(type) {
		case *format.DecimalType:
			return fmt.Sprintf("DECIMAL(%d,%d)", l.Precision, l.Scale)
		case *format.TimestampType:
			if _, micros := l.Unit.Value.(*format.MicroSeconds); micros && !l.IsAdjustedToUTC {
				return "DATETIME"
			}
		case *format.DateType:
			return "DATE"
		case *format.StringType:
			return "VARCHAR"
		case *format.IntType:
			if *l == (format.IntType{BitWidth: 64, IsSigned: true}) {
				return "BIGINT"
			}
		}
		return l.String()
	}
	switch kind := f.Type().Kind(); kind {
	case parquet.Boolean:
		return "BOOLEAN"
	case parquet.Int64:
		return "BIGINT"
	default:
		return kind.String()
	}
}
