package quality

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
)

// processed returns a zone in which transform took readings, each into a manifest of its own.
func processed(t *testing.T, readings ...Sample) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	for _, r := range readings {
		in := lake.Input{
			Reading: r.ID, Source: r.Source, Day: r.Day, By: r.By, Rank: r.Rank, SHA256: strings.Repeat("0", 64),
			Result: r.ID + "/" + strings.Repeat("0", 16) + "-" + r.Rank.String() + ".json", ReadAt: time.Date(2026, 1, 1, 6, 0,
				0, 0, time.UTC),
			Rows: map[string]int64{}, Counts: map[string]lake.ResultCounts{}, Profile: r.Profile,
		}
		m := lake.Processed{Version: lake.Version, Day: r.Day}
		for kind, p := range r.Profile.Kinds {
			in.Rows[kind], in.Counts[kind] = p.Rows, lake.ResultCounts{Received: p.Rows, Accepted: p.Rows}
			if p.Rows > 0 {
				sum := strings.Repeat("1", 64)
				m.Objects = append(m.Objects, lake.Object{Key: r.Day + "/" + kind + "-" + sum + ".parquet", Kind: kind,
					Records: p.Rows, SHA256: sum})
			}
		}
		m.Inputs = []lake.Input{in}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Create(t.Context(), lake.ProcessedKey(r.Day, m.Inputs), bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return z
}

// TestHistory: what processed knows is what a reading is held against, and is read once.
func TestHistory(t *testing.T) {
	others := fridays(100, 110, 95, 0, 104)
	zone := processed(t, others...)
	h := NewHistory(zone)
	want := Judge(contract.Get(), opentable, on(friday, 0), others)
	got, err := h.Judge(t.Context(), opentable, on(friday, 0))
	if d := cmp.Diff(want, got); err != nil || d != "" || len(got.Findings) == 0 {
		t.Fatal(err, d)
	}
	if err := zone.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if again, err := h.Judge(ended, opentable, on(friday, 0)); err != nil || !cmp.Equal(want, again) {
		t.Errorf("judged again: %+v, %v", again, err)
	}
	if _, err := h.Judge(ended, opentable, on("2026-03-28", 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("a history that cannot be read: %v", err)
	}
	closed := opentable
	closed.Unusual = []source.Unusual{{First: "2026-03-28", Last: "2026-03-28", Why: "closed"}}
	if v, err := h.Judge(ended, closed, on("2026-03-28", 0)); err != nil || !strings.Contains(v.Unjudged, "unusual") {
		t.Errorf("an unusual day needs no history: %+v, %v", v, err)
	}
}

// TestHistoryPassesOverADamagedDay: such a day holds up no other.
func TestHistoryPassesOverADamagedDay(t *testing.T) {
	others := fridays(100, 100, 100, 100)
	zone := processed(t, others...)
	if err := zone.Create(t.Context(), others[0].Day+"/0123456789abcdef.json", strings.NewReader(`{"version":99}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := lake.ProcessedOf(t.Context(), zone, others[0].Day); fault.KindOf(err) != fault.Usage {
		t.Fatal(err)
	}
	v, err := NewHistory(zone).Judge(t.Context(), opentable, on(friday, 0))
	if err != nil || v.Unjudged != "3 earlier Fridays are known, it takes 4" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestMadeUp(t *testing.T) {
	left := on(friday, 0)
	newer := func(change func(*Judged)) []Judged {
		j := Judged{Sample: on(friday, 100), Verdict: Verdict{Days: []string{"2026-03-20"}}}
		j.ID = strings.Replace(j.ID, "T06", "T07", 1)
		change(&j)
		return []Judged{j}
	}
	for name, c := range map[string]struct {
		loaded []Judged
		want   bool
	}{
		"nothing is loaded":      {nil, false},
		"a newer one":            {newer(func(*Judged) {}), true},
		"with a warning":         {newer(func(j *Judged) { j.Findings = []Finding{{Severity: contract.SeverityWarning}} }), true},
		"as wrong":               {newer(func(j *Judged) { j.Findings = []Finding{{Severity: contract.SeverityError}} }), false},
		"late":                   {newer(func(j *Judged) { j.Profile.Late = 37 * 60 }), false},
		"refused":                {newer(func(j *Judged) { j.Refused = true }), false},
		"without a profile":      {newer(func(j *Judged) { j.Profile = nil }), false},
		"older":                  {newer(func(j *Judged) { j.ID = strings.Replace(j.ID, "T07", "T05", 1) }), false},
		"the same":               {newer(func(j *Judged) { j.ID = left.ID }), false},
		"asked in another way":   {newer(func(j *Judged) { j.By = lake.ByServiceDate }), false},
		"of another source":      {newer(func(j *Judged) { j.Source = "opentable/102" }), false},
		"of another day":         {newer(func(j *Judged) { j.Day = "2026-03-28" }), false},
		"one of two that are as": {append(newer(func(j *Judged) { j.Refused = true }), newer(func(*Judged) {})...), true},
	} {
		if got := MadeUp(left, c.loaded); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
