//go:build cgo

package duckdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// TestReadsWhatWeWrite: DuckDB, which has another decoder of Parquet and zstd, reads of our objects what it reads of
// parquet-go's.
func TestReadsWhatWeWrite(t *testing.T) {
	folder := t.TempDir()
	rows := bookings(40_000) // more than a row group
	theirs := filepath.Join(folder, "theirs.parquet")
	f, err := os.Create(theirs)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[reservation.Reservation](f)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	for _, close := range []func() error{w.Close, f.Close} {
		if err := close(); err != nil {
			t.Fatal(err)
		}
	}
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+folder)
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	own := parquetrows.NewWriter[reservation.Reservation](zone.Begin(time.Now), reservation.KindReservation, "")
	if err := own.Write(rows); err != nil {
		t.Fatal(err)
	}
	objects, err := own.Close(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(folder, objects[0].Key)

	db, err := Opener.Open(t.Context(), machine.This(), &url.URL{Path: filepath.Join(folder, "a.duckdb")}, engine.ReadWrite, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, pair := range [][2]string{{ours, theirs}, {theirs, ours}} {
		var n, differ int
		count := fmt.Sprintf(`SELECT (SELECT count(*) FROM '%s'), (SELECT count(*) FROM (FROM '%[1]s' EXCEPT ALL FROM '%s'))`,
			pair[0], pair[1])
		if err := conn.QueryRowContext(t.Context(), count).Scan(&n, &differ); err != nil {
			t.Fatal(err)
		}
		if n != len(rows) || differ != 0 {
			t.Errorf("%s has %d rows, of them %d that %s has not", pair[0], n, differ, pair[1])
		}
	}
}

// bookings returns rows in which every optional column is null now and then, with ids, times and amounts as real ones have.
func bookings(n int) []reservation.Reservation {
	rows := make([]reservation.Reservation, n)
	for i := range rows {
		digest := sha256.Sum256(fmt.Append(nil, i))
		id, number := hex.EncodeToString(digest[:16]), int64(digest[0])<<16|int64(digest[1])<<8|int64(digest[2])
		rows[i] = reservation.Reservation{
			Origin: reservation.Origin{
				Reading: fmt.Sprintf("opentable/%d", i/15_000), Line: int64(i + 1),
				ReadAt: 1_774_764_000_000_000 + int64(i/1000), Digest: id,
			},
			Platform: "opentable", ReservationID: "1001-" + id, Clock: int64(i), PartySize: number % 9, Currency: "GBP",
			Status: []string{"booked", "seated", ""}[number%3],
		}
		row := &rows[i]
		fields := []**int64{
			&row.CreatedAt, &row.UpdatedAt, &row.ScheduledAt, &row.ArrivedAt, &row.SpendTotal, &row.SpendTip,
		}
		for k, field := range fields {
			if (number>>k)%4 > 0 {
				value := []int64{number * 1_000_000, int64(i) * 1_000_000, number % 99 * 900_000_000, -number, number * 100, 7}[k]
				*field = &value
			}
		}
		if number%5 > 0 {
			row.CustomerID, row.OfferType = &row.ReservationID, &row.Status
		}
		if i%500 == 0 {
			odd := "nobody"
			row.CustomerID = &odd
		}
		if date := int32(number % 60); date > 3 {
			row.ServiceDate = &date
		}
		if opted := number%2 == 0; number%7 > 0 {
			row.MarketingOptedOut = &opted
		}
	}
	return rows
}
