package find

import (
	"strings"
	"testing"

	"covers/tasks/internal/warehouse"
)

// A line an id, with how it was found, and what could not be looked through.
func TestText(t *testing.T) {
	of := func(platform, id string) warehouse.Subject {
		return warehouse.Subject{Platform: platform, CustomerID: id}
	}
	got := Outcome{Guests: []warehouse.FoundGuest{
		{Subject: of("opentable", "1001-a"), Source: "opentable/101", ByEmail: 2, ByPhone: 1, Observations: 3, Bookings: 4},
		{Subject: of("opentable", "1001-b"), Merged: 1},
	}, OtherKeys: 2}.Text()
	for _, want := range []string{
		"platform", "│ opentable │ opentable/101 │ 1001-a │ e-mail, telephone │       3 │        4 │",
		"│ opentable │ -             │ 1001-b │ merge ", "2 guests have tokens under other keys",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if got := (Outcome{}).Text(); got != "nobody in the warehouse has that address or number\n" {
		t.Error(got)
	}
}
