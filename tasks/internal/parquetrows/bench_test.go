package parquetrows

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
)

// BenchmarkWrite writes rows like a reading's, and the same ones with parquet-go, in turn. It reports the CPU time of the
// process, user and system, and the bytes of the objects, both a row.
func BenchmarkWrite(b *testing.B) {
	b.Run("reservation", func(b *testing.B) { benchWrite(b, bookings(2*groupRows)) })
	b.Run("customer", func(b *testing.B) { benchWrite(b, guests(2*groupRows)) })
}

func benchWrite[T any](b *testing.B, rows []T) {
	zone, err := lake.Open(b.Context(), machine.This(), "file://"+b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer zone.Close()
	attempt := zone.Begin(time.Now)
	ours := NewWriter[T](attempt, "ours", "")
	defer ours.Abort()
	object, err := attempt.NewObject("theirs", "", "parquet")
	if err != nil {
		b.Fatal(err)
	}
	defer object.Abort()
	theirs := parquet.NewGenericWriter[T](object, parquet.MaxRowsPerRowGroup(groupRows), parquet.DataPageVersion(1),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain))

	var cpu [2]time.Duration
	both := func(first, second func() error) {
		for i, f := range []func() error{first, second} {
			before := used()
			if err := f(); err != nil {
				b.Fatal(err)
			}
			cpu[i] += used() - before
		}
	}
	n := 0.0
	for b.Loop() {
		for batch := range slices.Chunk(rows, BatchRows) {
			both(func() error { return ours.Write(batch) },
				func() error { _, err := theirs.Write(batch); return err })
		}
		n += float64(len(rows))
	}
	var objects []lake.Object
	both(func() (err error) { objects, err = ours.Close(b.Context(), nil); return err }, theirs.Close)
	var bytes int64
	for _, o := range objects {
		bytes += o.Bytes
	}
	b.ReportMetric(float64(cpu[0])/n, "cpu-ns/row")
	b.ReportMetric(float64(cpu[1])/n, "parquet-go-cpu-ns/row")
	b.ReportMetric(float64(bytes)/n, "B/row")
	b.ReportMetric(float64(object.Size())/n, "parquet-go-B/row")
}

// BenchmarkCopy opens, checks and copies an object of bookings, as transform does, and reports the CPU time a row.
func BenchmarkCopy(b *testing.B) {
	zone, err := lake.Open(b.Context(), machine.This(), "file://"+b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer zone.Close()
	rows := bookings(8 * groupRows)
	from := NewWriter[reservation.Reservation](zone.Begin(time.Now), "from", "")
	if err := from.Write(rows); err != nil {
		b.Fatal(err)
	}
	objects, err := from.Close(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	before, n := used(), 0.0
	for b.Loop() {
		s, err := Open[reservation.Reservation](b.Context(), zone, objects[0])
		if err != nil {
			b.Fatal(err)
		}
		if _, all, err := s.Check(b.Context(), "reading", rows[0].Reading); err != nil || !all {
			b.Fatal(all, err)
		}
		to := NewWriter[reservation.Reservation](zone.Begin(time.Now), "to", "")
		if err := to.Copy(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		if _, err := to.Close(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		n += float64(len(rows))
	}
	b.ReportMetric(float64(used()-before)/n, "cpu-ns/row")
}

// used is the CPU time of the process so far.
func used() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

const second = 1_000_000 // microseconds

func pointer[V any](v V) *V { return &v }

func digits(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("0123456789abcdef"[r.IntN(16)])
	}
	return b.String()
}

func origin(r *rand.Rand, i int) reservation.Origin {
	return reservation.Origin{
		Reading: "opentable/101/2026-03-28/updated/20260329T060000.000Z-00000001", Line: int64(i + 1),
		ReadAt: 1_774_764_000*second + int64(i/1000)*120_000, Digest: digits(r, 32),
	}
}

func someID(r *rand.Rand) string {
	return fmt.Sprintf("1001-%s-%s-4%s-%s-%s", digits(r, 8), digits(r, 4), digits(r, 3), digits(r, 4), digits(r, 12))
}

// bookings are reservations as one source's reading has them, in the order of their changes.
func bookings(n int) []reservation.Reservation {
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]reservation.Reservation, n)
	updated := int64(1_774_656_000) // seconds
	for i := range rows {
		updated += int64(r.IntN(3))
		scheduled := (updated/900 + int64(r.IntN(3000))) * 900
		row := &rows[i]
		*row = reservation.Reservation{
			Origin: origin(r, i), Platform: "opentable", RestaurantID: 101, ReservationID: someID(r), ClockEpoch: 1,
			Clock: 2_383_590_000 + int64(i), UpdatedAt: pointer(updated * second), Status: reservation.Booked,
			PlatformStatus: "Confirmed", Channel: []string{"web", "web", "phone", "walk_in"}[r.IntN(4)],
			PartySize: 1 + int64(r.IntN(8)), ScheduledAt: pointer(scheduled * second),
			ScheduledLocal: pointer((scheduled + 3600) * second), ServiceDate: pointer(int32(scheduled / 86400)),
			Currency: "GBP", MarketingOptedOut: pointer(r.IntN(9) == 0),
		}
		created := (updated - int64(r.IntN(2_000_000))) * second
		row.CreatedAt, row.CreatedLocal = &created, pointer(created+3600*second)
		if r.IntN(7) > 0 {
			row.CustomerID = pointer(someID(r))
		}
		if r.IntN(2) == 0 {
			row.TableCategory = pointer([]string{"bar", "outdoor", "standard"}[r.IntN(3)])
		}
		if i%1000 < 500 { // a table that was taken
			row.Status, row.PlatformStatus = reservation.Completed, "Done"
			row.ArrivedAt, row.SeatedAt = pointer((updated-7000)*second), pointer((updated-6600)*second)
			row.DoneAt = pointer(updated * second)
			net := int64(2000+r.IntN(20_000)) * 100
			row.SpendSubtotal, row.SpendTax, row.SpendTip = &net, pointer(net/500*100), pointer(net/800*100)
			row.SpendTotal = pointer(net + net/500*100)
		}
	}
	return rows
}

// guests are customers likewise.
func guests(n int) []reservation.Customer {
	r := rand.New(rand.NewPCG(2, 2))
	rows := make([]reservation.Customer, n)
	updated := int64(1_774_656_000) // seconds
	for i := range rows {
		updated += int64(r.IntN(4))
		rows[i] = reservation.Customer{
			Origin: origin(r, i), Platform: "opentable", RestaurantID: pointer(int64(101)), CustomerID: someID(r), ClockEpoch: 1,
			Clock: 2_383_600_000 + int64(i), UpdatedAt: pointer(updated * second),
			CreatedAt:   pointer((updated - int64(r.IntN(2_000_000))) * second),
			PersonToken: pointer("k1:" + digits(r, 32)), EmailToken: pointer("k1:" + digits(r, 32)),
			PhoneToken: pointer("k1:" + digits(r, 32)), NameToken: pointer(fmt.Sprintf("k1:%032x", r.IntN(2000)*0x9e3779b97f4a7)),
			EmailOptIn: pointer(r.IntN(3) == 0), Archived: pointer(false), Hidden: pointer(false),
			MarketingOptedOut: pointer(r.IntN(9) == 0),
		}
		if r.IntN(3) > 0 {
			last := (updated - int64(r.IntN(1_000_000))) * second
			rows[i].FirstVisitAt, rows[i].LastVisitAt = pointer(last-int64(r.IntN(2))*30*86400*second), &last
		}
	}
	return rows
}
