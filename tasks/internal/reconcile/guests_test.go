package reconcile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reconcile"
	rt "covers/tasks/internal/reconcile/reconciletest"
	"covers/tasks/internal/thefork"
)

// A guest's sequence is not said to rise with each change, so the content is compared, too. Of a token it is compared whether
// there is one: the key is validation's alone.
func TestReconcileComparesGuestsByContent(t *testing.T) {
	const in = "2026-03-21T12:00:00"
	without := func(body string) string { return strings.Replace(body, `"email":"planted@example.org",`, "", 1) }
	other := func(body string) string { return strings.Replace(body, "planted@", "another@", 1) }
	r := rt.New(t, "opentable/101")
	r.Load(nil, []string{
		rt.Guest("same", 4, in), rt.Guest("changed", 4, in), rt.Guest("email-gone", 4, in), rt.Guest("email-new", 4, in),
		rt.Guest("erased", 4, in),
	}, "1001-erased")
	r.Serve(opentable.GuestsPath,
		rt.Guest("same", 4, in), rt.Guest("changed", 4, "2026-03-21T13:00:00"), without(rt.Guest("email-gone", 4, in)),
		other(rt.Guest("email-new", 4, in)), without(rt.Guest("erased", 4, in)),
	)
	out := r.Run()
	if diff := cmp.Diff([]string{"customer 1001-changed", "customer 1001-email-gone"}, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	if *out.Customers != (reconcile.Findings{Listed: 5, Agree: 3, Different: 2}) {
		t.Errorf("%+v", out.Customers)
	}
	r.Load(nil, []string{rt.Guest("changed", 4, "2026-03-21T13:00:00"), without(rt.Guest("email-gone", 4, in))})
	if out := r.Run(); out.Manifest != "" || out.Customers.Agree != 5 {
		t.Errorf("again: %q %+v", r.Lines(out), out.Customers)
	}
}

// TheFork's customers have dates for a clock: two changes of one day are told apart by their content.
func TestReconcileComparesGuestsOfADay(t *testing.T) {
	const name, day = "11111111-1111-4111-8111-111111111111", `"2026-03-21"`
	dated := func(body, vip string) string {
		body = strings.Replace(body, `"2026-03-21T12:00:00Z"`, day, 1)
		body = strings.Replace(body, `"2026-01-01T10:00:00Z"`, `"2026-01-01"`, 1)
		return strings.Replace(body, `"email"`, `"isVip":`+vip+`,"email"`, 1)
	}
	r := rt.New(t, "thefork/group-main")
	r.Load(nil, []string{dated(rt.TFGuest(name, "2026-03-21T12:00:00"), "false")})
	r.Serve(thefork.CustomersPath, dated(rt.TFGuest(name, "2026-03-21T12:00:00"), "true"))
	out := r.Run()
	if *out.Customers != (reconcile.Findings{Listed: 1, Different: 1}) {
		t.Errorf("%+v", out.Customers)
	}
	r.Load(nil, []string{dated(rt.TFGuest(name, "2026-03-21T12:00:00"), "true")})
	if out := r.Run(); *out.Customers != (reconcile.Findings{Listed: 1, Agree: 1}) {
		t.Errorf("again: %+v", out.Customers)
	}
}

// Merged and hidden guests have no current row, and are missing only where the warehouse does not know why.
func TestReconcileMergedAndHiddenGuests(t *testing.T) {
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	r := rt.New(t, "opentable/101")
	r.Load(nil, []string{
		rt.Guest("known", 1, in), rt.Guest("elsewhere", 1, in), rt.Guest("unknown", 1, in), rt.Guest("old", 1, before),
		rt.Guest("survivor", 1, in), rt.Hidden("hidden", 1, in), rt.Hidden("shown-again", 1, in), rt.Guest("hidden-now", 1, in),
		rt.Hidden("hidden-unlisted", 1, in),
	})
	r.Load(nil, []string{rt.Merged("known", "survivor"), rt.Merged("elsewhere", "other"), rt.Merged("archived", "")})
	r.Serve(opentable.GuestsPath,
		rt.Merged("known", "survivor"),     // the warehouse knows
		rt.Merged("archived", ""),          // and this
		rt.Merged("elsewhere", "survivor"), // it knows another survivor
		rt.Merged("unknown", "survivor"),   // it has a current row
		rt.Merged("old", "survivor"),       // likewise, of long ago
		rt.Merged("new", "survivor"),       // it knows nothing
		rt.Guest("survivor", 1, in),
		rt.Hidden("hidden", 1, in),
		rt.Guest("shown-again", 2, in),
		rt.Hidden("hidden-now", 2, in),
	)
	out := r.Run()
	want := []string{
		"customer 1001-elsewhere", "customer 1001-hidden-now", "customer 1001-new", "customer 1001-old",
		"customer 1001-shown-again", "customer 1001-unknown",
	}
	if diff := cmp.Diff(want, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	if *out.Customers != (reconcile.Findings{Listed: 10, Agree: 4, Missing: 1, Different: 5}) {
		t.Errorf("%+v", out.Customers)
	}
	r.Load(nil, []string{
		rt.Merged("elsewhere", "survivor"), rt.Merged("unknown", "survivor"), rt.Merged("old", "survivor"),
		rt.Merged("new", "survivor"),
		rt.Guest("shown-again", 2, in), rt.Hidden("hidden-now", 2, in),
	})
	if out := r.Run(); out.Manifest != "" || *out.Customers != (reconcile.Findings{Listed: 10, Agree: 10}) {
		t.Errorf("again: %q %+v", r.Lines(out), out.Customers)
	}
}
