// Package warehousetest makes processed days for tests of the load: results of readings, described as rows, published as
// transform would publish them, and where a test wants it the reading and the result before them. Start with Result and Publish.
// The package judges nothing.
package warehousetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// Result is what validation made of one reading at one rank. Publish numbers its rows: line 1, 2, … of their kind, read two
// at a time from ReadAt on, with the digest of their content.
type Result struct {
	Source, Day, By string
	Name            string // the reading's random part, eight hexadecimal digits
	ReadAt          time.Time
	Rank            lake.Rank
	Refused         bool
	Unstable        bool
	Digest          string // SHA-256 of the reading's manifest; "" for one that nobody looks for
	SHA256          string // of the result's manifest; "" for one that nobody looks for

	Reservations []reservation.Reservation
	Customers    []reservation.Customer
	Erasures     []reservation.Erasure
	Held         string                // why the erasures wait for a person
	Absent       []reservation.Absence // kind and id
	Merged       []reservation.Merge   // guest and survivor
	Quarantined  map[string]int64      // records by kind
	Noted        map[string]int64      // of the accepted ones, by kind
	Unread       map[string]int64      // records by kind that the platform did not give
	Withheld     map[string]string     // why nothing of a kind goes in
	Profile      *lake.Profile
}

// Rank is a rank of the first source revision and key.
func Rank(contract int64) lake.Rank { return lake.Rank{Contract: contract, Source: 1, Key: 1} }

// ID is the reading's.
func (r Result) ID() lake.ReadingID {
	by := r.By
	if by == "" {
		by = lake.ByUpdated
	}
	return lake.NewReadingID(r.Source, r.Day, by, r.ReadAt, r.Name)
}

// Input is the result as a processed manifest names it.
func (r Result) Input() lake.Input {
	id := r.ID()
	sum := sha256.Sum256([]byte(id.String() + r.Rank.String()))
	counts, rows := map[string]lake.ResultCounts{}, map[string]int64{}
	for kind, n := range map[string]int{
		reservation.KindReservation: len(r.Reservations), reservation.KindCustomer: len(r.Customers),
	} {
		c := lake.ResultCounts{
			Accepted: int64(n), Quarantined: r.Quarantined[kind], Noted: r.Noted[kind], Unread: r.Unread[kind],
			Withheld: r.Withheld[kind],
		}
		if kind == reservation.KindCustomer {
			c.Merged = int64(len(r.Merged))
		}
		c.Received = c.Accepted + c.Quarantined + c.Merged
		if c.Noted > 0 {
			c.Notes = map[string]int64{reservation.ReasonTime + " created_at": c.Noted}
		}
		for _, a := range r.Absent {
			if a.Kind == kind {
				c.Absent++
			}
		}
		if c.Quarantined > 0 {
			c.Reasons = map[string]int64{reservation.ReasonRange: c.Quarantined}
		}
		counts[kind] = c
		if !r.withholds(kind) {
			rows[kind] = c.Accepted
		}
	}
	return lake.Input{
		Reading: id.String(), Source: r.Source, Day: r.Day, By: id.By, Rank: r.Rank,
		Result:  lake.ResultKey(id, cmp.Or(r.Digest, strings.Repeat("0", 64)), r.Rank),
		SHA256:  cmp.Or(r.SHA256, hex.EncodeToString(sum[:])),
		Refused: r.Refused, Stable: !r.Unstable, ReadAt: r.ReadAt, Rows: rows, Counts: counts,
		Erasures: int64(len(r.Erasures)), Held: r.Held, Profile: r.Profile,
	}
}

// withholds reports whether nothing of a kind goes in.
func (r Result) withholds(kind string) bool { return r.Refused || r.Withheld[kind] != "" }

// Rows returns the result's rows with their origin, as they stand in staging and processed.
func (r Result) Rows() ([]reservation.Reservation, []reservation.Customer, []reservation.Erasure) {
	id := r.ID().String()
	var d reservation.Digester
	origin := func(i int, digest []byte) reservation.Origin {
		readAt := r.ReadAt.UnixMicro() + int64(i/2)
		return reservation.Origin{Reading: id, Line: int64(i + 1), ReadAt: readAt, Digest: string(digest)}
	}
	reservations, customers, erasures := slices.Clone(r.Reservations), slices.Clone(r.Customers), slices.Clone(r.Erasures)
	for i := range reservations {
		reservations[i].Origin = origin(i, d.Reservation(&reservations[i]))
	}
	for i := range customers {
		customers[i].Origin = origin(i, d.Customer(&customers[i]))
	}
	for i := range erasures {
		erasures[i].Reading = id
		if erasures[i].Line == 0 {
			erasures[i].Line = int64(i + 1)
		}
	}
	return reservations, customers, erasures
}

// Absences returns the result's absent ids with their origin. Their lines follow those of the records of their kind.
func (r Result) Absences() []reservation.Absence {
	counts := r.Input().Counts
	next := map[string]int64{}
	for kind, c := range counts {
		next[kind] = c.Received + 1
	}
	out := slices.Clone(r.Absent)
	for i := range out {
		a := &out[i]
		a.Reading, a.Line, a.Source = r.ID().String(), next[a.Kind], r.Source
		a.Platform, _, _ = strings.Cut(r.Source, "/")
		a.ReadAt = r.ReadAt.UnixMicro() + int64(i/2)
		next[a.Kind]++
	}
	return out
}

// Merges returns the result's merged guests with their origin. Their lines follow those of the guests in quarantine.
func (r Result) Merges() []reservation.Merge {
	first := int64(len(r.Customers)) + r.Quarantined[reservation.KindCustomer] + 1
	out := slices.Clone(r.Merged)
	for i := range out {
		m := &out[i]
		m.Reading, m.Line, m.Source = r.ID().String(), first+int64(i), r.Source
		m.Platform, _, _ = strings.Cut(r.Source, "/")
		m.ReadAt = r.ReadAt.UnixMicro() + int64(i/2)
	}
	return out
}

// contributed returns what of a result's rows goes in.
func (r Result) contributed() (out struct {
	reservations []reservation.Reservation
	customers    []reservation.Customer
	absences     []reservation.Absence
	merges       []reservation.Merge
}) {
	reservations, customers, _ := r.Rows()
	if !r.withholds(reservation.KindReservation) {
		out.reservations = reservations
	}
	if !r.withholds(reservation.KindCustomer) {
		out.customers, out.merges = customers, r.Merges()
	}
	out.absences = slices.DeleteFunc(r.Absences(), func(a reservation.Absence) bool { return r.withholds(a.Kind) })
	return out
}

// Publish writes a processed manifest of the results' day and gives its key. objects is how many objects of each kind the
// rows are spread over, at least 1.
func Publish(t testing.TB, zone *lake.Zone, objects int, results ...Result) string {
	t.Helper()
	key, err := publish(t.Context(), zone, objects, results)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publish(ctx context.Context, zone *lake.Zone, objects int, results []Result) (string, error) {
	results = slices.Clone(results)
	slices.SortFunc(results, func(a, b Result) int { return strings.Compare(a.ID().String(), b.ID().String()) })
	m := lake.Processed{Version: lake.Version, Day: results[0].Day, WrittenAt: results[0].ReadAt, Program: "test"}
	attempt := zone.Begin(func() time.Time { return m.WrittenAt })
	var err error
	var all struct {
		reservations []reservation.Reservation
		customers    []reservation.Customer
		erasures     []reservation.Erasure
		absences     []reservation.Absence
		merges       []reservation.Merge
	}
	for _, r := range results {
		m.Inputs = append(m.Inputs, r.Input())
		_, _, erasures := r.Rows()
		in := r.contributed()
		all.reservations = append(all.reservations, in.reservations...)
		all.customers = append(all.customers, in.customers...)
		all.absences = append(all.absences, in.absences...)
		all.merges = append(all.merges, in.merges...)
		all.erasures = append(all.erasures, erasures...)
	}
	m.Objects, err = write(ctx, attempt, m.Objects, m.Day, reservation.KindReservation, objects, all.reservations)
	if err != nil {
		return "", err
	}
	if m.Objects, err = write(ctx, attempt, m.Objects, m.Day, reservation.KindCustomer, objects, all.customers); err != nil {
		return "", err
	}
	if m.Objects, err = write(ctx, attempt, m.Objects, m.Day, lake.KindErasure, 1, all.erasures); err != nil {
		return "", err
	}
	if m.Objects, err = write(ctx, attempt, m.Objects, m.Day, lake.KindAbsence, 1, all.absences); err != nil {
		return "", err
	}
	if m.Objects, err = write(ctx, attempt, m.Objects, m.Day, lake.KindMerge, 1, all.merges); err != nil {
		return "", err
	}
	key := lake.ProcessedKey(m.Day, m.Inputs)
	_, err = attempt.Publish(ctx, key, m)
	return key, err
}

func write[T any](
	ctx context.Context, a *lake.Attempt, to []lake.Object, day, kind string, objects int, all []T,
) ([]lake.Object, error) {
	if len(all) == 0 {
		return to, nil
	}
	for part := range slices.Chunk(all, (len(all)+objects-1)/objects) {
		w := parquetrows.NewWriter[T](a, kind, day+"/")
		defer w.Abort()
		if err := w.Write(part); err != nil {
			return nil, err
		}
		var err error
		if to, err = w.Close(ctx, to); err != nil {
			return nil, fmt.Errorf("write %s: %w", kind, err)
		}
	}
	return to, nil
}

// PublishMany publishes a day of many bookings without holding them.
func PublishMany(b testing.TB, zone *lake.Zone, day string, version int64, bookings int) {
	b.Helper()
	read, err := time.Parse(time.DateOnly, day)
	if err != nil {
		b.Fatal(err)
	}
	read = read.AddDate(0, 0, 1)
	r := Result{Source: "opentable/101", Day: day, Name: "00000001", Rank: Rank(1), ReadAt: read}
	attempt := zone.Begin(func() time.Time { return read })
	w := parquetrows.NewWriter[reservation.Reservation](attempt, reservation.KindReservation, day+"/")
	for first := 0; first < bookings; first += parquetrows.BatchRows {
		r.Reservations = r.Reservations[:0]
		for id := first; id < min(bookings, first+parquetrows.BatchRows); id++ {
			r.Reservations = append(r.Reservations, Booking(id, version, fmt.Sprintf("1001-guest-%d", id/3)))
		}
		batch, _, _ := r.Rows()
		for i := range batch {
			batch[i].Line = int64(first + i + 1)
		}
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	in := r.Input()
	n := int64(bookings)
	in.Rows[reservation.KindReservation] = n
	in.Counts[reservation.KindReservation] = lake.ResultCounts{Received: n, Accepted: n}
	m := lake.Processed{Version: lake.Version, Day: day, Inputs: []lake.Input{in}, WrittenAt: read, Program: "bench"}
	if m.Objects, err = w.Close(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	if _, err := attempt.Publish(b.Context(), lake.ProcessedKey(day, m.Inputs), m); err != nil {
		b.Fatal(err)
	}
}
