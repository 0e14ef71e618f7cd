package validate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

var ctx = context.Background()

// contents is all that a result's objects hold.
type contents struct {
	Reservations []string // id digest
	Customers    []string
	Refusals     []string // kind line reason field
	Erasures     []string
}

func read(t testing.TB, o validate.Options, r lake.Result) (c contents) {
	for _, object := range r.Objects {
		var err error
		switch object.Kind {
		case reservations:
			err = parquetrows.Read(ctx, o.Staging, object, func(b []reservation.Reservation) error {
				for _, x := range b {
					c.Reservations = append(c.Reservations, x.ReservationID+" "+x.Digest)
				}
				return nil
			})
		case customers:
			err = parquetrows.Read(ctx, o.Staging, object, func(b []reservation.Customer) error {
				for _, x := range b {
					c.Customers = append(c.Customers, x.CustomerID+" "+x.Digest)
				}
				return nil
			})
		case lake.KindQuarantine:
			err = parquetrows.Read(ctx, o.Staging, object, func(b []reservation.Refusal) error {
				for _, x := range b {
					why := fmt.Sprintf("%s %d %s %s", x.Kind, x.Line, x.Reason, x.Field)
					if x.Noted {
						why += " noted"
					}
					c.Refusals = append(c.Refusals, why)
				}
				return nil
			})
		case lake.KindErasure:
			err = parquetrows.Read(ctx, o.Staging, object, func(b []reservation.Erasure) error {
				for _, x := range b {
					c.Erasures = append(c.Erasures, fmt.Sprintf("%d %s %s", x.Line, x.Platform, x.CustomerID))
				}
				return nil
			})
		case lake.KindMerge: // see merges
		default:
			t.Fatalf("object of kind %q", object.Kind)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// one runs and returns the one result that the run made.
func one(t testing.TB, o validate.Options) lake.Result {
	t.Helper()
	out, err := validate.Run(ctx, o)
	if err != nil || len(out.Results) != 1 {
		t.Fatalf("want one result, got %d, %v", len(out.Results), err)
	}
	return out.Results[0].Result
}

const (
	reservations = reservation.KindReservation
	customers    = reservation.KindCustomer
)

func TestAcceptsAndRefuses(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	records := map[string][]string{reservations: vt.Many(1500, vt.OpenTable), customers: vt.Many(40, vt.Guest)}
	records[reservations][9] = vt.OpenTable(9, `"Done"`, `"Gone"`, `"party_size":2`, `"party_size":0`)
	records[reservations][1200] = vt.OpenTable(1200, `Done`, "D\xffne")
	records[customers][3] = vt.Guest(3, `"forgotten":false`, `"forgotten":true`, `"rid":1001`, `"rid":1002`)
	records[customers][4] = vt.Guest(4, `"forgotten":false`, `"forgotten":true`)
	vt.WriteReading(t, o, vt.First, records)

	r := one(t, o)
	got := read(t, o, r)
	if len(got.Reservations) != 1498 || len(got.Customers) != 39 {
		t.Errorf("accepted %d reservations, %d customers", len(got.Reservations), len(got.Customers))
	}
	want := []string{
		"reservation 10 unknown_status state", "reservation 10 range party_size", "reservation 1201 encoding state",
		"customer 4 restaurant rid",
	}
	slices.Sort(want)
	slices.Sort(got.Refusals)
	if d := cmp.Diff(want, got.Refusals); d != "" {
		t.Errorf("refusals -want +got:\n%s", d)
	}
	wantErasures := []string{"4 opentable 1001-" + vt.UID(-4), "5 opentable 1001-" + vt.UID(-5)}
	if d := cmp.Diff(wantErasures, got.Erasures); d != "" {
		t.Errorf("erasures -want +got:\n%s", d)
	}
	if c := r.Counts[reservations]; c.Quarantined != 2 || c.Reasons["range"] != 1 || c.Received != 1500 {
		t.Errorf("counts %+v", c)
	}
	again, err := validate.Run(ctx, o)
	if err != nil || len(again.Results) != 0 {
		t.Errorf("a second run made %d results, %v", len(again.Results), err)
	}
}

// Personal data ends in raw: no word of it in any object, manifest or pinned setting behind.
func TestNoPersonalDataBehindRaw(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	secrets := []string{"ana7@example.org", "7946", "Núñez", "A quiet table", "birthday", "Jo\"", "a key for tests"}
	records := map[string][]string{reservations: vt.Many(30, vt.OpenTable), customers: vt.Many(30, vt.Guest)}
	records[reservations][2] = vt.OpenTable(2, `"Done"`, `"ana7@example.org"`)
	vt.WriteReading(t, o, vt.First, records)
	o.MaxRefused = 0.5
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	for e, err := range o.Staging.List(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		text, err := o.Staging.ReadAll(ctx, e.Key, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if strings.Contains(string(text), s) {
				t.Errorf("%s holds %q", e.Key, s)
			}
		}
	}
}

func TestRefusesAReadingAboveTheLimit(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	bad := vt.Many(20, vt.OpenTable)
	for i := range 6 {
		bad[i] = vt.OpenTable(i, `"Done"`, `"Gone"`)
	}
	unread := []string{
		vt.Guest(0, `"forgotten":false`, `"forgotten":true`, `"rid":1001`, `"rid":1002`), vt.Guest(1, `"rid":1001`, `"rid":1002`),
	}
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: bad, customers: unread})
	for range 2 { // the same word whenever it is asked again
		out, err := validate.Run(ctx, o)
		const why = "2 of 2 customer records refused, more than 5% and none in order; " +
			"6 of 20 reservation records refused, more than 5% and than 5"
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), why) {
			t.Fatalf("got %v", err)
		}
		if len(out.Withheld) != 1 || !out.Withheld[0].Refused {
			t.Fatalf("not marked: %+v", out.Withheld)
		}
		got := read(t, o, out.Withheld[0])
		if len(got.Reservations)+len(got.Customers) != 0 || len(got.Refusals) != 8 || len(got.Erasures) != 1 {
			t.Fatalf("want the quarantine and the erasure alone, got %+v", got)
		}
	}
	// A newer, better reading makes up for it.
	vt.WriteReading(t, o, "20260329T010000.000Z-00000002", map[string][]string{reservations: vt.Many(10, vt.OpenTable)})
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
}

func TestEmptyDayAndNoReading(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	if _, err := validate.Run(ctx, o); fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "run extract") {
		t.Errorf("no reading: %v", err)
	}
	vt.WriteReading(t, o, vt.First, nil)
	r := one(t, o)
	if len(r.Objects) != 0 || r.Refused || r.Counts[reservations].Received != 0 {
		t.Errorf("empty day: %+v", r)
	}
}

func TestBadObjectsAreRefusedAndNothingIsPublished(t *testing.T) {
	id := lake.ReadingID{Source: "opentable/101", Day: vt.Day, By: lake.ByUpdated, Name: vt.First}
	line := func(body string) []byte { return lake.AppendLine(nil, reservations, "r", vt.Noon, []byte(body)) }
	for name, spoil := range map[string]func(t *testing.T, o validate.Options, m *lake.Reading, a *lake.Attempt){
		"more lines than the manifest says": func(t *testing.T, o validate.Options, m *lake.Reading, a *lake.Attempt) {
			m.Objects = []lake.Object{vt.RawObject(t, a, id, reservations, append(line("{}"), line("{}")...), 1, 1)}
		},
		"not zstd": func(t *testing.T, o validate.Options, m *lake.Reading, a *lake.Attempt) {
			w, err := a.NewObject(reservations, lake.ReadingPrefix(id), "ndjson.zst")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte("plainly not")); err != nil {
				t.Fatal(err)
			}
			x, err := w.Commit(ctx, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			m.Objects = []lake.Object{x}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			m := lake.Reading{
				Version: lake.Version, Reading: id.String(), Source: id.Source, Day: vt.Day, By: id.By,
				StartedAt: vt.Noon, FinishedAt: vt.Noon, Sweeps: 2,
				Counts: map[string]lake.RawCounts{reservations: {Listed: 1, Received: 1}, customers: {}},
			}
			a := o.Raw.Begin(vt.Now)
			spoil(t, o, &m, a)
			vt.Publish(t, a, id, m)
			refusesAndPublishesNothing(t, o)
		})
	}
	t.Run("missing object", func(t *testing.T) {
		o := vt.Options(t, "opentable/101")
		vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
		for e, err := range o.Raw.List(ctx, "") {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(e.Key, ".zst") {
				if err := o.Raw.Delete(ctx, e.Key); err != nil {
					t.Fatal(err)
				}
			}
		}
		refusesAndPublishesNothing(t, o)
	})
}

func refusesAndPublishesNothing(t *testing.T, o validate.Options) {
	t.Helper()
	_, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "ndjson.zst") || !strings.Contains(err.Error(), "; ") {
		t.Errorf("want a data fault that names the object and the next step, got %v", err)
	}
	found, err := lake.Results(ctx, o.Staging, o.Source.ID, vt.Day)
	if err != nil || len(found) != 0 {
		t.Errorf("published %d results, %v", len(found), err)
	}
}

func TestOddLinesAreQuarantined(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	huge := vt.OpenTable(3, `"A quiet table, please"`, `"`+strings.Repeat("x", 10<<20)+`"`)
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		vt.OpenTable(0), huge, `"a string"`, `{"id":` + deep + `}`, `{`, vt.OpenTable(5), "\x00\x01", `{"id":"a","id":"b"}`,
	}})
	got := read(t, o, one(t, o))
	refused := map[string][]string{}
	for _, r := range got.Refusals {
		f := strings.Fields(r)
		refused[f[1]] = append(refused[f[1]], strings.Join(f[2:], " "))
	}
	if len(got.Reservations) != 2 || len(refused) != 6 || !slices.Equal(refused["2"], []string{"too_large"}) ||
		!slices.Equal(refused["3"], []string{"not_json"}) || !slices.Contains(refused["8"], "duplicate id") {
		t.Errorf("accepted %d, refused %v", len(got.Reservations), refused)
	}
}

func TestRanks(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(20, vt.OpenTable)})
	old := one(t, o)

	// Settings under an equal rank are pinned.
	changed := o
	changed.Source.Currency = "EUR"
	if _, err := validate.Run(ctx, changed); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "currency") {
		t.Errorf("changed currency under an equal rank: %v", err)
	}
	otherKey := vt.Options(t, "opentable/101").Key
	otherKey.Number = 1
	changed = o
	changed.MaxRefused = 0.5
	if _, err := validate.Run(ctx, changed); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "max_refused") {
		t.Errorf("changed limit under an equal rank: %v", err)
	}

	// A raised rank derives again; the older result stays.
	raised := o
	raised.Source.Revision = 2
	raised.Source.RID = 7
	raised.MaxRefused = 1
	r := one(t, raised)
	if r.Rank.Compare(old.Rank) <= 0 || r.Counts[reservations].Quarantined != 20 {
		t.Errorf("raised: %s after %s, %+v", r.Rank, old.Rank, r.Counts)
	}
	found, err := lake.Results(ctx, o.Staging, o.Source.ID, vt.Day)
	if err != nil || len(found) != 2 {
		t.Errorf("want both results, got %d, %v", len(found), err)
	}
}

// Attempts that race leave one result, and all of them answer with it.
func TestRacingAttemptsAgree(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{
		reservations: vt.Many(200, vt.OpenTable), customers: vt.Many(20, vt.Guest),
	})
	var wg sync.WaitGroup
	results := make([]validate.Outcome, 8)
	for i := range results {
		wg.Go(func() {
			mine := o
			mine.Key = vt.Options(t, "opentable/101").Key
			out, err := validate.Run(ctx, mine)
			if err != nil {
				t.Error(err)
			}
			results[i] = out
		})
	}
	wg.Wait()
	found, err := lake.Results(ctx, o.Staging, o.Source.ID, vt.Day)
	if err != nil || len(found) != 1 {
		t.Fatalf("want one result, got %d, %v", len(found), err)
	}
	for _, out := range results {
		for _, d := range out.Results {
			if diff := cmp.Diff(found[0].Manifest, d.Result); diff != "" {
				t.Errorf("an attempt answered with another result:\n%s", diff)
			}
		}
	}
}

// Whatever the records, each is accepted or refused, once, and the order of the reading's lines does not change what
// becomes of them.
func TestEveryRecordIsAccountedFor(t *testing.T) {
	defects := [][]string{
		nil, nil, nil, {`"Done"`, `"Gone"`}, {`"rid":1001`, `"rid":9`}, {`"Done"`, "\"\xfe\""},
		{`"party_size":`, `"party_size":-`},
		{`"sequence_id":`, `"sequence_id":99999999999`}, {`"deposit":{`, `"deposit":{"total_paid":1,`},
		{`{"id"`, `["id"`}, {`Z"`, `!"`, `:00"`, `?"`}, {`"created_date":"2026`, `"created_date":"2025`},
	}
	rapid.Check(t, func(rt *rapid.T) {
		o := vt.Options(t, "opentable/101")
		o.MaxRefused = 1
		n := rapid.IntRange(0, 60).Draw(rt, "records")
		bodies := make([]string, n)
		for i := range bodies {
			bodies[i] = vt.OpenTable(i, rapid.SampledFrom(defects).Draw(rt, "defect")...)
		}
		vt.WriteReading(t, o, vt.First, map[string][]string{reservations: bodies})
		r := one(t, o)
		got := read(t, o, r)
		lines := map[string]bool{}
		for _, x := range got.Refusals {
			if !strings.HasSuffix(x, " noted") {
				lines[strings.Fields(x)[1]] = true
			}
		}
		if len(got.Reservations)+len(lines) != n {
			rt.Fatalf("%d records: %d accepted, %d refused", n, len(got.Reservations), len(lines))
		}
		slices.Reverse(bodies)
		o2 := vt.Options(t, "opentable/101")
		o2.MaxRefused = 1
		vt.WriteReading(t, o2, vt.First, map[string][]string{reservations: bodies})
		back := read(t, o2, one(t, o2))
		slices.Reverse(back.Reservations)
		if d := cmp.Diff(got.Reservations, back.Reservations); d != "" {
			rt.Fatalf("another order, other rows:\n%s", d)
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(vt.OpenTable(1)), true)
	f.Add([]byte(vt.Guest(1)), false)
	f.Add([]byte(`{"forgotten":true,"id":"x"}`), false)
	f.Add([]byte("\xff"), true)
	o := vt.Options(f, "opentable/101")
	o.MaxRefused = 1
	declared := contract.Get().Table("quarantine").Column("reason").Values
	f.Fuzz(func(t *testing.T, body []byte, isReservation bool) {
		o := o
		o.Raw, o.Staging = vt.Zone(t), vt.Zone(t)
		kind := customers
		if isReservation {
			kind = reservations
		}
		vt.WriteReading(t, o, vt.First, map[string][]string{kind: {string(body)}})
		r := one(t, o)
		if c := r.Counts[kind]; c.Accepted+c.Quarantined != 1 {
			t.Fatalf("counts %+v", c)
		}
		for reason := range r.Counts[kind].Reasons {
			if !slices.Contains(declared, reason) {
				t.Fatalf("undeclared reason %q", reason)
			}
		}
		read(t, o, r)
	})
}
