package reconcile

import (
	"net/http"
	"strings"
	"testing"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
)

// What was loaded while the platform was asked agrees; another state of it does not.
func TestReconcileWhatIsLoadedMeanwhile(t *testing.T) {
	const in = "2026-03-21T12:00:00"
	r := newRecon(t, "opentable/101")
	r.load(nil, nil)
	forgotten := strings.Replace(guest("g-forgotten", 1, in), `"forgotten":false`, `"forgotten":true`, 1)
	r.serve(opentable.ReservationsPath, ot("same", 2, inTheEvening, 2, ""), ot("other", 2, inTheEvening, 3, ""), ot("later", 3, inTheEvening, 2, ""))
	r.serve(opentable.GuestsPath, guest("g-same", 1, in), guest("g-later", 2, in), forgotten)
	loaded := false
	r.fake.Before = func(_ int, req *http.Request) platformtest.Fault {
		if req.URL.Path == opentable.GuestsPath && !loaded {
			loaded = true
			r.load([]string{ot("same", 2, inTheEvening, 2, ""), ot("other", 2, inTheEvening, 2, ""), ot("later", 2, inTheEvening, 2, "")},
				[]string{guest("g-same", 1, in), guest("g-later", 1, in), guest("g-forgotten", 1, in)})
		}
		return platformtest.Fault{}
	}
	out := r.run()
	if f := out.Reservations[saturday]; f != (Findings{Listed: 3, Agree: 1, Different: 2}) || *out.Customers != (Findings{Listed: 3, Agree: 1, Different: 2}) {
		t.Errorf("%+v %+v", f, out.Customers)
	}
	if lines := r.lines(out); len(lines) != 6 {
		t.Errorf("%q", lines)
	}
}
