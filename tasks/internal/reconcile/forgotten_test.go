package reconcile_test

import (
	"strings"
	"testing"

	"covers/tasks/internal/reconcile"
	rt "covers/tasks/internal/reconcile/reconciletest"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/opentable"
)

// A guest's request to be forgotten is read though the contract refuses the rest of the record, or its clock says that nothing
// changed, and though the warehouse has the guest from long before the range, or not at all. Once it is in the warehouse it is
// not read again.
func TestReconcileReadsRequestsToBeForgotten(t *testing.T) {
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	forgotten := func(body string) string { return strings.Replace(body, `"forgotten":false`, `"forgotten":true`, 1) }
	broken := func(body string) string {
		return strings.Replace(body, `"forgotten":`, `"sequence_id":"x","forgotten":`, 1)
	}
	r := rt.New(t, "opentable/101")
	r.Load(
		nil,
		[]string{rt.Guest("refused", 1, in), rt.Guest("same", 1, in), rt.Guest("old", 1, before), rt.Guest("broken", 1, in)},
	)
	r.Serve(
		opentable.GuestsPath,
		broken(forgotten(rt.Guest("refused", 2, in))),
		forgotten(rt.Guest("same", 1, in)),
		broken(forgotten(rt.Guest("old", 2, in))),
		broken(forgotten(rt.Guest("unknown", 1, in))),
		broken(rt.Guest("broken", 2, in)),
	)
	out := r.Run()
	if diff := cmp.Diff(
		[]string{"customer 1001-old", "customer 1001-refused", "customer 1001-same", "customer 1001-unknown"},
		r.Lines(out),
	); diff != "" {
		t.Error(diff)
	}
	if *out.Customers != (reconcile.Findings{Listed: 5, Different: 1, Refused: 4}) {
		t.Errorf("%+v", out.Customers)
	}
	r.Load(nil, nil, "1001-refused", "1001-same", "1001-old", "1001-unknown")
	if out := r.Run(); out.Manifest != "" || *out.Customers != (reconcile.Findings{Listed: 5, Agree: 1, Refused: 4}) {
		t.Errorf("again: %q %+v", r.Lines(out), out.Customers)
	}
}
