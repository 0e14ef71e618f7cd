package opentable_test

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

func always(f platformtest.Fault) func(int, *http.Request) platformtest.Fault {
	return func(int, *http.Request) platformtest.Fault { return f }
}

// The documents' pages are read to their end, with the documents' token.
func TestDocumentedPages(t *testing.T) {
	for name, want := range map[string]int{
		"reservations-page-copper": 3, "reservations-page-gold": 2, "reservations-page-platinum": 2,
		"guests-page-copper": 1, "guests-page-gold": 4, "guests-page-platinum": 1,
	} {
		fake := platformtest.New(t)
		fake.BeforeToken = always(platformtest.Fault{Status: 200, Body: document(t, "token")})
		fake.Before = always(platformtest.Fault{Status: 200, Body: document(t, name)})
		records, pages, err := read(t.Context(), newClient(t, fake, 1000), all)
		if err != nil || len(records) != want || pages != 1 {
			t.Errorf("%s: %d records on %d pages: %v", name, len(records), pages, err)
		}
	}
}

// Each form of an error is the API's own, and its request is named.
func TestDocumentedErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		kind    fault.Kind
		text    string
		missing bool // as the answer to one record
	}{
		"error-401":               {401, fault.Denied, "401 Unauthorized (request 41ac27d0)", false},
		"error-401-missing-token": {401, fault.Denied, "401 Unauthorized (request 5a0630a4)", false},
		"error-404-backend":       {404, 0, "", true},
		"error-table":             {404, 0, "", true}, // its timestamp is a number
		"error-gateway-errors":    {401, fault.Denied, "code invalid_token", false},
	} {
		fake := platformtest.New(t)
		fake.Before = always(platformtest.Fault{Status: test.status, Body: document(t, name)})
		c := newClient(t, fake, 2)
		var buf platform.Buffer
		_, gone, err := c.Record(t.Context(), reservation.KindReservation, "x", 0, &buf)
		if gone != test.missing || !gone && (fault.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text)) {
			t.Errorf("%s: gone %t, kind %v: %v", name, gone, fault.KindOf(err), err)
		}
	}
}
