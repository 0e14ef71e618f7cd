package snowflake

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"
	"sync"
	"time"
)

// wakeEvery is how long a reader of rows may sleep for nothing.
const wakeEvery = 500 * time.Millisecond

// session is a connection of the driver's. Who reads a large result waits for its parts on a condition. The driver (2.1.0,
// downloadChunk) tells of a part that cannot be fetched without the condition's lock: between the reader's look and its sleep the
// word is lost, and the reader sleeps for ever, whatever becomes of its context. So it was with one in two hundred results whose
// parts were refused at once. While a result is open, its reader is therefore told again and again: who wakes looks first whether
// there is something.
type session struct{ driverConn }

// driverConn is what database/sql asks of the driver's connection.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
}

// driverRows is what database/sql asks of the driver's rows.
type driverRows interface {
	driver.RowsNextResultSet
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

var errDriver = errors.New("the Snowflake driver is not the one that this program was written for")

// QueryContext implements driver.QueryerContext.
func (s session) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.driverConn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	told, ok := rows.(driverRows)
	condition, err := conditionOf(rows)
	if !ok || err != nil {
		return nil, errors.Join(errDriver, err, rows.Close())
	}
	if condition == nil {
		return rows, nil
	}
	closed := make(chan struct{})
	go func() {
		t := time.NewTicker(wakeEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				condition.Broadcast()
			case <-closed:
				return
			}
		}
	}()
	return &wokenRows{driverRows: told, closed: closed}, nil
}

// wokenRows are rows whose reader is woken until they are closed.
type wokenRows struct {
	driverRows
	once   sync.Once
	closed chan struct{}
}

// Close implements driver.Rows.
func (r *wokenRows) Close() error {
	r.once.Do(func() { close(r.closed) })
	return r.driverRows.Close()
}

// conditionOf returns what a reader of these rows waits on, or nil where the result came whole.
func conditionOf(rows driver.Rows) (*sync.Cond, error) {
	v := reflect.ValueOf(rows)
	for _, name := range []string{"ChunkDownloader", "DoneDownloadCond"} {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, errDriver
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return nil, errDriver
		}
	}
	condition, ok := v.Interface().(*sync.Cond)
	if !ok {
		return nil, errDriver
	}
	return condition, nil
}
