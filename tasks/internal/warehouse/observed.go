package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// observed is a row type whose columns stand in a table under the names and with the units that its Parquet tags give.
type observed interface {
	reservation.Reservation | reservation.Customer | reservation.Absence
}

// cell is where a column goes in a row type, and what its number counts.
type cell struct {
	index []int
	unit  string // timestamp, date, decimal, or "" for what it is
}

// rowsOf runs a query of a table's columns and gives its rows. A row is void after the call.
func rowsOf[T observed](ctx context.Context, s session, st Statement, args []any, use func(*T) error) error {
	cells := cellsOf(reflect.TypeFor[T]())
	var row T
	return s.each(ctx, st, args, func(names, types []string, values []any) error {
		row = *new(T)
		into := reflect.ValueOf(&row).Elem()
		for i, v := range values {
			c, ok := cells[names[i]]
			if !ok || v == nil {
				continue
			}
			if err := c.set(into.FieldByIndex(c.index), types[i], v); err != nil {
				return fmt.Errorf("read column %s: %w", names[i], err)
			}
		}
		return use(&row)
	})
}

func cellsOf(row reflect.Type) map[string]cell {
	out := map[string]cell{}
	for _, f := range reflect.VisibleFields(row) {
		tag, ok := f.Tag.Lookup("parquet")
		if !ok {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		c := cell{index: f.Index}
		for _, unit := range []string{"timestamp", "date", "decimal"} {
			for option := range strings.SplitSeq(options, ",") {
				if word, _, _ := strings.Cut(option, "("); word == unit {
					c.unit = unit
				}
			}
		}
		out[name] = c
	}
	return out
}

// set fills a field, or what a nil pointer then points to, with a value that is not NULL.
func (c cell) set(field reflect.Value, columnType string, v any) error {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(engine.Text(columnType, v))
	case reflect.Bool:
		field.SetBool(engine.Text(columnType, v) == "true")
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
	whole, part, _ := strings.Cut(engine.Text(columnType, v), ".")
	if c.unit != "decimal" {
		return strconv.ParseInt(whole, 10, 64)
	}
	const scale = 4
	return strconv.ParseInt(whole+(part + strings.Repeat("0", scale))[:max(scale, len(part))], 10, 64)
}
