package opentable_test

import (
	"os"
	"testing"

	"covers/tasks/internal/reservation"
)

// BenchmarkReservation reads one documented reservation and maps it: the time of a record but for its line, its digest and its
// row in Parquet.
func BenchmarkReservation(b *testing.B) {
	m, in := newMapper(b)
	text, err := os.ReadFile("testdata/reservation.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	var row reservation.Reservation
	for b.Loop() {
		m.Reservation(in.Parse(text), &row)
		in.Arena.Reset()
	}
	if len(in.Problems) > 0 {
		b.Fatal(in.Problems)
	}
}
