package generate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"covers/contract"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// accidents are what goes wrong at a platform, or between it and us, on one day. Each changes records as the platform sends
// them, and names the finding that must be among those raised: severity, kind, expectation and what of it.
var accidents = []struct {
	name   string
	of     string // platform; empty: both
	happen accident
	want   string
}{
	{"the day is empty", "", func(int, any) bool { return false }, "error reservation volume"},
	{"every other booking is missing", "", func(n int, r any) bool { return guestly(r) || n%2 == 0 }, "error reservation volume"},
	{"all guests are missing", "", func(_ int, r any) bool { return !guestly(r) }, "error customer volume"},
	{"a channel is gone", "", func(_ int, r any) bool { return channel(r) != "Walk-in" }, "warning reservation channels walk_in"},
	{"every booking is a walk-in", "", onBookings(func(o *opentable.Reservation) { o.Origin = "Walk-in" },
		func(r *thefork.Reservation) { r.Channel = "Walk-in" }),
		"warning reservation channels walk_in"},
	{"channels have a new word", "", onBookings(func(o *opentable.Reservation) { o.Origin = "Elsewhere" },
		func(r *thefork.Reservation) { r.Channel = "Elsewhere" }),
		"warning reservation channels other"},
	{"one guest in three does not come", "", func(n int, r any) bool {
		switch r := r.(type) {
		case *opentable.Reservation:
			if r.State == "Done" && n%3 == 0 {
				r.State = "NoShow"
			}
		case *thefork.Reservation:
			if r.MealStatus != nil && *r.MealStatus == "LEFT" && n%3 == 0 {
				r.Status, r.MealStatus = "NO_SHOW", nil
			}
		}
		return true
	}, "warning reservation no_shows"},
	{"nothing is ever done", "", func(_ int, r any) bool {
		switch r := r.(type) {
		case *opentable.Reservation:
			if r.State == "Done" || r.State == "AssumedDone" {
				r.State = "Seated"
			}
		case *thefork.Reservation:
			if r.MealStatus != nil && *r.MealStatus == "LEFT" {
				*r.MealStatus = "SEATED"
			}
		}
		return true
	}, "error reservation completed"},
	{"a column is null: who booked", "", onBookings(func(o *opentable.Reservation) { o.GuestID, o.Guest = nil, nil },
		func(r *thefork.Reservation) { r.CustomerUUID = nil }),
		"error reservation known customer_id"},
	{"a column is null: when the party sat down", reservation.OpenTable,
		onBookings(func(o *opentable.Reservation) { o.SeatedTime, o.SeatedTimeUTC = nil, nil }, nil),
		"error reservation known seated_at"},
	{"the bills are missing", "",
		onBookings(func(o *opentable.Reservation) { o.POSData = opentable.POSData{} },
			func(r *thefork.Reservation) { r.BillAmount = nil }),
		"error reservation known spend_total"},
	{"the bills are a hundredfold", "", onBookings(func(o *opentable.Reservation) {
		if o.POSData.TotalSpend != nil {
			for _, amount := range []*int64{o.POSData.SubTotal, o.POSData.Tax, o.POSData.Tip, o.POSData.TotalSpend} {
				*amount *= 100
			}
		}
	}, func(r *thefork.Reservation) {
		if r.BillAmount != nil {
			price, _ := strconv.ParseFloat(string(*r.BillAmount.TotalPrice), 64)
			hundredfold := json.Number(strconv.FormatFloat(price*100, 'f', 2, 64))
			r.BillAmount.TotalPrice = &hundredfold
		}
	}), "error reservation spend"},
	{"the platform shows the state of noon", "", func(_ int, r any) bool { return !changedAfter(r, 12*time.Hour) },
		"warning reservation fresh"},
}

func guestly(r any) bool {
	switch r.(type) {
	case *opentable.Reservation, *thefork.Reservation:
		return false
	}
	return true
}

func channel(r any) string {
	switch r := r.(type) {
	case *opentable.Reservation:
		return r.Origin
	case *thefork.Reservation:
		return r.Channel
	}
	return ""
}

// onBookings changes the bookings of both platforms, and leaves the guests.
func onBookings(o func(*opentable.Reservation), f func(*thefork.Reservation)) accident {
	return func(_ int, r any) bool {
		switch r := r.(type) {
		case *opentable.Reservation:
			o(r)
		case *thefork.Reservation:
			f(r)
		}
		return true
	}
}

// changedAfter reports whether a booking changed so long after the beginning of the (UTC) day on which it did.
func changedAfter(r any, since time.Duration) bool {
	var at string
	switch r := r.(type) {
	case *opentable.Reservation:
		at = r.UpdatedAtUTC
	case *thefork.Reservation:
		at = *r.CreatedAt
		if r.UpdatedAt != nil {
			at = *r.UpdatedAt
		}
	default:
		return false
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return t.Sub(t.Truncate(24*time.Hour)) > since
}

// Each accident on a busy Friday is found, and the same Friday without it is as expected.
func TestAccidentsAreFound(t *testing.T) {
	friday, err := parseDay("2026-05-15")
	if err != nil {
		t.Fatal(err)
	}
	c := contract.Get()
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		r := newReader(t, platform, "Europe/London", 7, 250)
		var earlier []quality.Sample
		for week := 1; week <= c.Expectations.Weeks; week++ {
			earlier = append(earlier, r.read(friday-day(7*week), nil))
		}
		said := func(today quality.Sample) (all []string) {
			v := quality.Judge(c, r.src, today, earlier)
			if v.Unjudged != "" {
				t.Fatal(v.Unjudged)
			}
			for _, f := range v.Findings {
				all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", f.Severity, f.Kind, f.Expectation,
					f.Of))+"\t"+f.String())
			}
			return all
		}
		if all := said(r.read(friday, nil)); len(all) > 0 {
			t.Errorf("%s: the ordinary Friday: %q", platform, all)
		}
		for _, x := range accidents {
			if x.of != "" && x.of != platform {
				continue
			}
			t.Run(platform+"/"+x.name, func(t *testing.T) {
				all := said(r.read(friday, x.happen))
				for _, s := range all {
					if strings.HasPrefix(s, x.want+"\t") {
						t.Log(s)
						return
					}
				}
				t.Errorf("%q is not among %q", x.want, all)
			})
		}
		t.Run(platform+"/everything is there twice", func(t *testing.T) {
			twice := r.read(friday, nil)
			for kind, k := range twice.Profile.Kinds {
				k.Rows *= 2
				twice.Profile.Kinds[kind] = k
			}
			all := said(twice)
			if len(all) == 0 || !strings.HasPrefix(all[0], "warning reservation surge\t") {
				t.Errorf("%q", all)
			}
		})
	}
}
