package reading

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

func TestReadIDs(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		want   []string
		others int
		fault  string
	}{
		"bare":              {"a-1\nb_2\n", []string{"a-1", "b_2"}, 0, ""},
		"of another system": {"\xef\xbb\xbfa\r\n\r\n  b  \r\n", []string{"a", "b"}, 0, ""},
		"twice":             {"AB-1\nab-1\nab-1\n", []string{"AB-1"}, 0, ""},
		"TheFork's bodies": {
			`{"entityType":"reservation","eventType":"reservationUpdated","uuid":"u-1","restaurantUuid":"r"}` + "\n" +
				`{"entityType":"customer","eventType":"customerUpdated","uuid":"u-2"}` + "\n" +
				`{"entityType":"review","eventType":"reviewRatingCreated","uuid":"u-3","reservationUuid":"u-4"}`,
			[]string{"u-1"}, 2, "",
		},
		"OpenTable's bodies": {`{"id":"101-a","href":"x","rid":101,"sequence_id":1}`, []string{"101-a"}, 0, ""},
		"no ids": {
			"a\nb c\nhttps://x/y\n{\"uuid\":7}\n{\"rid\":7}\n{\nb\n../x", nil, 0, "no id in line 2, 3, 4, 5, 6, 8",
		},
		"many":            {strings.Repeat("?\n", 12), nil, 0, "no id in line 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more"},
		"nothing":         {"\n \n", nil, 0, "holds no id of a reservation"},
		"of another kind": {`{"entityType":"customer","uuid":"u-2"}`, nil, 1, "holds no id of a reservation"},
		"too long":        {"a\n" + strings.Repeat("x", 2<<20), nil, 0, "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			ids, err := ReadIDs(strings.NewReader(test.text), "ids.txt", reservation.KindReservation)
			if test.fault != "" {
				if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), test.fault) ||
					!strings.Contains(err.Error(), "ids.txt") {
					t.Errorf("kind %v: %v", fault.KindOf(err), err)
				}
				return
			}
			if err != nil || !slices.Equal(ids.List, test.want) || ids.Others != test.others {
				t.Errorf("%+v: %v", ids, err)
			}
		})
	}
}

// What the platforms push, in the forms of their documentation, a body a line.
func TestReadIDsOfDocumentedPushes(t *testing.T) {
	for kind, test := range map[string]struct {
		files  string
		want   int
		others int
	}{
		"reservation of TheFork":   {"../thefork/testdata/documents/webhook-[cr]*.json", 1, 6},
		"customer of TheFork":      {"../thefork/testdata/documents/webhook-[cr]*.json", 1, 6},
		"reservation of OpenTable": {"../opentable/testdata/documents/webhook-v3-*.json", 1, 0},
		"customer of OpenTable":    {"../opentable/testdata/documents/webhook-v3-*.json", 1, 0},
	} {
		files, err := filepath.Glob(test.files)
		if err != nil {
			t.Fatal(err)
		}
		var lines bytes.Buffer
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Compact(&lines, body); err != nil {
				t.Fatal(err)
			}
			lines.WriteByte('\n')
		}
		kind, _, _ := strings.Cut(kind, " ")
		ids, err := ReadIDs(&lines, "hints", kind)
		if err != nil || len(ids.List) != test.want || ids.Others != test.others {
			t.Errorf("%s: %+v of %d bodies: %v", kind, ids, len(files), err)
		}
	}
}

// Just these records are read; what is not there is no absence, since no list vouches for it.
func TestRunIDs(t *testing.T) {
	for src, path := range map[string]string{
		"opentable/101": opentable.ReservationsPath, "thefork/101": thefork.ReservationsPath,
	} {
		r := newRig(t, src)
		list := platformtest.TheForkRecords(9)
		r.fake.Unlisted = map[string][]platformtest.Record{path: list}
		r.fake.Gone[list[1].ID] = true
		r.spoiled(platformtest.Fault{Status: 500}, list[2].ID)
		ids := IDs{Kind: reservation.KindReservation, List: []string{list[0].ID, list[1].ID, list[2].ID, list[3].ID}}
		out, err := RunIDs(t.Context(), r.o, ids)
		if err != nil {
			t.Fatal(err)
		}
		m := out.Reading
		if m.By != lake.ByReconcile || m.Day != day || out.NotFound != 1 || out.Denied != 0 ||
			m.Counts[reservation.KindReservation] !=
				(lake.RawCounts{Listed: 3, Received: 2, Unread: 1}) {
			t.Errorf("%s: %+v, %d not found", src, m, out.NotFound)
		}
		found, err := lake.Readings(t.Context(), r.o.Raw, src, day)
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %d readings: %v", src, len(found), err)
		}
		var asked []string
		for _, line := range r.lines(t, out, reservation.KindReservation) {
			asked = append(asked, line.Asked+line.Unread)
		}
		slices.Sort(asked)
		if !slices.Equal(asked, []string{list[0].ID, list[2].ID, list[3].ID}) {
			t.Errorf("%s: asked for %q", src, asked)
		}
	}
}

func TestRunIDsThatAreNotThere(t *testing.T) {
	r := newRig(t, "thefork/101")
	ids := IDs{Kind: reservation.KindReservation, List: []string{"a", "b"}}
	out, err := RunIDs(t.Context(), r.o, ids)
	if err != nil || out.Manifest != "" || out.NotFound != 2 || len(r.left(t)) != 0 {
		t.Errorf("%+v: %v", out, err)
	}
	r.spoiled(platformtest.Fault{Status: 403}, "a", "b")
	if _, err := RunIDs(t.Context(), r.o, ids); fault.KindOf(err) != fault.Denied {
		t.Error(err)
	}
	ids.Kind = reservation.KindCustomer
	if _, err := RunIDs(t.Context(), r.o, ids); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
	r.o.DryRun, ids.Kind = true, reservation.KindReservation
	out, err = RunIDs(t.Context(), r.o, ids)
	if err != nil || len(out.Planned) != 2 || out.Planned[1].For != "each of 2 ids" {
		t.Errorf("%+v: %v", out.Planned, err)
	}
}
