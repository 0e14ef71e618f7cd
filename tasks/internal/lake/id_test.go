package lake

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/machine"
)

func TestReadingID(t *testing.T) {
	id := NewReadingID("thefork/group-main", "2026-03-27", ByServiceDate, began.In(time.FixedZone("", 7200)),
		machine.This().Name(4))
	if !strings.HasPrefix(id.String(), "thefork/group-main/2026-03-27/service-date/20260328T000001.000Z-") {
		t.Errorf("named %s", id)
	}
	if other := NewReadingID("thefork/group-main", "2026-03-27", ByServiceDate, began, machine.This().Name(4)); other == id {
		t.Error("two readings have one name")
	}
	for _, by := range []string{ByUpdated, ByServiceDate, ByReconcile} {
		id.By = by
		if got, err := ParseReadingID(id.String()); err != nil || got != id {
			t.Errorf("%+v, error %v", got, err)
		}
	}
	for _, bad := range []string{
		"", "a/b", "a/b/2026-03-27/updated", "a/b/2026-02-30/updated/20260328T000001.000Z-01234567",
		"a/b/2026-03-27/reconciled/20260328T000001.000Z-01234567",
		"a/b/2026-03-27/whim/20260328T000001.000Z-01234567",
		"a/b/2026-03-27/updated/20260328T000001Z-01234567", "a/b/2026-03-27/updated/20260328T000001.000Z-0123456",
		"../b/2026-03-27/updated/20260328T000001.000Z-01234567",
		"a/b/2026-03-27/updated/20260328T000001.000Z", "a/b/2026-03-27/updated/20260328T000001.000Z-01234567/x",
	} {
		if got, err := ParseReadingID(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, got)
		}
	}
}

func TestRank(t *testing.T) {
	ranks := []Rank{{1, 1, 1}, {1, 1, 2}, {1, 1, 10}, {1, 2, 1}, {1, 10, 1}, {2, 1, 1}, {10, 1, 1}, {9999, 9999, 9999}}
	for i, a := range ranks {
		for k, b := range ranks {
			if want := cmp.Compare(i, k); a.Compare(b) != want || cmp.Compare(a.String(), b.String()) != want {
				t.Errorf("%s and %s: %d, want %d", a, b, a.Compare(b), want)
			}
		}
	}
	for _, bad := range []string{"", "1.1.1", "0001.0001", "0000.0001.0001", "0001.0001.00010", "+001.0001.0001",
		"0001,0001,0001", " 001.0001.0001", "0001.0001.0001 ", "000a.0001.0001"} {
		if r, err := ParseRank(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, r)
		}
	}
	text, err := json.Marshal(map[string]Rank{"r": {1, 20, 9999}})
	need(t, err)
	if string(text) != `{"r":"0001.0020.9999"}` {
		t.Errorf("written as %s", text)
	}
	var back map[string]Rank
	need(t, json.Unmarshal(text, &back))
	if back["r"] != (Rank{1, 20, 9999}) {
		t.Errorf("read as %v", back)
	}
}
