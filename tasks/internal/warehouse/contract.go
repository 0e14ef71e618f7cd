package warehouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/contract"
	"covers/tasks/internal/fault"
)

// contracted are the tables whose columns the data contract declares, and its name for each.
var contracted = map[string]string{
	"reservation_observations": "reservation_observations", "reservations": "reservation_observations",
	"customer_observations": "customer_observations", "customers": "customer_observations",
	"absences": "absences", "merges": "merges",
}

// keyHash is the one column of theirs that is the warehouse's own.
const keyHash = "key_hash"

// checkContract holds the columns that the warehouse has, by name and type, against those that the data contract declares: the
// files of sql/schema say what was made, not what somebody made of it since. Their order and whether they may be NULL are
// left to the engine.
func (w *Warehouse) checkContract(ctx context.Context) error {
	type row struct {
		Table    string `sql:"of_table"`
		Name     string `sql:"name"`
		Type     string `sql:"engine_type"`
		Digits   string `sql:"digits"`
		Decimals string `sql:"decimals"`
	}
	have := map[string]map[string]string{} // types, by table and column
	err := w.with(ctx, func(s session) error {
		return rowsOf(ctx, s, columnsQuery, nil, func(r *row) error {
			if have[r.Table] == nil {
				have[r.Table] = map[string]string{}
			}
			have[r.Table][r.Name] = contractType(r.Type, r.Digits, r.Decimals)
			return nil
		})
	})
	if err != nil {
		return err
	}
	var says []string
	for _, table := range slices.Sorted(maps.Keys(contracted)) {
		want := map[string]string{}
		for _, c := range contract.Get().Table(contracted[table]).Columns {
			want[c.Name] = c.Type
			switch got, ok := have[table][c.Name]; {
			case !ok:
				says = append(says, fmt.Sprintf("%s.%s is missing", table, c.Name))
			case got != c.Type:
				says = append(says, fmt.Sprintf("%s.%s is %s, not %s", table, c.Name, got, c.Type))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(have[table])) {
			if want[name] == "" && name != keyHash {
				says = append(says, fmt.Sprintf("%s.%s is not in the contract", table, name))
			}
		}
	}
	if says == nil {
		return nil
	}
	return fault.New(fault.Data,
		"undo what was changed by hand, or bring it about by a new schema file and a contract that declares it",
		"the tables are not what the data contract says: %s", strings.Join(says, "; "))
}

// contractType is an engine's type in the contract's words. Snowflake keeps every whole number as NUMBER(38,0).
func contractType(engine, precision, scale string) string {
	switch engine {
	case "TIMESTAMP", "TIMESTAMP_NTZ":
		return "DATETIME"
	case "TEXT":
		return "VARCHAR"
	case "NUMBER":
		if scale == "0" {
			return "BIGINT"
		}
		return fmt.Sprintf("DECIMAL(%s,%s)", precision, scale)
	}
	return engine
}
