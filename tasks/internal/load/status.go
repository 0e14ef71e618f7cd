package load

import (
	"context"
	"covers/tasks/internal/warehouse"
	"errors"
)

// Status returns the ledger's entries of days, nil for all. It never returns nil: a warehouse that is not there yet has none.
func Status(ctx context.Context, open Open, days []string) (entries []warehouse.Entry, err error) {
	w, err := open(ctx, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		return []warehouse.Entry{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeErr(w)) }()
	found, err := w.Ledger(ctx, days)
	return append([]warehouse.Entry{}, found...), err
}
