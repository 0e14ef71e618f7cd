package warehousetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// Check ends the test where there is an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// PublishRaw writes the reading that a result is of, and fills in its Digest. The records are told apart by their notes; of a
// kind, accepted ones come first, those in quarantine next, then merged guests, absent ids, and last what was not read. An
// object holds as many lines as lines says.
func PublishRaw(t testing.TB, zone *lake.Zone, lines int, r *Result) {
	t.Helper()
	a := zone.Begin(func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Reading{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By,
		StartedAt: r.ReadAt, FinishedAt: r.ReadAt, Sweeps: 1, Stable: !r.Unstable,
		Counts: map[string]lake.RawCounts{}, Program: "test", Requests: 1,
	}
	for _, kind := range []string{reservation.KindCustomer, reservation.KindReservation} {
		n := in.Counts[kind]
		m.Counts[kind] = lake.RawCounts{
			Listed: n.Received + n.Absent + n.Unread, Received: n.Received, Absent: n.Absent, Unread: n.Unread,
		}
		first := int64(1)
		for part := range slices.Chunk(rawLines(*r, kind), lines) {
			m.Objects = append(m.Objects, rawObject(t, a, kind, in.Reading+"/", first, part))
			first += int64(len(part))
		}
	}
	line, err := lake.AppendRequest(nil, r.ReadAt, lake.Request{ID: "request", Method: "GET", URL: "/"})
	Check(t, err)
	m.RequestLog = []lake.Object{rawObject(t, a, lake.KindRequest, in.Reading+"/", 1, [][]byte{line})}
	key := lake.ManifestKey(r.ID())
	_, err = a.Publish(t.Context(), key, m)
	Check(t, err)
	found, err := lake.Read[lake.Reading](t.Context(), zone, key)
	Check(t, err)
	r.Digest = found.SHA256
}

// rawLines returns the lines of a kind.
func rawLines(r Result, kind string) (lines [][]byte) {
	n := r.Input().Counts[kind]
	request := func() string { return fmt.Sprintf("request-%s-%d", r.Name, len(lines)+1) }
	for line := range n.Received {
		record := fmt.Sprintf(`{%s"note": "planted-body %s %d"}`, rawIDs(r, kind, int(line)), kind, line+1)
		lines = append(lines, lake.AppendLine(nil, kind, request(), r.ReadAt, []byte(record)))
	}
	for _, absent := range r.Absent {
		if absent.Kind == kind {
			lines = append(lines, lake.AppendAbsent(nil, kind, request(), r.ReadAt, absent.ID))
		}
	}
	for i := range n.Unread {
		lines = append(lines, lake.AppendUnread(nil, kind, request(), r.ReadAt, fmt.Sprintf("unread-%d", i+1), "500"))
	}
	return lines
}

// rawIDs returns the fields of a record that say whose it is, as the platform names them.
func rawIDs(r Result, kind string, i int) string {
	fields := map[string]string{reservation.KindCustomer: "id", reservation.KindReservation: "guest_id"}
	if strings.HasPrefix(r.Source, reservation.TheFork) {
		fields = map[string]string{reservation.KindCustomer: "customerUuid", reservation.KindReservation: "customerUuid"}
	}
	id := ""
	switch {
	case kind == reservation.KindCustomer && i < len(r.Customers):
		id = r.Customers[i].CustomerID
	case kind == reservation.KindReservation && i < len(r.Reservations) && r.Reservations[i].CustomerID != nil:
		id = *r.Reservations[i].CustomerID
	}
	if id == "" {
		return ""
	}
	return fmt.Sprintf(`"%s": "%s", `, fields[kind], id)
}

func rawObject(t testing.TB, a *lake.Attempt, kind, prefix string, first int64, lines [][]byte) lake.Object {
	t.Helper()
	w, err := a.NewObject(kind, prefix, "ndjson.zst")
	Check(t, err)
	packed, err := zstd.NewWriter(w)
	Check(t, err)
	_, err = packed.Write(slices.Concat(lines...))
	Check(t, err)
	Check(t, packed.Close())
	o, err := w.Commit(t.Context(), int64(len(lines)), first)
	Check(t, err)
	return o
}

// PublishStaging writes a result as validation would, and fills in its SHA256. It returns its key.
func PublishStaging(t testing.TB, zone *lake.Zone, r *Result) string {
	t.Helper()
	a := zone.Begin(func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Result{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, Rank: r.Rank, Input: r.Digest,
		Refused: r.Refused, Stable: in.Stable, ReadAt: r.ReadAt, Counts: in.Counts, Erasures: in.Erasures, Held: in.Held,
		WrittenAt: r.ReadAt,
		Program:   "test",
	}
	prefix := in.Reading + "/" + r.Rank.String() + "/"
	_, _, erasures := r.Rows()
	rows := r.contributed()
	m.Objects = Put(t, a, m.Objects, reservation.KindReservation, prefix, rows.reservations)
	m.Objects = Put(t, a, m.Objects, reservation.KindCustomer, prefix, rows.customers)
	m.Objects = Put(t, a, m.Objects, lake.KindAbsence, prefix, rows.absences)
	m.Objects = Put(t, a, m.Objects, lake.KindMerge, prefix, rows.merges)
	m.Objects = Put(t, a, m.Objects, lake.KindErasure, prefix, erasures)
	m.Objects = Put(t, a, m.Objects, lake.KindQuarantine, prefix, r.refusals())
	_, err := a.Publish(t.Context(), in.Result, m)
	Check(t, err)
	found, err := lake.Read[lake.Result](t.Context(), zone, in.Result)
	Check(t, err)
	r.SHA256 = found.SHA256
	return in.Result
}

// refusals returns two for each record in quarantine, the lines behind the accepted ones, one for each record with a note, the
// first of the accepted ones, and one for each that was not read, the last lines.
func (r Result) refusals() (all []reservation.Refusal) {
	in := r.Input()
	for kind, n := range in.Counts {
		add := func(line int64, reason, field string, noted bool) {
			all = append(all, reservation.Refusal{
				Reading: in.Reading, Kind: kind, Line: line, Object: "o", ObjectLine: line,
				Reason: reason, Field: field, Rule: "r", Noted: noted,
			})
		}
		for line := n.Accepted + 1; line <= n.Accepted+n.Quarantined; line++ {
			add(line, reservation.ReasonRange, "a", false)
			add(line, reservation.ReasonRange, "b", false)
		}
		for i := range n.Noted {
			add(i+1, reservation.ReasonTime, "created_at", true)
		}
		for i := range n.Unread {
			add(n.Received+n.Absent+i+1, reservation.ReasonUnread, "", false)
		}
	}
	return all
}

// Put writes rows as an object of an attempt, and returns the objects with it; without rows there is none.
func Put[T any](t testing.TB, a *lake.Attempt, to []lake.Object, kind, prefix string, all []T) []lake.Object {
	t.Helper()
	w := parquetrows.NewWriter[T](a, kind, prefix)
	defer w.Abort()
	Check(t, w.Write(all))
	to, err := w.Close(t.Context(), to)
	Check(t, err)
	return to
}

// TwoDays returns two readings of one restaurant. The first, of 2026-03-27, has all that a reading can have: rows, a record in
// quarantine, an absent id, a request to forget a guest. The second has a later state of one booking.
func TwoDays() (first, second Result) {
	first = Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: Rank(1),
		ReadAt:       time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{Booking(1, 1, "kept"), Booking(2, 1, "planted"), Booking(3, 1, "")},
		Customers:    []reservation.Customer{Guest("kept", 1), Guest("planted", 1)},
		Erasures:     []reservation.Erasure{{Platform: reservation.OpenTable, CustomerID: "planted", Line: 2}},
		Absent:       []reservation.Absence{AbsentBooking(9)},
		Quarantined:  map[string]int64{reservation.KindReservation: 1},
	}
	second = Result{
		Source: "opentable/101", Day: "2026-03-28", Name: "00000002", Rank: Rank(1),
		ReadAt:       time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{Booking(1, 2, "kept")},
	}
	return first, second
}
