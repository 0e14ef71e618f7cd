package load

import (
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in:\n%s", p, text)
		}
	}
}

func TestOutcomeText(t *testing.T) {
	rank := lake.Rank{Contract: 1, Source: 2, Key: 1}
	l := warehouse.Loaded{
		Taken: []warehouse.Taken{
			{
				Input:    lake.Input{Reading: "opentable/101/a", Rank: rank, Refused: true},
				Manifest: "2026-03-27/x.json", Before: "0001.0001.0001",
			},
			{Input: lake.Input{Reading: "opentable/102/b", Rank: rank}, Manifest: "2026-03-27/x.json"},
		},
		Offered: 5, Already: 3,
		Counts: map[string]warehouse.Counts{
			reservation.KindReservation: {Received: 4, Accepted: 3, Quarantined: 1, Landed: 2},
		},
		TouchedReservations: 7, ServiceDates: []string{"2026-03-29"}, ErasedCustomers: 1,
	}
	wants(t, Outcome{Loaded: l}.Text(false), "loaded 2 readings (3 were there already)",
		"opentable/101/a at rank 0001.0002.0001, before at 0001.0001.0001, refused: no rows",
		"reservations: received 4, accepted 3, quarantined 1, landed 2",
		"touched 7 reservations and 0 customers on 1 service dates; erased 1 customers")
	wants(t, Outcome{Loaded: l, DryRun: true, Statements: []warehouse.Statement{{Name: "commit", SQL: "COMMIT"}}}.Text(false),
		"would load 2 readings (3 of 5 are there already)", "The 1 statements of a load",
		"   1  commit                     COMMIT\n", "--sql shows them")
	long := []warehouse.Statement{
		{Name: "load/1.sql:1", SQL: "CREATE x AS\n  SELECT 1\n  FROM y"}, {Name: "commit", SQL: "COMMIT"},
	}
	wants(t, Outcome{Loaded: l, DryRun: true, Statements: long}.Text(false), "CREATE x AS … (2 lines more)\n", "   2  commit")
	wants(t, Outcome{Loaded: l, DryRun: true, Statements: long}.Text(true),
		"-- 1 load/1.sql:1\nCREATE x AS\n  SELECT 1\n  FROM y;", "-- 2 commit\nCOMMIT;")
	wants(t, Outcome{Loaded: warehouse.Loaded{Offered: 5, Already: 5}}.Text(false),
		"nothing to load: 5 readings are there already")
	wants(t, Outcome{Loaded: warehouse.Loaded{Reference: true}}.Text(false), "restaurants were brought up to date")
}

// What is withheld, merged, noted and not read is told where there is some.
func TestOutcomeTextOfWhatIsRare(t *testing.T) {
	in := lake.Input{Reading: "opentable/101/a", Counts: map[string]lake.ResultCounts{
		reservation.KindReservation: {}, reservation.KindCustomer: {Withheld: "6 of 20 customers were refused"},
	}}
	l := warehouse.Loaded{
		Taken: []warehouse.Taken{{Input: in}}, Noted: 4, Unread: 3, Merges: 2,
		Counts: map[string]warehouse.Counts{reservation.KindCustomer: {Received: 9, Accepted: 6, Quarantined: 1, Merged: 2}},
	}
	wants(t, Outcome{Loaded: l}.Text(false), "opentable/101/a at rank 0000.0000.0000, withheld: no rows of customers\n",
		"customers: received 9, accepted 6, quarantined 1, merged 2, landed 0\n",
		"accepted without a field that could not be read: 4\n", "not read, since the platform did not give them: 3\n")
	l.Taken[0].Counts, l.Noted, l.Unread, l.Counts = nil, 0, 0, nil
	if text := (Outcome{Loaded: l}).Text(false); strings.Contains(text, "withheld") || strings.Contains(text, "not read") ||
		strings.Contains(text, "without") || strings.Contains(text, "merged") {
		t.Errorf("tells of nothing:\n%s", text)
	}
}

func TestStatusTextOfWhatIsRare(t *testing.T) {
	e := warehouse.Entry{
		Day: "2026-03-27", Source: "opentable/101", Stable: true, Noted: 4, Unread: 3,
		Withheld: []string{reservation.KindCustomer},
		Counts:   map[string]warehouse.Counts{reservation.KindCustomer: {Received: 2, Merged: 2}},
	}
	wants(t, StatusText([]warehouse.Entry{e, e}), "customers withheld in 2, 4 merged, 8 without a field, 6 not read")
	e.Refused, e.Withheld = true, []string{reservation.KindCustomer, reservation.KindReservation}
	if text := StatusText([]warehouse.Entry{e}); strings.Contains(text, "withheld") || !strings.Contains(text, "1 refused") {
		t.Errorf("says twice that all was refused:\n%s", text)
	}
}

func TestStatusText(t *testing.T) {
	wants(t, StatusText(nil), "nothing is loaded")
	entry := func(source, rank string, stable bool) warehouse.Entry {
		return warehouse.Entry{
			Day: "2026-03-27", Source: source, Rank: rank, Stable: stable,
			LoadedAt: time.Date(2026, 3, 28, 4, 0, 0, 0, time.UTC), Erasures: 1,
			Counts: map[string]warehouse.Counts{
				reservation.KindReservation: {Received: 10, Accepted: 9, Quarantined: 1, Landed: 9},
			},
		}
	}
	text := StatusText([]warehouse.Entry{
		entry("opentable/101", "0001.0001.0001", true), entry("opentable/101", "0001.0002.0001", false),
		entry("thefork/101", "0001.0001.0001", true),
	})
	wants(t, text, "3 readings", "0001.0001.0001 to 0001.0002.0001", "2026-03-28 04:00")
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "opentable/101") && strings.Join(strings.Fields(strings.ReplaceAll(line, "│", " ")), " ") !=
			"2026-03-27 opentable/101 2 0001.0001.0001 to 0001.0002.0001 18 2 0 0 2 2026-03-28 04:00 1 not stable" {
			t.Errorf("the readings of a source are not added up: %s", line)
		}
	}
}

// The table has a column of absent records where there are some.
func TestStatusTextOfAbsent(t *testing.T) {
	entry := warehouse.Entry{Day: "2026-03-27", Source: "opentable/101", Rank: "0001.0001.0001", Stable: true}
	if text := StatusText([]warehouse.Entry{entry}); strings.Contains(text, "absent") {
		t.Errorf("a column of nothing:\n%s", text)
	}
	entry.Absent = 7
	wants(t, StatusText([]warehouse.Entry{entry, entry}), "absent", "│     14 │")
}

func TestExplainedText(t *testing.T) {
	e := Explained{
		Platform: "opentable", Reservation: "1001-1", Current: warehouse.Row{"status": "booked", "arrived_at": nil},
		Observations: []Observation{{
			Current: true, Row: warehouse.Row{"status": "booked", "party_size": int64(2)}, Way: Way{
				Ledger:    &warehouse.Entry{Rank: "0001.0001.0001"},
				Processed: &Manifest{Zone: "file:///p", Key: "k.json"}, Staging: &Manifest{Zone: "file:///s", Key: "r.json"},
				Raw: &Place{
					Manifest: Manifest{Zone: "file:///r"}, Object: "o.ndjson.zst", Line: 7, Request: "req-1", Body: `{"a":1}`,
				},
			},
		}, {Row: warehouse.Row{}, Way: Way{Missing: []string{"raw: the object has expired or was removed"}}}},
	}
	text := e.Text()
	wants(t, text, "reservation 1001-1 of opentable", "observation 1 of 2, the current one", "booked, party of 2",
		"rank 0001.0001.0001",
		"file:///p/k.json", "file:///s/r.json", "file:///r/o.ndjson.zst, line 7", "req-1", `{"a":1}`,
		"raw: the object has expired")
	if strings.Contains(text, "arrived_at") || strings.Contains(text, "erased") || strings.Contains(text, "absent") {
		t.Error("shows what is not known")
	}
	e.Survivor = "1001-9"
	e.Observations[0].Notes = []Note{{"created_date", "time", "a date and a time"}}
	e.Observations[0].Ledger.Withheld, e.Observations[0].Ledger.Unread = []string{"customer"}, 2
	wants(t, e.Text(), "guest today        1001-9, since the platform merged",
		"note       created_date left out: time, a date and a time",
		"withheld   of the reading, because too much was refused: customers", "not read   2 records of the reading")
	e.Survivor, e.Observations[0].Notes = "", nil
	e.Observations[0].Erased = true
	const off = "erased: the guest's id was taken off the row"
	if text := e.Text(); strings.Count(text, "guest ") != 2 || strings.Count(text, off) != 2 {
		t.Errorf("of the current row and its observation, says not that the guest was erased:\n%s", text)
	}
	e.Current, e.Why, e.Observations[0].Current, e.Observations[0].Superseded = nil, "it is gone", false, true
	e.Absences = []Absence{{
		Row: warehouse.Row{
			"read_at": "2026-03-30T01:00:00.000000", "reading": "r/1", "line": int64(2), "source": "opentable/101",
		},
		Way: Way{Raw: &Place{Object: "o", Line: 2, Request: "req-9"}},
	}}
	wants(t, e.Text(), "no current row: it is gone",
		"absent at 2026-03-30T01:00:00.000000, asked by reading r/1 (1 of 1)", "req-9",
		"observation 1 of 2, superseded: the reservation was absent")
}
