package reconcile_test

import (
	"net/http"
	"strings"
	"testing"

	"covers/tasks/internal/reconcile"
	rt "covers/tasks/internal/reconcile/reconciletest"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
)

// What was loaded while the platform was asked agrees; another state of it does not.
func TestReconcileWhatIsLoadedMeanwhile(t *testing.T) {
	const in = "2026-03-21T12:00:00"
	r := rt.New(t, "opentable/101")
	r.Load(nil, nil)
	forgotten := strings.Replace(rt.Guest("g-forgotten", 1, in), `"forgotten":false`, `"forgotten":true`, 1)
	r.Serve(
		opentable.ReservationsPath,
		rt.OT("same", 2, inTheEvening, 2, ""),
		rt.OT("other", 2, inTheEvening, 3, ""),
		rt.OT("later", 3, inTheEvening, 2, ""),
	)
	r.Serve(opentable.GuestsPath, rt.Guest("g-same", 1, in), rt.Guest("g-later", 2, in), forgotten)
	loaded := false
	r.Fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if req.URL.Path == opentable.GuestsPath && !loaded {
			loaded = true
			r.Load(
				[]string{
					rt.OT("same", 2, inTheEvening, 2, ""),
					rt.OT("other", 2, inTheEvening, 2, ""),
					rt.OT("later", 2, inTheEvening, 2, ""),
				},
				[]string{rt.Guest("g-same", 1, in), rt.Guest("g-later", 1, in), rt.Guest("g-forgotten", 1, in)},
			)
		}
		return platformtest.Fault{}
	}
	out := r.Run()
	if f := out.Reservations[saturday]; f != (reconcile.Findings{Listed: 3, Agree: 1, Different: 2}) ||
		*out.Customers != (reconcile.Findings{Listed: 3, Agree: 1, Different: 2}) {
		t.Errorf("%+v %+v", f, out.Customers)
	}
	if lines := r.Lines(out); len(lines) != 6 {
		t.Errorf("%q", lines)
	}
}
