package opentable_test

import (
	"net/http"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
)

func TestRecord(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.GuestsPath] = []platformtest.Record{{ID: "1001-a", Body: `{ "id": "1001-a", "notes": "no  nuts" }`}}
	fake.Unlisted = map[string][]platformtest.Record{
		opentable.ReservationsPath: {{ID: "1001-b", Body: `{"id":"1001-b","status":"x","path":"y"}`}},
	}
	c := newClient(t, fake, 2)
	var buf platform.Buffer
	for _, test := range []struct{ kind, id, want string }{
		{reservation.KindCustomer, "1001-a", `{"id":"1001-a","notes":"no  nuts"}`},
		{reservation.KindReservation, "1001-b", `{"id":"1001-b","status":"x","path":"y"}`},
	} {
		answer, gone, err := c.Record(t.Context(), test.kind, test.id, 0, &buf)
		if err != nil || gone || string(answer.Body) != test.want || answer.RequestID == "" || answer.At.IsZero() {
			t.Errorf("%+v, gone %t: %v", answer, gone, err)
		}
	}
	answer, gone, err := c.Record(t.Context(), reservation.KindReservation, "1001-a", 0, &buf)
	if err != nil || !gone || answer.RequestID != "ot-3" || answer.At.IsZero() || answer.Body != nil {
		t.Errorf("%+v, gone %t: %v", answer, gone, err)
	}
}

// Only the API's own "not found" means that a record is gone; what stands in its place is asked again.
func TestARecordThatIsNotClearlyGone(t *testing.T) {
	for name, test := range map[string]struct {
		fault platformtest.Fault
		kind  fault.Kind
	}{
		"a 404 of something in between": {platformtest.Fault{Status: 404, Body: "<html>not found</html>"}, fault.Unavailable},
		"an error with status 200": {
			platformtest.Fault{Status: 200, Body: `{"status":404,"path":"/x","error":"Not Found"}`}, fault.Unavailable,
		},
		"forbidden": {platformtest.Fault{Status: 403}, fault.Denied},
	} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault { return test.fault }
		var buf platform.Buffer
		_, gone, err := newClient(t, fake, 2).Record(t.Context(), reservation.KindReservation, "1001-a", 0, &buf)
		if gone || fault.KindOf(err) != test.kind {
			t.Errorf("%s: gone %t: %v", name, gone, err)
		}
	}
}
