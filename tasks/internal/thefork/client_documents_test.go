package thefork_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
)

// document is a body in the form of the platform's documentation.
func document(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "documents", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// The documents' pages and records are read, with the documents' token.
func TestDocumentedAnswers(t *testing.T) {
	fake := platformtest.New(t)
	fake.BeforeToken = func(int, *http.Request) platformtest.Fault {
		return platformtest.Fault{Status: 200, Body: document(t, "token")}
	}
	name := ""
	fake.Before = func(int, *http.Request) platformtest.Fault {
		return platformtest.Fault{Status: 200, Body: document(t, name)}
	}
	c := newClient(t, fake, 100)
	for _, name = range []string{"reservations-page", "customers-page"} {
		if ids, _, err := read(t.Context(), c, all); err != nil || len(ids) == 0 {
			t.Errorf("%s: %q: %v", name, ids, err)
		}
	}
	var buf platform.Buffer
	for _, name = range []string{
		"reservation", "reservation-nulls", "reservation-promotion", "reservation-sparse",
		"customer", "customer-nulls", "customer-sparse", "customer-without-uuid",
	} {
		kind := reservation.KindReservation
		if strings.HasPrefix(name, "customer") {
			kind = reservation.KindCustomer
		}
		answer, gone, err := c.Record(t.Context(), kind, "x", 0, &buf)
		if err != nil || gone || len(answer.Body) < 50 {
			t.Errorf("%s: gone %t: %v", name, gone, err)
		}
	}
}

func TestDocumentedErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		kind   fault.Kind
		gone   bool
	}{
		"error-401":             {401, fault.Denied, false},
		"error-401-global":      {401, fault.Denied, false},
		"error-404-reservation": {404, 0, true},
		"error-404-customer":    {404, 0, true},
		"error-429":             {429, fault.Temporary, false},
		"error-500":             {500, fault.Unavailable, false},
		"error-gateway-401":     {401, fault.Denied, false},
		"error-gateway-403":     {403, fault.Denied, false},
	} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault {
			return platformtest.Fault{Status: test.status, Body: document(t, name)}
		}
		var buf platform.Buffer
		_, gone, err := newClient(t, fake, 2).Record(t.Context(), reservation.KindReservation, "x", 0, &buf)
		if gone != test.gone || !gone && fault.KindOf(err) != test.kind {
			t.Errorf("%s: gone %t, kind %v: %v", name, gone, fault.KindOf(err), err)
		}
	}
}
