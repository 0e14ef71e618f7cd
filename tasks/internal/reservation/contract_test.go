package reservation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"covers/contract"
	"covers/tasks/internal/reservation"
)

// declared is a column as the contract and the Parquet schema both can say it.
type declared struct {
	Name, Type string
	Required   bool
}

func TestRowsRepeatTheContract(t *testing.T) {
	for table, row := range map[string]any{
		"reservation_observations": reservation.Reservation{},
		"customer_observations":    reservation.Customer{},
		"erasure_requests":         reservation.Erasure{},
		"absences":                 reservation.Absence{},
		"merges":                   reservation.Merge{},
		"quarantine":               reservation.Refusal{},
	} {
		t.Run(table, func(t *testing.T) {
			var want, got []declared
			for _, c := range contract.Get().Table(table).Columns {
				want = append(want, declared{c.Name, c.Type, c.Required})
			}
			for _, f := range parquet.SchemaOf(row).Fields() {
				got = append(got, declared{f.Name(), sqlType(f), !f.Optional()})
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("rows differ from the contract (-contract +rows):\n%s", d)
			}
		})
	}
}

// sqlType returns the SQL type that holds a Parquet column.
func sqlType(n parquet.Node) string {
	var logical any
	if l := n.Type().LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.DecimalType:
		return fmt.Sprintf("DECIMAL(%d,%d)", l.Precision, l.Scale)
	case *format.TimestampType:
		if _, micros := l.Unit.Value.(*format.MicroSeconds); l.IsAdjustedToUTC || !micros {
			return "a timestamp of another form: want microseconds without zone"
		}
		return "DATETIME"
	case *format.DateType:
		return "DATE"
	case *format.StringType:
		return "VARCHAR"
	}
	switch n.Type().Kind() {
	case parquet.Boolean:
		return "BOOLEAN"
	case parquet.Int64:
		return "BIGINT"
	}
	return n.Type().String()
}

func TestContractDeclaresEveryReason(t *testing.T) {
	reasons := []string{
		reservation.ReasonNotJSON, reservation.ReasonTooLarge, reservation.ReasonEncoding, reservation.ReasonMissing,
		reservation.ReasonType, reservation.ReasonRange, reservation.ReasonUnknownStatus, reservation.ReasonUnknownValue,
		reservation.ReasonTime, reservation.ReasonLocalTime, reservation.ReasonMoney, reservation.ReasonRestaurant,
		reservation.ReasonDuplicate, reservation.ReasonPhone, reservation.ReasonUnread,
	}
	want := slices.Sorted(slices.Values(contract.Get().Table("quarantine").Column("reason").Values))
	if d := cmp.Diff(want, slices.Sorted(slices.Values(reasons))); d != "" {
		t.Errorf("reasons differ (-contract +code):\n%s", d)
	}
}
