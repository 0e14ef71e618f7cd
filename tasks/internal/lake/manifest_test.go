package lake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
)

func sum(c string) string { return strings.Repeat(c, 64) }

func anObject(prefix, kind, c string, records, first int64) Object {
	return Object{Key: prefix + kind + "-" + sum(c) + ".bin", Kind: kind, Records: records, FirstLine: first, Bytes: 10,
		SHA256: sum(c)}
}

var rank1 = Rank{1, 2, 3}

// aResult returns a manifest with something of everything that balances.
func aResult(id ReadingID) Result {
	at := ReadingPrefix(id) + rank1.String() + "/"
	return Result{
		Version: Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By, Rank: rank1,
		Input: sum("a"), Stable: true, ReadAt: began,
		Counts: map[string]ResultCounts{
			"reservation": {Received: 10, Accepted: 7, Quarantined: 3, Reasons: map[string]int64{"type": 2, "money": 3}},
			"customer":    {Received: 4, Accepted: 4, Reasons: map[string]int64{}},
		},
		Erasures: 2,
		Objects: []Object{
			anObject(at, "reservation", "1", 5, 0), anObject(at, "reservation", "2", 2, 0), anObject(at, "customer", "3", 4, 0),
			anObject(at, KindQuarantine, "4", 6, 0), anObject(at, KindErasure, "5", 2, 0),
		},
		WrittenAt: began, Program: "test",
	}
}

// aProcessed takes a result, and a refused one of another source.
func aProcessed(t testing.TB) Processed {
	ok := aResult(readingAt(0))
	no := readingAt(1)
	no.Source = "thefork/101"
	refused := aResult(no)
	day := ok.Day + "/"
	p := Processed{Version: Version, Day: ok.Day, WrittenAt: began, Program: "test", Objects: []Object{
		anObject(day, "reservation", "6", 7, 0), anObject(day, "customer", "7", 4, 0), anObject(day, KindErasure, "8", 4, 0),
	}}
	for _, r := range []Result{ok, refused} {
		id, err := ParseReadingID(r.Reading)
		need(t, err)
		in := Input{
			Reading: r.Reading, Source: r.Source, Day: r.Day, By: r.By, Rank: r.Rank, Result: ResultKey(id, r.Input,
				r.Rank), SHA256: sum("9"),
			Refused: r.Source != ok.Source, Stable: true, ReadAt: began, Counts: r.Counts, Erasures: 2,
		}
		if !in.Refused {
			in.Rows = map[string]int64{"reservation": 7, "customer": 4}
		}
		p.Inputs = append(p.Inputs, in)
	}
	return p
}

// publishAll publishes a manifest of each kind as it stands, without its objects.
func publishAll(t testing.TB, z *Zone, manifests map[string]any) {
	t.Helper()
	for key, m := range manifests {
		text, err := json.Marshal(m)
		need(t, err)
		need(t, z.Create(t.Context(), key, bytes.NewReader(text)))
	}
}

func TestManifestsAreFound(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		raw, staging, processed := open(t), open(t), open(t)
		one, two := readingAt(0), readingAt(1)
		byDate, other := readingAt(2), readingAt(3)
		byDate.By = ByServiceDate
		other.Source = "opentable/1010" // begins like the one asked for
		first := anObject(ReadingPrefix(one), "reservation", "1", 3, 1)
		second := anObject(ReadingPrefix(one), "reservation", "2", 2, 4)
		publishAll(t, raw, map[string]any{
			ManifestKey(two): aReading(two), ManifestKey(one): aReading(one, second, first),
			ManifestKey(byDate): aReading(byDate), ManifestKey(other): aReading(other),
			first.Key: "not a manifest, and not read",
		})
		readings, err := Readings(t.Context(), raw, one.Source, one.Day)
		need(t, err)
		var ids []string
		for _, r := range readings {
			ids = append(ids, r.Manifest.Reading)
		}
		if diff := cmp.Diff([]string{byDate.String(), one.String(), two.String()}, ids); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(aReading(one, second, first), readings[1].Manifest); diff != "" {
			t.Error(diff)
		}

		result := aResult(one)
		key := ResultKey(one, result.Input, result.Rank)
		publishAll(t, staging, map[string]any{key: result, "_ranks/opentable/101/0001.0002.0003.json": map[string]string{}})
		results, err := Results(t.Context(), staging, one.Source, one.Day)
		need(t, err)
		if diff := cmp.Diff([]Found[Result]{{Key: key, SHA256: results[0].SHA256, Manifest: result}}, results); diff != "" {
			t.Error(diff)
		}
		if !isHex(results[0].SHA256, 64) {
			t.Errorf("digest %q", results[0].SHA256)
		}

		p := aProcessed(t)
		publishAll(t, processed, map[string]any{ProcessedKey(p.Day, p.Inputs): p})
		of, err := ProcessedOf(t.Context(), processed, p.Day)
		need(t, err)
		if len(of) != 1 || cmp.Diff(p, of[0].Manifest) != "" {
			t.Errorf("found %+v", of)
		}
		for _, day := range []string{"2026-03-26", "2026-03-2"} {
			if of, err := ProcessedOf(t.Context(), processed, day); err != nil || len(of) > 0 {
				t.Errorf("%s: %v, error %v", day, of, err)
			}
		}
		if _, err := Read[Reading](t.Context(), raw, ManifestKey(readingAt(9))); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("want a missing manifest, got %v", err)
		}
	})
}

// The key of a processed manifest says which results it took, in whatever order.
func TestProcessedKey(t *testing.T) {
	p := aProcessed(t)
	a, b := p.Inputs[0], p.Inputs[1]
	key := ProcessedKey(p.Day, []Input{a, b})
	if got := ProcessedKey(p.Day, []Input{b, a}); got != key {
		t.Errorf("%s and %s", got, key)
	}
	changed := b
	changed.SHA256 = sum("c")
	older := b
	older.Rank.Key--
	for _, other := range [][]Input{{a}, {a, changed}, {a, older}, {}} {
		if ProcessedKey(p.Day, other) == key {
			t.Errorf("%+v has the same key", other)
		}
	}
}

// takeAbsent says of an input of aProcessed that three reservations are absent.
func takeAbsent(p *Processed, input int) {
	in := &p.Inputs[input]
	in.Counts = maps.Clone(in.Counts)
	n := in.Counts["reservation"]
	n.Absent = 3
	in.Counts["reservation"] = n
}

// Each case spoils a manifest in one way and names what its refusal must say.
func TestManifestsAreRefused(t *testing.T) {
	id := readingAt(0)
	at, staged, day := ReadingPrefix(id), ReadingPrefix(id)+rank1.String()+"/", id.Day+"/"
	reading := func(f func(*Reading)) Manifest {
		r := aReading(id, anObject(at, "reservation", "1", 3, 1), anObject(at, "reservation", "2", 2, 4))
		f(&r)
		return r
	}
	result := func(f func(*Result)) Manifest {
		r := aResult(id)
		r.Counts = maps.Clone(r.Counts)
		f(&r)
		return r
	}
	// Three ids are absent, of both kinds.
	absent := func(f func(*Result)) Manifest {
		return result(func(r *Result) {
			for kind, n := range map[string]int64{"reservation": 2, "customer": 1} {
				of := r.Counts[kind]
				of.Absent = n
				r.Counts[kind] = of
			}
			r.Objects = append(r.Objects, anObject(staged, KindAbsence, "6", 3, 0))
			f(r)
		})
	}
	processed := func(f func(*Processed)) Manifest {
		p := aProcessed(t)
		f(&p)
		return p
	}
	counts := func(f func(*ResultCounts)) Manifest {
		return result(func(r *Result) {
			n := r.Counts["reservation"]
			n.Reasons = maps.Clone(n.Reasons)
			f(&n)
			r.Counts["reservation"] = n
		})
	}
	keys := map[string]string{
		"Reading": ManifestKey(id), "Result": ResultKey(id, sum("a"), rank1), "Processed": ProcessedKey(id.Day,
			aProcessed(t).Inputs),
	}
	for _, c := range []struct {
		m    Manifest
		want string // empty: nothing is wrong
	}{
		{reading(func(r *Reading) {}), ""},
		{reading(func(r *Reading) { r.Counts["reservation"] = RawCounts{Listed: 9, Received: 5, Repeated: 2, Gone: 1} }),
			"counts.reservation: listed 9 is not received 5 + repeated 2 + gone 1 + absent 0 + unread 0"},
		{reading(func(r *Reading) { r.Counts["customer"] = RawCounts{Listed: 1, Received: 1} }),
			"counts.customer: received 1 + absent 0 + unread 0, its objects have 0 records"},
		{reading(func(r *Reading) { r.Counts["customer"] = RawCounts{Listed: 1, Absent: 1} }),
			"counts.customer: received 0 + absent 1 + unread 0, its objects have 0 records"},
		{reading(func(r *Reading) { r.Counts["reservation"] = RawCounts{Listed: 5, Received: 3, Absent: 2} }), ""},
		{reading(func(r *Reading) { r.Counts["reservation"] = RawCounts{Listed: 5, Received: 5, Absent: 1} }),
			"listed 5 is not received 5 + repeated 0 + gone 0 + absent 1"},
		{reading(func(r *Reading) { r.Counts["reservation"] = RawCounts{Listed: 5, Received: 6, Absent: -1} }),
			"counts.reservation.absent: -1 cannot be a count"},
		{reading(func(r *Reading) { r.Objects = r.Objects[:1] }),
			"counts.reservation: received 5 + absent 0 + unread 0, its objects have 3 records"},
		{reading(func(r *Reading) { r.Counts["reservation"] = RawCounts{Listed: 5, Received: 5, Repeated: -1, Gone: 1} }),
			"counts.reservation.repeated: -1 cannot be a count"},
		{reading(func(r *Reading) { r.Counts = nil; r.Objects = nil }), "counts are missing"},
		{reading(func(r *Reading) { r.Objects[1].FirstLine = 3 }), "first_line is 3, want 4"},
		{reading(func(r *Reading) { r.Objects[0].FirstLine = 0 }), "first_line is 0, want 1"},
		{reading(func(r *Reading) { r.Objects[1] = r.Objects[0] }), "objects[1]: the object is named twice"},
		{reading(func(r *Reading) { r.Objects[1].Kind = "guest" }), `objects[1]: kind "guest" does not belong here`},
		{reading(func(r *Reading) { r.Objects[0].SHA256 = strings.ToUpper(sum("a")) }), "objects[0]: sha256 is not 64"},
		{reading(func(r *Reading) { r.Objects[0].Key = strings.Replace(r.Objects[0].Key, "101", "102", 1) }),
			"objects[0]: key is not"},
		{reading(func(r *Reading) { r.Objects[0].Key = at + "../reservation-" + sum("1") + ".bin" }), "objects[0]: key is not"},
		{reading(func(r *Reading) { r.Objects[0].Bytes = -1 }), "objects[0].bytes: -1 cannot be a count"},
		{reading(func(r *Reading) { r.Objects[0].Records = 1 << 60; r.Objects[1].Records = 1 << 60 }),
			"objects[0].records: 1152921504606846976 cannot be a count"},
		{reading(func(r *Reading) { r.Source = "opentable/102" }), "does not fit source, day, by"},
		{reading(func(r *Reading) { r.Day = "2026-03-28" }), "does not fit source, day, by"},
		{reading(func(r *Reading) { r.By = "whim" }), "does not fit source, day, by"},
		{reading(func(r *Reading) { r.Reading = readingAt(1).String() }), "the manifest's key"},
		{reading(func(r *Reading) { r.Reading = "" }), "does not fit"},
		{reading(func(r *Reading) { r.FinishedAt = r.StartedAt.Add(-1) }), "finished_at is before started_at"},
		{reading(func(r *Reading) { r.StartedAt = time.Time{} }), "one is missing"},
		{reading(func(r *Reading) { r.Sweeps = 0 }), "sweeps: 0"},
		{reading(func(r *Reading) { r.Requests = -1 }), "requests: -1"},

		{result(func(r *Result) {}), ""},
		{result(func(r *Result) { r.Refused = true }), ""},
		{result(func(r *Result) { r.Refused = true; r.Objects = r.Objects[3:] }), ""},
		{result(func(r *Result) { r.Refused = true; r.Objects = r.Objects[1:] }),
			"counts.reservation: accepted 7, its objects have 2 records"},
		{result(func(r *Result) { r.Objects = r.Objects[1:] }), "counts.reservation: accepted 7, its objects have 2 records"},
		{
			counts(func(n *ResultCounts) { n.Received++ }),
			"counts.reservation: received 11 is not accepted 7 + quarantined 3 + merged 0",
		},
		{counts(func(n *ResultCounts) { n.Reasons["money"] = 4 }),
			"counts.reservation.reasons.money: 4 of 3 quarantined records"},
		{counts(func(n *ResultCounts) { n.Reasons = map[string]int64{"type": 2} }),
			"counts.reservation.reasons: 3 quarantined records have only 2"},
		{counts(func(n *ResultCounts) { n.Accepted, n.Quarantined = 7, 1<<62 }),
			"quarantined: 4611686018427387904 cannot be a count"},
		{result(func(r *Result) { r.Objects[3].Records = 2 }), "quarantined 3, notes 0, unread 0: the quarantine has 2 rows"},
		{result(func(r *Result) {
			r.Counts["reservation"] = ResultCounts{Received: 7, Accepted: 7}
		}), "quarantined none, notes 0, unread 0: the quarantine has 6 rows"},
		{counts(func(n *ResultCounts) { n.Absent = 2 }), "absent 2, their objects have 0 records"},
		{counts(func(n *ResultCounts) { n.Absent = -1 }), "counts.reservation.absent: -1 cannot be a count"},
		{result(func(r *Result) { r.Objects = append(r.Objects, anObject(staged, KindAbsence, "6", 2, 0)) }),
			"absent 0, their objects have 2 records"},
		{absent(func(r *Result) {}), ""},
		{absent(func(r *Result) { r.Refused = true; r.Objects = r.Objects[3:5] }), ""},
		{absent(func(r *Result) { r.Refused = true }), "absent 0, their objects have 3 records"},
		{absent(func(r *Result) { r.Objects[5].Records = 2 }), "absent 3, their objects have 2 records"},
		{result(func(r *Result) { r.Erasures = 1 }), "erasures 1, their objects have 2 records"},
		{result(func(r *Result) { r.Rank.Key = 4 }), "do not fit the manifest's key"},
		{result(func(r *Result) { r.Input = sum("b") }), "do not fit the manifest's key"},
		{result(func(r *Result) { r.Input = "" }), "input is not 64"},
		{result(func(r *Result) { r.Objects[0].Key = at + "reservation-" + sum("1") + ".bin" }), "objects[0]: key is not"},
		{result(func(r *Result) { r.ReadAt = time.Time{} }), "read_at is missing"},
		{result(func(r *Result) { r.Source = "thefork/101" }), "does not fit source, day and by"},

		{processed(func(p *Processed) {}), ""},
		{processed(func(p *Processed) { p.Objects = append(p.Objects, anObject(day, KindAbsence, "5", 3, 0)) }),
			"absence: inputs gave 0 rows, the objects have 3 records"},
		{processed(func(p *Processed) { takeAbsent(p, 0) }), "absence: inputs gave 3 rows, the objects have 0 records"},
		{processed(func(p *Processed) {
			takeAbsent(p, 0)
			p.Objects = append(p.Objects, anObject(day, KindAbsence, "5", 3, 0))
		}), ""},
		{processed(func(p *Processed) { takeAbsent(p, 1) }), ""}, // refused
		{processed(func(p *Processed) { p.Objects[0].Records = 8 }),
			"reservation: inputs gave 7 rows, the objects have 8 records"},
		{processed(func(p *Processed) { p.Objects = p.Objects[:2] }), "erasure: inputs gave 4 rows, the objects have 0 records"},
		{processed(func(p *Processed) { p.Inputs[0].Rows["customer"] = 3 }), "inputs[0].rows.customer: took 3 rows, want 4"},
		{processed(func(p *Processed) { p.Inputs[1].Rows = map[string]int64{"customer": 4} }),
			"inputs[1].rows.customer: took 4 rows, want 0"},
		{processed(func(p *Processed) { p.Inputs[0].Rows["guest"] = 0 }), "inputs[0].rows.guest: counts do not have the kind"},
		{processed(func(p *Processed) { p.Inputs[0], p.Inputs[1] = p.Inputs[1], p.Inputs[0] }), "inputs are not sorted"},
		{processed(func(p *Processed) { p.Inputs[1] = p.Inputs[0] }), "or one is there twice"},
		{processed(func(p *Processed) { p.Inputs = nil; p.Objects = nil }), "inputs are missing"},
		{processed(func(p *Processed) { p.Inputs[1].SHA256 = sum("a") }), "the inputs do not fit the manifest's key"},
		{processed(func(p *Processed) { p.Inputs[1].SHA256 = "" }), "inputs[1]: sha256 is not 64"},
		{processed(func(p *Processed) { p.Inputs[0].Result = "x/y.json" }), "inputs[0]: result is not a key of the reading's"},
		{processed(func(p *Processed) { p.Inputs[0].Day = "2026-03-28" }), "inputs[0]: reading"},
		{processed(func(p *Processed) { p.Inputs[0].Erasures = -2 }), "inputs[0].erasures: -2 cannot be a count"},
		{processed(func(p *Processed) { p.Objects[0] = anObject(day, KindQuarantine, "6", 7, 0) }),
			`objects[0]: kind "quarantine" does not belong here`},
		{processed(func(p *Processed) { p.Objects[0].Key = staged + "reservation-" + sum("6") + ".bin" }),
			"objects[0]: key is not"},
		{processed(func(p *Processed) { p.Day = "2026-3-27" }), "is not YYYY-MM-DD"},
	} {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", c.m), "lake.")
		got := strings.Join(c.m.problems(keys[kind]), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q, got %q", kind, c.want, got)
		}
	}
}

// What is wrong with a manifest's text is said with its address, the reason and the next step.
func TestBrokenManifests(t *testing.T) {
	id := readingAt(0)
	good, err := json.Marshal(aReading(id))
	need(t, err)
	change := func(old, new string) string {
		text := strings.Replace(string(good), old, new, 1)
		if text == string(good) {
			t.Fatalf("no %s in %s", old, good)
		}
		return text
	}
	for name, c := range map[string]struct {
		text string
		kind fault.Kind
		part string
	}{
		"empty":            {"", fault.Data, "EOF"},
		"garbage":          {"\x00\xff{", fault.Data, "invalid character"},
		"a list":           {"[]", fault.Data, "array"},
		"cut short":        {string(good[:len(good)-5]), fault.Data, "EOF"},
		"something behind": {string(good) + "{}", fault.Data, "after top-level value"},
		"a field twice":    {change(`"sweeps":2`, `"sweeps":2,"sweeps":3`), fault.Data, "sweeps"},
		"a number as text": {change(`"sweeps":2`, `"sweeps":"2"`), fault.Data, "/sweeps"},
		"beyond int64":     {change(`"requests":9`, `"requests":92233720368547758080`), fault.Data, "/requests"},
		"a bad time":       {change(`"started_at":"2026`, `"started_at":"yesterday 2026`), fault.Data, "/started_at"},
		"no version":       {change(`"version":1,`, ``), fault.Data, "version is 0"},
		"a version of old": {change(`"version":1`, `"version":-1`), fault.Data, "version is -1"},
		"a newer version":  {change(`"version":1`, `"version":2`), fault.Usage, "newer program"},
		"newer and other":  {`{"version":2,"counts":[]}`, fault.Usage, "newer program"},
		"not balanced":     {change(`"repeated":2`, `"repeated":1`), fault.Data, "listed 3"},
		"too long":         {strings.Repeat(" ", maxManifest+1), fault.Data, "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			z := memZone(t)
			key := ManifestKey(id)
			need(t, z.Create(t.Context(), key, strings.NewReader(c.text)))
			_, err := Readings(t.Context(), z, id.Source, id.Day)
			wantFault(t, err, c.kind, "read ", z.URL()+"/"+key, c.part, "; ")
			_, err = Named(t.Context(), z)
			wantFault(t, err, c.kind, z.URL()+"/"+key, c.part)
			for _, err := range Orphans(t.Context(), z, time.Now().Add(time.Hour)) {
				wantFault(t, err, c.kind, c.part)
			}
		})
	}
	t.Run("unknown fields are passed over", func(t *testing.T) {
		z := memZone(t)
		need(t, z.Create(t.Context(), ManifestKey(id),
			strings.NewReader(change(`"sweeps":2`, `"sweeps":2,"weather":{"rain":[1]}`))))
		got, err := Readings(t.Context(), z, id.Source, id.Day)
		need(t, err)
		if diff := cmp.Diff(aReading(id), got[0].Manifest); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a stranger among manifests", func(t *testing.T) {
		z := memZone(t)
		need(t, z.Create(t.Context(), ReadingPrefix(id)+"notes.json", bytes.NewReader(good)))
		_, err := Readings(t.Context(), z, id.Source, id.Day)
		wantFault(t, err, fault.Data, "the manifest's key")
	})
}

// The way of a day through the zones, with real objects: each manifest is derived from the one before.
func TestManifestsArePublished(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		raw, staging, processed := open(t), open(t), open(t)
		id := readingAt(0)
		a := raw.Begin(fixed(began))
		_, err := a.Publish(t.Context(), ManifestKey(id), aReading(id, put(t, a, ReadingPrefix(id), "raw", 4)))
		need(t, err)
		readings, err := Readings(t.Context(), raw, id.Source, id.Day)
		need(t, err)

		a = staging.Begin(fixed(began))
		o := put(t, a, ReadingPrefix(id)+rank1.String()+"/", "staged", 4)
		o.FirstLine = 0
		r := Result{
			Version: Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By, Rank: rank1,
			Input:  readings[0].SHA256,
			ReadAt: began, Counts: map[string]ResultCounts{"reservation": {Received: 4,
				Accepted: 4}}, Objects: []Object{o}, WrittenAt: began,
		}
		won, err := a.Publish(t.Context(), ResultKey(id, r.Input, r.Rank), r)
		if !won || err != nil {
			t.Fatalf("result: won %v, error %v", won, err)
		}
		results, err := Results(t.Context(), staging, id.Source, id.Day)
		need(t, err)

		a = processed.Begin(fixed(began))
		p := Processed{
			Version: Version, Day: id.Day, Objects: []Object{put(t, a, id.Day+"/", "processed", 4)}, WrittenAt: began,
			Inputs: []Input{{
				Reading: r.Reading, Source: r.Source, Day: r.Day, By: r.By, Rank: r.Rank,
				Result: results[0].Key, SHA256: results[0].SHA256,
				ReadAt: began, Rows: map[string]int64{"reservation": 4}, Counts: r.Counts,
			}},
		}
		for _, want := range []bool{true, false} {
			won, err := a.Publish(t.Context(), ProcessedKey(p.Day, p.Inputs), p)
			if won != want || err != nil {
				t.Fatalf("processed: won %v, error %v", won, err)
			}
		}
		// What a derived manifest names must be in its own zone.
		p.Objects[0].Key = strings.Replace(p.Objects[0].Key, p.Objects[0].SHA256, sum("0"), 1)
		p.Objects[0].SHA256 = sum("0")
		_, err = a.Publish(t.Context(), ProcessedKey(p.Day, p.Inputs), p)
		wantFault(t, err, fault.Data, sum("0"), "missing")
	})
}
