package reconcile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

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
func (r *recon) spoil(name string, faults ...platformtest.Fault) *int {
	n := new(int)
	before := r.fake.Before
	r.fake.Before = func(at int, req *http.Request) platformtest.Fault {
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
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("hidden", 1, inTheEvening, 2, ""), ot("gone", 1, inTheEvening, 2, ""), ot("listed", 1, inTheEvening, 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("listed", 1, inTheEvening, 2, ""))
	r.hide(opentable.ReservationsPath, ot("hidden", 1, inTheEvening, 2, ""))
	hidden := r.spoil("-hidden", platformtest.Fault{Status: 404, Body: notFound})
	gone, listed := r.spoil("-gone"), r.spoil("-listed")
	out := r.run()
	if f := out.Reservations[saturday]; f != (Findings{Listed: 1, Agree: 1, Elsewhere: 1, Gone: 1}) {
		t.Errorf("%+v", f)
	}
	if diff := cmp.Diff([]string{"reservation absent 1001-gone"}, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	if *hidden != 2 || *gone != 2 || *listed != 1 {
		t.Errorf("asked %d, %d and %d times", *hidden, *gone, *listed)
	}
}

// A platform that does not find by id what it lists is not believed.
func TestReconcileDoesNotBelieveAPlatformThatFindsNothing(t *testing.T) {
	for _, listed := range []int{1, 9} {
		r := newRecon(t, "opentable/101")
		r.load([]string{ot("a", 1, inTheEvening, 2, ""), ot("b", 1, inTheEvening, 2, "")}, nil)
		for i := range listed {
			r.serve(opentable.ReservationsPath, ot(fmt.Sprint("new-", i), 1, inTheEvening, 2, ""))
			r.fake.Gone[fmt.Sprint("1001-new-", i)] = true
		}
		_, err := Reconcile(t.Context(), r.o)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "opentable/101") || strings.Contains(err.Error(), "1001-") ||
			len(r.left(r.o.Reading.Raw)) != 0 || len(r.left(r.o.Receipts)) != 0 {
			t.Errorf("left %q and %q: %v", r.left(r.o.Reading.Raw), r.left(r.o.Receipts), err)
		}
	}
	// One that left the platform after it was listed proves nothing.
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, inTheEvening, 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("left", 1, inTheEvening, 2, ""), ot("stays", 1, inTheEvening, 2, ""))
	r.fake.Gone["1001-left"] = true
	if out := r.run(); out.Reservations[saturday].Gone != 1 {
		t.Errorf("%+v", out.Receipt)
	}
}

// Where nothing at all is listed of a kind nothing vouches for an absence: none is written, and the receipt says so.
func TestReconcileWhereNothingIsListed(t *testing.T) {
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, inTheEvening, 2, ""), ot("b", 1, inTheEvening, 2, "")}, []string{guest("g", 1, "2026-03-21T12:00:00"), guest("gone", 1, "2026-03-21T12:00:00")})
	r.serve(opentable.GuestsPath, guest("g", 1, "2026-03-21T12:00:00"))
	out := r.run()
	if f := out.Reservations[saturday]; f != (Findings{Unconfirmed: 2}) || *out.Customers != (Findings{Listed: 1, Agree: 1, Gone: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if diff := cmp.Diff([]string{"customer absent 1001-gone"}, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Example{ID: "1001-a", Date: saturday, Finding: "unconfirmed", Warehouse: &clock{1, 1}}, out.Examples[0]); diff != "" {
		t.Error(diff)
	}
	if text := out.text(""); !strings.Contains(text, "2 that the platform does not find are not taken for gone") {
		t.Error(text)
	}
}

// A 404 of TheFork that is about something else than the record is none of the record's.
func TestReconcileReadsTheForksCodes(t *testing.T) {
	const changed = "2026-03-10T10:00:00"
	for _, code := range []string{"", "ROUTE_NOT_FOUND", "RESTAURANT_NOT_FOUND"} {
		r := newRecon(t, "thefork/101")
		r.load([]string{tf("gone", changed, inTheEvening, 2), tf("unclear", changed, inTheEvening, 2), tf("later", changed, inTheEvening, 2)}, nil)
		r.serve(thefork.ReservationsPath, tf("listed", changed, inTheEvening, 2))
		other := platformtest.Fault{Status: 404, Body: `{"data":{"code":"` + code + `"},"error":"Not Found","statusCode":404}`}
		asked := r.spoil("/unclear", other)
		r.spoil("/later", platformtest.Fault{}, other)
		out := r.run()
		if f := out.Reservations[saturday]; f != (Findings{Listed: 1, Missing: 1, Gone: 1, Unconfirmed: 2}) || *asked != 1 {
			t.Errorf("%q: %+v, asked %d times", code, f, *asked)
		}
		if diff := cmp.Diff([]string{"reservation absent gone", "reservation listed"}, r.lines(out)); diff != "" {
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
			r := newRecon(t, "opentable/101")
			held := []string{ot("moved", 1, inTheEvening, 2, ""), ot("b", 1, inTheEvening, 2, "")}
			for i := range others {
				held = append(held, ot(fmt.Sprint("gone-", i), 1, inTheEvening, 2, ""))
			}
			r.load(held, nil)
			r.serve(opentable.ReservationsPath, ot("b", 2, inTheEvening, 2, ""))
			r.spoil("-moved", never...)
			out := r.run()
			if f := out.Reservations[saturday]; f != (Findings{Listed: 1, Different: 1, Refused: 1, Gone: int64(others)}) {
				t.Errorf("%d beside %d others: %+v", status, others, f)
			}
			if lines := r.lines(out); len(lines) != 1+others || lines[0] != "reservation 1001-b" {
				t.Errorf("%q", lines)
			}
		}
		for _, listed := range []bool{false, true} {
			r := newRecon(t, "opentable/101")
			r.load([]string{ot("a", 1, inTheEvening, 2, ""), ot("c", 1, inTheEvening, 2, "")}, nil)
			if listed {
				r.serve(opentable.ReservationsPath, ot("b", 1, inTheEvening, 2, ""))
			}
			r.spoil("-a", never...)
			r.spoil("-b", never...)
			r.spoil("-c", never...)
			if _, err := Reconcile(t.Context(), r.o); fault.KindOf(err) != fault.Denied || len(r.left(r.o.Receipts)) != 0 {
				t.Errorf("%d for all: %v", status, err)
			}
		}
	}
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, inTheEvening, 2, ""), ot("c", 1, inTheEvening, 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("b", 1, inTheEvening, 2, ""))
	r.hide(opentable.ReservationsPath, ot("a", 1, inTheEvening, 2, ""))
	r.o.Reading.InFlight = 1 // a before c
	r.fake.BeforeToken = func(n int, _ *http.Request) platformtest.Fault {
		if n > 1 {
			return platformtest.Fault{Status: 401, Body: `{"error":"invalid_client"}`}
		}
		return platformtest.Fault{}
	}
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if strings.HasSuffix(req.URL.Path, "-c") {
			r.fake.Revoke()
		}
		return platformtest.Fault{}
	}
	if _, err := Reconcile(t.Context(), r.o); fault.KindOf(err) != fault.Denied || len(r.left(r.o.Receipts)) != 0 {
		t.Errorf("without a token: %v", err)
	}
}
