package mockapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
)

// TestBuiltInScenarios holds each built-in scenario against what comes over the wire: every fault that it says it made was
// met as that fault and no other was, it comes to an end, and the records are then what its list of changes says.
func TestBuiltInScenarios(t *testing.T) {
	all, err := scenario.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	met := map[scenario.Kind]bool{}
	for _, s := range all {
		if strings.HasPrefix(s.Name, "push_") {
			continue // nothing of it is an answer: TestEventsOnABadDay
		}
		sorts := []string{"oldest"}
		if changes(&s) {
			sorts = append(sorts, "newest")
		}
		for _, sort := range sorts {
			t.Run(s.Name+" "+sort, func(t *testing.T) {
				r, before := suffer(t, &s, sorted(sort))
				first := r.transcript()
				defer func() {
					if sort != sorts[0] {
						return
					}
					again, _ := suffer(t, &s, sorted(sort))
					if !slices.Equal(again.transcript(), first) {
						t.Error("the same scenario gave other answers the second time")
					}
				}()
				told, counts := r.told(), r.counts()
				gone := map[string]bool{}
				changed := map[scenario.Kind]int64{}
				for _, c := range told.Changes {
					changed[c.Kind]++
					gone[c.ID] = gone[c.ID] || c.To == nil
				}
				for kind, n := range told.Injected {
					met[kind] = met[kind] || n > 0
					switch {
					case kind.Changes(), kind == healed:
						if changed[kind] != n {
							t.Errorf("%s: %d changes, %d listed", kind, n, changed[kind])
						}
						continue
					case kind == "slow":
						for _, s := range r.met {
							if s.elapsed >= 50*time.Millisecond {
								counts[kind]++
							}
						}
						if counts[kind] < n {
							t.Errorf("%d slow answers, %d met", n, counts[kind])
						}
					case kind == "not_found" && len(gone) > 0:
						// Records that were removed are not found either.
					case counts[kind] != n:
						t.Errorf("%s: %d made, %d met", kind, n, counts[kind])
					}
					delete(counts, kind)
				}
				if len(gone) > 0 {
					delete(counts, "not_found")
				}
				if len(counts) > 0 || len(told.Injected) == 0 {
					t.Errorf("met beside what it made (%v): %v", told.Injected, counts)
				}
				r.met = nil
				r.holdTruth(told, before)
				if later := r.told(); len(r.counts()) > 0 || !later.Over || len(later.Changes) != len(told.Changes) {
					t.Errorf("it goes on after its end: %v, %+v", r.counts(), later.Injected)
				}
				_, metrics := r.get("", "/metrics")
				for kind, n := range told.Injected {
					if want := fmt.Sprintf("covers_mockapi_faults_total{kind=%q} %d\n", kind,
						n); !strings.Contains(string(metrics), want) {
						t.Errorf("no %s in the metrics", want)
					}
				}
			})
		}
	}
	for _, kind := range scenario.Kinds() {
		if !met[kind] && !strings.HasPrefix(string(kind), "push_") { // TestEventsOnABadDay
			t.Errorf("no built-in scenario made %s", kind)
		}
	}
}

// changes reports whether a scenario changes records.
func changes(s *scenario.Scenario) bool {
	return slices.ContainsFunc(s.Rules, func(r scenario.Rule) bool { return r.Kind.Changes() })
}

// sorted returns settings with this order of both platforms' lists.
func sorted(order string) Settings {
	return Settings{OpenTable: OpenTableSettings{Sort: order, NextPageURL: "null"},
		TheFork: TheForkSettings{Sort: order, Record: form.TheFork{CustomerDates: "instant"}}}
}

func TestASingleSweepLosesRecordsThatMove(t *testing.T) {
	s, err := scenario.Load("moving")
	if err != nil {
		t.Fatal(err)
	}
	for _, sort := range []string{"oldest", "newest"} {
		for seed := range uint64(5) {
			s.Seed = seed
			r := &reader{world: testWorld(t)}
			r.people("2026-03-28", 0, 120)
			settings := sorted(sort)
			settings.Scenario = s
			r.start(settings)
			r.reauthorise(reservation.OpenTable)
			r.reauthorise(reservation.TheFork)
			for i, l := range lists {
				met := map[string]bool{}
				for _, id := range r.sweep(i) {
					met[id] = true
				}
				if lost := 120 - len(met); lost <= 0 {
					t.Errorf("%s %s %s, seed %d: none lost", l.platform, l.records, sort, seed)
				}
			}
			r.close()
		}
	}
}

// Days that come in while a scenario goes on keep what it did: what was removed stays away until it changes again, what was
// changed stays changed, and a sequence that restarted goes on.
func TestNewDaysMeetWhatWasChanged(t *testing.T) {
	s, err := scenario.Parse("x.yaml", []byte(`about: all
now: 2026-03-30T02:00:00Z
rules:
  - {kind: removed, per_page: 2, times: 1}
  - {kind: moved, per_page: 2, times: 1}
  - {kind: restarted, platform: opentable, per_page: 2, times: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, before := suffer(t, s, Settings{})
	told := r.told()
	r.people("2026-03-27", 0, 30)  // the same, in older versions
	r.people("2026-04-01", 60, 20) // others, later
	for i := range lists {
		r.page(i, 0) // takes them in
		r.sweep(i)
	}
	for i := range before {
		for k := 60; k < 80; k++ {
			id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, k)).String()
			at := time.Date(2026, 4, 1, 12, 0, k, 0, time.UTC)
			v := version{UpdatedAt: at}
			if lists[i].platform == reservation.OpenTable {
				id = "1001-" + id
				newest := time.Date(2026, 3, 28, 12, 0, 29, 0, time.UTC).Unix()
				for _, c := range told.Changes {
					if c.Records == lists[i].records && c.Platform == reservation.OpenTable && c.Kind == "moved" {
						newest++ // these went on in the old sequence
					}
				}
				v.SequenceID = at.Unix() - newest
			}
			before[i][id] = v
		}
	}
	lists[2].list, lists[3].list = strings.Replace(lists[2].list, "2026-03-29", "2026-04-02", 1),
		strings.Replace(lists[3].list, "2026-03-29", "2026-04-02", 1)
	r.holdTruth(told, before)
}

// What no target names is never disturbed, and a record without keys never changed.
func TestAScenarioCanDisturbEachPlatform(t *testing.T) {
	for _, name := range platforms.Names() {
		met := map[scenario.Route]bool{}
		for path, at := range targets {
			key := [2]string{name, at.records}
			if met[at.route] = met[at.route] || at.platform == name; at.platform == name && at.records != "" &&
				(clockKeys[key] == nil || tellingKeys[key] == "") {
				t.Errorf("%s: %s has no clockKeys or no tellingKeys", path, key)
			}
		}
		if !met[scenario.Token] || !met[scenario.List] || !met[scenario.Record] {
			t.Errorf("%s: targets has only %v", name, met)
		}
	}
}
