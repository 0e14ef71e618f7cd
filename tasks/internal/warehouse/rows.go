package warehouse

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// A row of the warehouse is a struct whose fields are named as columns by their tags.
//
// `sql:"column"` names a column of a query or of a table that is filled here. The query has just these columns, in whatever
// order. With `sql:"column,null"` NULL is the zero value, both ways; else NULL in a number or a time is a defect, and in a text
// "". With `sql:"column,decimal"` an amount is read in ten-thousandths; nothing inserts one.
//
// `parquet:"column,unit"` is the tag of the types that are also rows of objects: their numbers count microseconds (timestamp),
// days since 1970 (date) or ten-thousandths (decimal), and NULL is a nil pointer or nothing. A column that the type lacks is
// passed over.

// cell is where a column goes in a row type, and what its number counts.
type cell struct {
	name  string
	index []int
	unit  string // timestamp, date, decimal, or "" for what it is
	null  bool   // NULL is the zero value
	loose bool   // of a type that is also a row of objects
}

// cellsOf reads the tags of a row type, in the order of its fields.
func cellsOf(row reflect.Type) []cell {
	var out []cell
	for _, f := range reflect.VisibleFields(row) {
		tag, strict := f.Tag.Lookup("sql")
		if !strict {
			tag = f.Tag.Get("parquet")
		}
		if tag == "" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		c := cell{name: name, index: f.Index, loose: !strict}
		for option := range strings.SplitSeq(options, ",") {
			switch word, _, _ := strings.Cut(option, "("); word {
			case "timestamp", "date", "decimal":
				c.unit = word
			case "null":
				c.null = true
			}
		}
		out = append(out, c)
	}
	return out
}

// rowsOf runs a query and hands its rows to use, one after the other. A row is void after the call. No error repeats a value.
func rowsOf[T any](ctx context.Context, s session, st Statement, args []any, use func(*T) error) error {
	var (
		row   T
		cells []cell // of the query's columns
	)
	return s.each(ctx, st, args, func(names, types []string, values []any) error {
		if cells == nil {
			var err error
			if cells, err = matched(st, reflect.TypeFor[T](), names); err != nil {
				return err
			}
		}
		row = *new(T)
		into := reflect.ValueOf(&row).Elem()
		for i, v := range values {
			if cells[i].index == nil {
				continue
			}
			if err := cells[i].set(into.FieldByIndex(cells[i].index), types[i], v); err != nil {
				return fault.New(fault.Defect, "report it with this text", "%s: column %s %w", st.Does(), names[i], err)
			}
		}
		return use(&row)
	})
}

// matched returns the cells of a query's columns; one without an index is passed over.
func matched(st Statement, row reflect.Type, columns []string) ([]cell, error) {
	known := cellsOf(row)
	loose := slices.ContainsFunc(known, func(c cell) bool { return c.loose })
	found := 0
	out := make([]cell, len(columns))
	for i, name := range columns {
		at := slices.IndexFunc(known, func(c cell) bool { return c.name == name })
		if at >= 0 {
			out[i], found = known[at], found+1
		} else if !loose {
			return nil, fault.New(fault.Defect, "report it with this text", "%s: a %s has no column %s", st.Does(), row.Name(),
				name)
		}
	}
	if found != len(known) && !loose {
		return nil, fault.New(fault.Defect, "report it with this text", "%s: %d columns of the %d of a %s", st.Does(), found,
			len(known), row.Name())
	}
	return out, nil
}

// allOf returns the rows of a query.
func allOf[T any](ctx context.Context, s session, st Statement, args ...any) (out []T, err error) {
	err = rowsOf(ctx, s, st, args, func(row *T) error {
		out = append(out, *row)
		return nil
	})
	return out, err
}

// oneOf returns the one row of a query that has one.
func oneOf[T any](ctx context.Context, s session, st Statement, args ...any) (one T, err error) {
	rows, err := allOf[T](ctx, s, st, args...)
	if err != nil {
		return one, err
	}
	if len(rows) != 1 {
		return one, fault.New(fault.Defect, "", "%s: %d rows, want one", st.Does(), len(rows))
	}
	return rows[0], nil
}

// Why a value is refused: what a column is not.
var (
	errNull    = errors.New("is NULL")
	errNumber  = errors.New("is no number")
	errTime    = errors.New("is no time")
	errDecimal = errors.New("has more than four decimals")
)

// set fills a field, or what a nil pointer then points to.
func (c cell) set(field reflect.Value, columnType string, v any) error {
	if v == nil {
		if kind := field.Kind(); c.loose || c.null || kind == reflect.Pointer || kind == reflect.String {
			return nil
		}
		return errNull
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	if field.Kind() == reflect.String {
		field.SetString(engine.Text(columnType, v))
		return nil
	}
	switch field.Interface().(type) {
	case bool:
		field.SetBool(engine.Text(columnType, v) == "true")
	case time.Time:
		t, err := time.Parse(engine.ShownForm, engine.Text(columnType, v))
		if err != nil {
			return errTime
		}
		field.Set(reflect.ValueOf(t))
	default:
		n, err := c.number(columnType, v)
		if err != nil {
			return err
		}
		field.SetInt(n)
	}
	return nil
}

func (c cell) number(columnType string, v any) (int64, error) {
	if n, ok := v.(int64); ok && c.unit == "" {
		return n, nil
	}
	if t, ok := v.(time.Time); ok {
		if c.unit == "date" {
			return t.Unix() / (24 * 60 * 60), nil
		}
		return t.UnixMicro(), nil
	}
	digits := engine.Text(columnType, v)
	if c.unit == "decimal" {
		whole, part, _ := strings.Cut(digits, ".")
		const scale = 4
		if len(part) > scale {
			return 0, errDecimal
		}
		digits = whole + part + strings.Repeat("0", scale-len(part))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errNumber
	}
	return n, nil
}

// value returns what a field's column is given: a time as text in engine.TimestampForm, of which every engine makes what the
// column is.
func (c cell) value(field reflect.Value) any {
	if c.null && field.IsZero() {
		return nil
	}
	if t, ok := field.Interface().(time.Time); ok {
		return t.UTC().Format(engine.TimestampForm)
	}
	return field.Interface()
}

// Row is a row for people and for JSON: numbers, truth values, or text as above; NULL is nil.
type Row map[string]any

func rowOf(names, types []string, values []any) Row {
	row := Row{}
	for i, v := range values {
		switch v := v.(type) {
		case nil, bool, int64:
			row[names[i]] = v
		default:
			t := engine.Text(types[i], v)
			if n, err := strconv.ParseInt(t, 10, 64); err == nil && types[i] == "BIGINT" { // Snowflake's driver gives text
				row[names[i]] = n
				continue
			}
			row[names[i]] = t
		}
	}
	return row
}
