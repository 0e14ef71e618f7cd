package simulator

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
)

var someDay = ID{Platform: reservation.OpenTable, Restaurant: 101, Day: "2026-03-27"}

func memZone(t testing.TB) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(),
		"mem://"+strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()+t.TempDir()[1:]))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func drawLine(t *rapid.T) Line {
	word := rapid.StringMatching(`[A-Za-z0-9-]{1,40}`)
	l := Line{
		ID: word.Draw(t, "id"), UpdatedAt: rapid.Int64Range(0, 4e12).Draw(t, "updated"),
		SequenceID: rapid.Int64().Draw(t, "sequence"),
		Record: append([]byte(`{"a":"`),
			append([]byte(strings.ReplaceAll(rapid.StringN(0, 100, 300).Draw(t, "text"), "\n", " ")), '"', '}')...),
	}
	if rapid.Bool().Draw(t, "reservation") {
		l.ScheduledAt = rapid.Int64Range(0, 4e12).Draw(t, "scheduled")
		l.ScheduledLocal = "2026-03-27T19:30:00"
		l.State = word.Draw(t, "state")
		l.ConfirmationID = rapid.Int64().Draw(t, "confirmation")
		l.GuestID = rapid.StringMatching(`[a-f0-9-]{0,40}`).Draw(t, "guest")
	}
	return l
}

func TestLineComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawLine(t)
		text := AppendLine(nil, want)
		if bytes.Count(text, []byte("\n")) != 1 {
			t.Fatalf("not one line: %q", text)
		}
		got, err := ParseLine(bytes.TrimSuffix(text, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`{"id":"a","updated_at":"2026-03-27T00:00:00.000Z","sequence_id":1,"record":{}}`))
	f.Add([]byte(`{"id":"a","updated_at":"2026-03-27T00:00:00.000Z","sequence_id":1,` +
		`"scheduled_at":"2026-03-27T00:00:00.000Z","scheduled_local":"x","state":"","confirmation_id":-1,` +
		`"guest_id":"","record":{}}`))
	f.Add([]byte(`{"id":"a`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseLine(text)
		if err == nil && len(l.Record) == 0 {
			t.Error("a line without a record was taken")
		}
	})
}

// publish writes a day of some lines.
func publish(t testing.TB, z *lake.Zone, id ID, s Settings, reservations []Line, answers ...Answer) (bool, error) {
	t.Helper()
	w := NewWriter(z, id)
	defer w.Close()
	for _, kind := range Kinds {
		f, err := w.Kind(kind)
		if err != nil {
			t.Fatal(err)
		}
		if kind != reservation.KindReservation {
			continue
		}
		for _, l := range reservations {
			if err := f.Line(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, a := range answers {
		if err := w.Answer(a); err != nil {
			t.Fatal(err)
		}
	}
	return w.Publish(t.Context(), s, 7)
}

func read(t testing.TB, z *lake.Zone, id ID) ([]Line, error) {
	t.Helper()
	d, err := ReadDay(t.Context(), z, id)
	if err != nil {
		t.Fatal(err)
	}
	var lines []Line
	for l, err := range Records(t.Context(), z, d, reservation.KindReservation) {
		if err != nil {
			return lines, err
		}
		l.Record = bytes.Clone(l.Record)
		lines = append(lines, l)
	}
	return lines, nil
}

func TestDayComesBack(t *testing.T) {
	z := memZone(t)
	long := Line{ID: "long", Record: []byte(`{"x":"` + strings.Repeat("é", 200_000) + `"}`)}
	want := []Line{
		{ID: "a", UpdatedAt: 5, Record: []byte(`{}`)}, long, {ID: "b", UpdatedAt: 6, Record: []byte("{\"x\":\"\xe9\"}")},
	}
	answer := Answer{
		Kind: reservation.KindReservation, ID: "b", Defect: "invalid_utf8",
		Expect: []Expect{{Reason: reservation.ReasonEncoding}},
	}
	won, err := publish(t, z, someDay, Settings{Seed: 1}, want, answer,
		Answer{Kind: reservation.KindReservation, ID: "a", Defect: "odd"})
	if err != nil || !won {
		t.Fatal(won, err)
	}
	got, err := read(t, z, someDay)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	day, err := ReadDay(t.Context(), z, someDay)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int64{"invalid_utf8": 1, "odd": 1}, day.Defects); d != "" {
		t.Error(d)
	}
	if day.Files[reservation.KindReservation].Records != 3 || day.Files[reservation.KindCustomer].Records != 0 ||
		day.Sequence != 7 {
		t.Errorf("wrong manifest: %+v", day)
	}
	var answers []Answer
	for a, err := range Answers(t.Context(), z, day) {
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if d := cmp.Diff([]Answer{answer, {Kind: reservation.KindReservation, ID: "a", Defect: "odd", Expect: []Expect{}}},
		answers); d != "" {
		t.Error(d)
	}
	days, err := Days(t.Context(), z, reservation.OpenTable, 101)
	if d := cmp.Diff([]string{"2026-03-27"}, days); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestFirstDayStays(t *testing.T) {
	z := memZone(t)
	if _, err := publish(t, z, someDay, Settings{Seed: 1}, []Line{{ID: "first", Record: []byte(`{}`)}}); err != nil {
		t.Fatal(err)
	}
	won, err := publish(t, z, someDay, Settings{Seed: 2}, []Line{{ID: "second", Record: []byte(`{}`)}})
	if won || err != nil {
		t.Fatalf("won %v, %v", won, err)
	}
	lines, err := read(t, z, someDay)
	if err != nil || len(lines) != 1 || lines[0].ID != "first" {
		t.Errorf("%v, %v", lines, err)
	}
}

func TestLeftoversOfADeadAttemptAreReplaced(t *testing.T) {
	z := memZone(t)
	for _, name := range []string{FileOf(reservation.KindReservation), FileOf(reservation.KindCustomer), AnswersFile} {
		if err := z.Create(t.Context(), someDay.Folder()+name, strings.NewReader("of another seed\n")); err != nil {
			t.Fatal(err)
		}
	}
	if days, err := Days(t.Context(), z, reservation.OpenTable, 101); len(days) != 0 || err != nil {
		t.Fatalf("a day without day.json is listed: %v, %v", days, err)
	}
	want := []Line{{ID: "a", Record: []byte(`{}`)}}
	if won, err := publish(t, z, someDay, Settings{}, want); !won || err != nil {
		t.Fatal(won, err)
	}
	got, err := read(t, z, someDay)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestDamageIsADataFault(t *testing.T) {
	key := someDay.Folder() + FileOf(reservation.KindReservation)
	for name, damage := range map[string]func(t *testing.T, z *lake.Zone, text []byte){
		"gone": func(*testing.T, *lake.Zone, []byte) {},
		"truncated": func(t *testing.T, z *lake.Zone, text []byte) {
			create(t, z, key, text[:len(text)-9])
		},
		"not zstd": func(t *testing.T, z *lake.Zone, _ []byte) { create(t, z, key, []byte("hello")) },
		"another day's": func(t *testing.T, z *lake.Zone, _ []byte) {
			other := ID{Platform: reservation.OpenTable, Restaurant: 101, Day: "2026-03-28"}
			if _, err := publish(t, z, other, Settings{}, []Line{{ID: "other", Record: []byte(`{}`)}}); err != nil {
				t.Fatal(err)
			}
			text, err := z.ReadAll(t.Context(), other.Folder()+FileOf(reservation.KindReservation), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			create(t, z, key, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			z := memZone(t)
			if _, err := publish(t, z, someDay, Settings{}, []Line{{ID: "a", Record: []byte(`{"x":1}`)}}); err != nil {
				t.Fatal(err)
			}
			text, err := z.ReadAll(t.Context(), key, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if err := z.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			damage(t, z, text)
			if _, err := read(t, z, someDay); fault.KindOf(err) != fault.Data {
				t.Errorf("want a data fault, got %v", err)
			}
		})
	}
}

func TestReadDay(t *testing.T) {
	z := memZone(t)
	if _, err := ReadDay(t.Context(), z, someDay); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want a missing file, got %v", err)
	}
	for text, kind := range map[string]fault.Kind{
		`{`: fault.Data, `{"version":2}`: fault.Usage,
		`{"version":1,"platform":"opentable","restaurant":102,"day":"2026-03-27"}`: fault.Data,
	} {
		create(t, z, someDay.Folder()+ManifestFile, []byte(text))
		if _, err := ReadDay(t.Context(), z, someDay); fault.KindOf(err) != kind {
			t.Errorf("%s: want kind %d, got %v", text, kind, err)
		}
		if err := z.Delete(t.Context(), someDay.Folder()+ManifestFile); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStopIsNotDamage(t *testing.T) {
	z := memZone(t)
	if _, err := publish(t, z, someDay, Settings{}, []Line{{ID: "a", Record: []byte(`{"x":1}`)}}); err != nil {
		t.Fatal(err)
	}
	d, err := ReadDay(t.Context(), z, someDay)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range Records(ctx, z, d, reservation.KindReservation) {
		if err != nil && fault.KindOf(err) == fault.Data {
			t.Errorf("a stop was taken for damage: %v", err)
		}
	}
}

func create(t *testing.T, z *lake.Zone, key string, text []byte) {
	t.Helper()
	if err := z.Create(t.Context(), key, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// FuzzDay: whatever stands in the place of day.json, it is the day of its folder, or a fault that says where it is.
func FuzzDay(f *testing.F) {
	id := someDay
	for _, text := range []string{`{}`, `null`, `[`, `{"version":1}`, `{"version":99}`, `{"version":9223372036854775808}`,
		`{"version":1,"platform":"opentable","restaurant":101,"day":"2026-03-27","files":{"reservation":{"bytes":-1}}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		zone := memZone(t)
		defer zone.Close()
		if err := zone.Create(t.Context(), id.Folder()+ManifestFile, bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		d, err := ReadDay(t.Context(), zone, id)
		if k := fault.KindOf(err); err != nil && k != fault.Data && k != fault.Usage || err == nil && d.ID != id {
			t.Errorf("%+v, %v", d, err)
		}
		if err != nil {
			return
		}
		for _, err := range Records(t.Context(), zone, d, reservation.KindReservation) {
			if err == nil {
				t.Error("records of a file that is not there")
			}
		}
	})
}
