package reconcile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"covers/tasks/internal/reconcile"
	rt "covers/tasks/internal/reconcile/reconciletest"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/thefork"
)

const (
	saturday     = "2026-03-21"
	inTheEvening = saturday + "T19:00:00"
	notFound     = `{"timestamp":"x","path":"/sync/v2/else","status":404,"error":"Not Found"}`
)

// spoil answers requests for one id with faults, one after the other, the zero Fault once they are used up. It gives how often
// the id was asked for.
func spoil(r *rt.World, name string, faults ...platformtest.Fault) *int {
	n := new(int)
	before := r.Fake.Before
	r.Fake.Before = func(at int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, name) {
			if *n++; *n <= len(faults) {
				return faults[*n-1]
			}
			return platformtest.Fault{}
		}
		if before != nil {
			return before(at, req)
		}
		return platformtest.Fault{}
	}
	return n
}

// One answer of 404 takes nothing out: only an id that is not found again once all were asked for is gone.
func TestReconcileAsksTwiceForWhatIsNotFound(t *testing.T) {
	r := rt.New(t, "opentable/101")
	r.Load(
		[]string{
			rt.OT("hidden", 1, inTheEvening, 2, ""),
			rt.OT("gone", 1, inTheEvening, 2, ""),
			rt.OT("listed", 1, inTheEvening, 2, ""),
		},
		nil,
	)
	r.Serve(opentable.ReservationsPath, rt.OT("listed", 1, inTheEvening, 2, ""))
	r.Hide(opentable.ReservationsPath, rt.OT("hidden", 1, inTheEvening, 2, ""))
	hidden := spoil(r, "-hidden", platformtest.Fault{Status: 404, Body: notFound})
	gone, listed := spoil(r, "-gone"), spoil(r, "-listed")
	out := r.Run()
	if f := out.Reservations[saturday]; f != (reconcile.Findings{Listed: 1, Agree: 1, Elsewhere: 1, Gone: 1}) {
		t.Errorf("%+v", f)
	}
	if diff := cmp.Diff([]string{"reservation absent 1001-gone"}, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	if *hidden != 2 || *gone != 2 || *listed != 1 {
		t.Errorf("asked %d, %d and %d times", *hidden, *gone, *listed)
	}
}

// A platform that does not find by id what it lists is not believed.
func TestReconcileDoesNotBelieveAPlatformThatFindsNothing(t *testing.T) {
	for _, listed := range []int{1, 9} {
		r := rt.New(t, "opentable/101")
		r.Load([]string{rt.OT("a", 1, inTheEvening, 2, ""), rt.OT("b", 1, inTheEvening, 2, "")}, nil)
		for i := range listed {
			r.Serve(opentable.ReservationsPath, rt.OT(fmt.Sprint("new-", i), 1, inTheEvening, 2, ""))
			r.Fake.Gone[fmt.Sprint("1001-new-", i)] = true
		}
		_, err := reconcile.Run(t.Context(), r.Options)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "opentable/101") ||
			strings.Contains(err.Error(), "1001-") ||
			len(r.Left(r.Options.Reading.Raw)) != 0 ||
			len(r.Left(r.Options.Receipts)) != 0 {
			t.Errorf("left %q and %q: %v", r.Left(r.Options.Reading.Raw), r.Left(r.Options.Receipts), err)
		}
	}
	// One that left the platform after it was listed proves nothing.
	r := rt.New(t, "opentable/101")
	r.Load([]string{rt.OT("a", 1, inTheEvening, 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, rt.OT("left", 1, inTheEvening, 2, ""), rt.OT("stays", 1, inTheEvening, 2, ""))
	r.Fake.Gone["1001-left"] = true
	if out := r.Run(); out.Reservations[saturday].Gone != 1 {
		t.Errorf("%+v", out.Receipt)
	}
}

// Where nothing at all is listed of a kind nothing vouches for an absence: none is written, and the receipt says so.
func TestReconcileWhereNothingIsListed(t *testing.T) {
	r := rt.New(t, "opentable/101")
	r.Load(
		[]string{rt.OT("a", 1, inTheEvening, 2, ""), rt.OT("b", 1, inTheEvening, 2, "")},
		[]string{rt.Guest("g", 1, "2026-03-21T12:00:00"), rt.Guest("gone", 1, "2026-03-21T12:00:00")},
	)
	r.Serve(opentable.GuestsPath, rt.Guest("g", 1, "2026-03-21T12:00:00"))
	out := r.Run()
	if f := out.Reservations[saturday]; f != (reconcile.Findings{Unconfirmed: 2}) ||
		*out.Customers != (reconcile.Findings{Listed: 1, Agree: 1, Gone: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if diff := cmp.Diff([]string{"customer absent 1001-gone"}, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(
		reconcile.Example{ID: "1001-a", Date: saturday, Finding: "unconfirmed", Warehouse: &reconcile.Clock{1, 1}},
		out.Examples[0],
	); diff != "" {
		t.Error(diff)
	}
}

// A 404 of TheFork that is about something else than the record is none of the record's.
func TestReconcileReadsTheForksCodes(t *testing.T) {
	const changed = "2026-03-10T10:00:00"
	for _, code := range []string{"", "ROUTE_NOT_FOUND", "RESTAURANT_NOT_FOUND"} {
		r := rt.New(t, "thefork/101")
		r.Load(
			[]string{
				rt.TF("gone", changed, inTheEvening, 2),
				rt.TF("unclear", changed, inTheEvening, 2),
				rt.TF("later", changed, inTheEvening, 2),
			},
			nil,
		)
		r.Serve(thefork.ReservationsPath, rt.TF("listed", changed, inTheEvening, 2))
		other := platformtest.Fault{Status: 404, Body: `{"data":{"code":"` + code + `"},"error":"Not Found","statusCode":404}`}
		asked := spoil(r, "/unclear", other)
		spoil(r, "/later", platformtest.Fault{}, other)
		out := r.Run()
		if f := out.Reservations[saturday]; f != (reconcile.Findings{Listed: 1, Missing: 1, Gone: 1, Unconfirmed: 2}) ||
			*asked != 1 {
			t.Errorf("%q: %+v, asked %d times", code, f, *asked)
		}
		if diff := cmp.Diff([]string{"reservation absent gone", "reservation listed"}, r.Lines(out)); diff != "" {
			t.Error(diff)
		}
	}
}

// One booking that the credential may not see, as one that went to another restaurant, does not keep the others from being
// compared, and is not gone. Where nothing is let in the run fails, and so it does where no token is given any more.
func TestReconcileWhatIsNotLetIn(t *testing.T) {
	for _, status := range []int{401, 403} {
		refusal := platformtest.Fault{Status: status}
		never := []platformtest.Fault{refusal, refusal, refusal, refusal, refusal, refusal, refusal, refusal}
		for _, others := range []int{0, 5} {
			r := rt.New(t, "opentable/101")
			held := []string{rt.OT("moved", 1, inTheEvening, 2, ""), rt.OT("b", 1, inTheEvening, 2, "")}
			for i := range others {
				held = append(held, rt.OT(fmt.Sprint("gone-", i), 1, inTheEvening, 2, ""))
			}
			r.Load(held, nil)
			r.Serve(opentable.ReservationsPath, rt.OT("b", 2, inTheEvening, 2, ""))
			spoil(r, "-moved", never...)
			out := r.Run()
			want := reconcile.Findings{Listed: 1, Different: 1, Refused: 1, Gone: int64(others)}
			if f := out.Reservations[saturday]; f != want {
				t.Errorf("%d beside %d others: %+v", status, others, f)
			}
			if lines := r.Lines(out); len(lines) != 1+others || lines[0] != "reservation 1001-b" {
				t.Errorf("%q", lines)
			}
		}
		for _, listed := range []bool{false, true} {
			r := rt.New(t, "opentable/101")
			r.Load([]string{rt.OT("a", 1, inTheEvening, 2, ""), rt.OT("c", 1, inTheEvening, 2, "")}, nil)
			if listed {
				r.Serve(opentable.ReservationsPath, rt.OT("b", 1, inTheEvening, 2, ""))
			}
			spoil(r, "-a", never...)
			spoil(r, "-b", never...)
			spoil(r, "-c", never...)
			if _, err := reconcile.Run(
				t.Context(),
				r.Options,
			); fault.KindOf(err) != fault.Denied ||
				len(r.Left(r.Options.Receipts)) != 0 {
				t.Errorf("%d for all: %v", status, err)
			}
		}
	}
	r := rt.New(t, "opentable/101")
	r.Load([]string{rt.OT("a", 1, inTheEvening, 2, ""), rt.OT("c", 1, inTheEvening, 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, rt.OT("b", 1, inTheEvening, 2, ""))
	r.Hide(opentable.ReservationsPath, rt.OT("a", 1, inTheEvening, 2, ""))
	r.Options.Reading.InFlight = 1 // a before c
	r.Fake.BeforeToken = func(n int, _ *http.Request) platformtest.Fault {
		if n > 1 {
			return platformtest.Fault{Status: 401, Body: `{"error":"invalid_client"}`}
		}
		return platformtest.Fault{}
	}
	r.Fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, "-c") {
			r.Fake.Revoke()
		}
		return platformtest.Fault{}
	}
	if _, err := reconcile.Run(
		t.Context(),
		r.Options,
	); fault.KindOf(err) != fault.Denied ||
		len(r.Left(r.Options.Receipts)) != 0 {
		t.Errorf("without a token: %v", err)
	}
}
