package forget

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// linesOf returns the lines of a kind of the reading planted.
func linesOf(t *testing.T, raw *lake.Zone, kind string) (lines []string, f lake.Found[lake.Reading]) {
	t.Helper()
	f, err := lake.Read[lake.Reading](t.Context(), raw, lake.ManifestKey(planted().ID()))
	wt.Check(t, err)
	for _, o := range f.Manifest.Objects {
		if o.Kind != kind {
			continue
		}
		body, err := raw.OpenObject(t.Context(), o)
		wt.Check(t, err)
		plain, err := zstd.NewReader(body)
		wt.Check(t, err)
		text, err := io.ReadAll(plain)
		wt.Check(t, err)
		lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	return lines, f
}

// What says whose a record is goes from raw, too; the record keeps its place, the reading its name, and others' lines every byte.
func TestRawIsErasedWhereThatIsAskedFor(t *testing.T) {
	o := newOptions(t)
	raw := o.Zones[0].Zone
	bookings, before := linesOf(t, raw, reservation.KindReservation)
	guests, _ := linesOf(t, raw, reservation.KindCustomer)
	o.EraseRaw = true
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Emptied[Raw] != (Emptied{Objects: 3, Rows: 3}) || len(out.Left.Remaining) > 0 || out.Receipt.Zones[Raw].Rows != 3 {
		t.Errorf("%+v", out)
	}
	left, after := linesOf(t, raw, reservation.KindReservation)
	cut := func(line string) string { return line[:strings.Index(line, `{"guest_id"`)] + "{}}" }
	if want := []string{cut(bookings[0]), bookings[1], cut(bookings[2])}; !slices.Equal(left, want) {
		t.Errorf("got  %q\nwant %q", left, want)
	}
	left, _ = linesOf(t, raw, reservation.KindCustomer)
	cut = func(line string) string { return line[:strings.Index(line, `,"note"`)] + "}}" }
	if want := []string{guests[0], cut(guests[1])}; !slices.Equal(left, want) {
		t.Errorf("got  %q\nwant %q", left, want)
	}
	if after.SHA256 != before.SHA256 || after.Manifest.Rewritten.Rows != 3 {
		t.Errorf("%+v", after.Manifest.Rewritten)
	}
	for _, o := range before.Manifest.Objects {
		if _, err := raw.Stat(t.Context(), o.Key); (err == nil) != slices.Contains(after.Manifest.Objects, o) {
			t.Errorf("%s: %v", o.Key, err)
		}
	}
	again, err := Run(t.Context(), o)
	wt.Check(t, err)
	if again.Changed() {
		t.Errorf("%+v", again)
	}
}

// A line that nobody can read goes where one of the person's addresses stands in it, and so does a record without an id.
func TestWhatHasAValueGoes(t *testing.T) {
	w := &zoneWork{Options: Options{Values: []string{"Ana@Example.org"}, Machine: machine.This()}}
	reduction := reductionOf(t, "opentable", reservation.KindCustomer)
	line := func(rec string) string {
		return strings.TrimSuffix(string(lake.AppendLine(nil, reservation.KindCustomer, "r", time.Unix(0, 0), []byte(rec))), "\n")
	}
	absent := strings.TrimSuffix(string(lake.AppendAbsent(nil, reservation.KindCustomer, "r", time.Unix(0, 0),
		"ana@example.org")), "\n")
	for in, want := range map[string]string{
		`{"torn":"ana@example.org`:                          "{}",
		`{"torn":"ben@example.org`:                          `{"torn":"ben@example.org`,
		line(`{"email":"ANA@example.org","sequence_id":7}`): line(`{"sequence_id":7}`),
		line(`["ana@example.org"]`):                         line(`null`),
		line(`{"email":"ben@example.org"}`):                 line(`{"email":"ben@example.org"}`),
		absent:                                              absent,
	} {
		got, changed := w.leftOf("opentable", reduction, []byte(in))
		if string(got) != want || changed != (in != want) {
			t.Errorf("%s: %s, %t, want %s", in, got, changed, want)
		}
		if again, changed := w.leftOf("opentable", reduction, got); changed || !bytes.Equal(again, got) {
			t.Errorf("%s: a second time it is %s", in, again)
		}
	}
}

func reductionOf(t *testing.T, platform, kind string) record.Reduction {
	t.Helper()
	of, err := platforms.Of(platform)
	wt.Check(t, err)
	return of.Reductions[kind]
}

// A small object of raw can hold more lines than its manifest says, or ask for more memory than there is.
func TestAForgedObjectIsNotReadOn(t *testing.T) {
	o := newOptions(t)
	for name, c := range map[string]struct{ frame, says string }{
		"three lines":          {"\x28\xb5\x2f\xfd\x00\x38\x31\x00\x00a\nb\nc\n", "its manifest says 2 lines, it has more"},
		"a window of 3.75 TiB": {"\x28\xb5\x2f\xfd\x00\xff\x31\x00\x00a\nb\nc\n", "window size exceeded"},
	} {
		out, err := o.Zones[0].Begin(time.Now).NewObject(reservation.KindReservation, "opentable/101/", "ndjson.zst")
		wt.Check(t, err)
		_, err = out.Write([]byte(c.frame))
		wt.Check(t, err)
		object, err := out.Commit(t.Context(), 2, 1)
		wt.Check(t, err)
		w := &zoneWork{Zone: o.Zones[0]}
		err = w.eachLine(t.Context(), object, func([]byte, bool) error { return nil })
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
