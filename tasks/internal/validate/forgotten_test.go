package validate_test

import (
	"slices"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/forgotten"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// Of whom a person asked to forget nothing but the id goes on: in whichever reading the platform lists them, and whatever else
// it says. All others are as they would be, and so are the counts.
func TestWhoIsForgottenStaysInRaw(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{
		reservations: vt.Many(3, vt.OpenTable), customers: vt.Many(3, vt.Guest),
	})
	before := allRows(t, o, one(t, o))
	id := "1001-" + vt.UID(-2) // of the second guest, and the second booking's
	if err := forgotten.Add(ctx, o.Staging, []forgotten.Guest{{Platform: "opentable", ID: id}}); err != nil {
		t.Fatal(err)
	}
	o.Revision++ // derived again
	result := one(t, o)
	after := allRows(t, o, result)
	if n := result.Counts; n[reservations].Accepted != 3 || n[customers].Accepted != 3 {
		t.Errorf("%+v", n)
	}
	for i := range before.Reservations {
		was, is := before.Reservations[i], after.Reservations[i]
		if i == 1 {
			if is.CustomerID != nil || is.Digest != "" || *was.CustomerID != id || is.ReservationID != was.ReservationID {
				t.Errorf("%+v", is)
			}
			continue
		}
		if *is.CustomerID != *was.CustomerID || is.Digest != was.Digest {
			t.Errorf("booking %d of another guest: %+v, was %+v", i, is, was)
		}
	}
	for i := range before.Customers {
		was, is := before.Customers[i], after.Customers[i]
		want := was
		if i == 1 {
			restaurant := int64(101)
			want = reservation.Customer{
				Origin:   reservation.Origin{Reading: was.Reading, Line: 2, ReadAt: was.ReadAt},
				Platform: "opentable", RestaurantID: &restaurant, CustomerID: id, ClockEpoch: 1, Clock: 2_278_000_001,
				Forgotten: true,
			}
			if was.EmailToken == nil || was.PhoneToken == nil {
				t.Fatal("nothing to forget: the test tests nothing")
			}
		}
		var d reservation.Digester
		if got, as := string(d.Customer(&is)), string(d.Customer(&want)); got != as || is.Origin != want.Origin {
			t.Errorf("guest %d: %+v, want %+v", i, is, want)
		}
	}
}

// A result that was made while a guest was erased is not published: it may hold what is not to go on.
func TestAnErasureMeanwhile(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable), customers: vt.Many(3, vt.Guest)})
	done := false
	o.Progress = func(int64, int64) {
		if !done {
			done = true
			if err := forgotten.Add(ctx, o.Staging, []forgotten.Guest{{Platform: "opentable", ID: "1001-x"}}); err != nil {
				t.Error(err)
			}
		}
	}
	_, err := validate.Run(ctx, o)
	if !done || fault.KindOf(err) != fault.Temporary {
		t.Fatalf("%t, %v", done, err)
	}
	results, err := lake.Results(ctx, o.Staging, o.Source.ID, o.Day)
	if err != nil || len(results) > 0 {
		t.Errorf("published %+v, %v", results, err)
	}
	if out := one(t, o); slices.Contains(out.Withheld(), customers) {
		t.Errorf("%+v", out)
	}
}
