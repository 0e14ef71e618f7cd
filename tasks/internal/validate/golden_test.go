package validate_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

var update = flag.Bool("update", false, "write the golden output of a revision that has none yet")

// golden is all that validation makes of the samples: rows and refusals.
type golden struct {
	Reservations []reservation.Reservation
	Customers    []reservation.Customer
	Refusals     []reservation.Refusal
	Erasures     []reservation.Erasure
	Merges       []reservation.Merge
}

// What the samples become is written down for each revision of the contract. A change of it without a raised revision would
// mix two meanings under one rank.
func TestGoldenOutputOfTheRevision(t *testing.T) {
	got := map[string]golden{}
	for src, records := range map[string]map[string][]string{
		"opentable/101": {
			reservations: {
				file(t, "opentable/testdata/reservation.json"), vt.OpenTable(1),
				vt.OpenTable(2, `"Done"`, `"Gone"`, `"party_size":3`, `"party_size":0`),
				vt.OpenTable(3, `19:03:00Z`, `20:03:00Z`), vt.OpenTable(4, "quiet", "\xff"),
				vt.OpenTable(5, `"currency_denominator":100`, `"currency_denominator":7`),
			},
			customers: {
				file(t, "opentable/testdata/guest.json"), vt.Guest(1, `"forgotten":false`, `"forgotten":true`),
				vt.Guest(2, `"forgotten":false`, `"forgotten":null`),
				merged("b7f05c3d-8e21-4a6b-93d0-5e47a8c1f962", `"E04B6D18-5c2f-4a97-8d3e-61fa07c9b245"`),
			},
		},
		"thefork/102": {reservations: {
			file(t, "thefork/testdata/reservation.json"),
			`{"reservationUuid":"x","status":"LATE","partySize":1.5,"mealDate":"2026-03-29"}`,
		}},
		"thefork/group-main": {customers: {file(t, "thefork/testdata/customer.json"), `{"customerUuid":null}`}},
	} {
		o := vt.Options(t, src)
		o.MaxRefused = 1
		vt.WriteReading(t, o, vt.First, records)
		got[src] = allRows(t, o, one(t, o))
	}
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("testdata/revision-%04d.golden.json", contract.Get().Revision)
	want, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && *update:
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	case errors.Is(err, fs.ErrNotExist):
		t.Fatalf("revision %d has no golden output: run go test -run Golden -update, and read what it wrote",
			contract.Get().Revision)
	case err != nil:
		t.Fatal(err)
	case string(want) != string(text):
		t.Errorf("the output changed under revision %d: raise the contract's revision\n%s",
			contract.Get().Revision, cmp.Diff(string(want), string(text)))
	}
}

func file(t *testing.T, name string) string {
	b, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func allRows(t *testing.T, o validate.Options, r lake.Result) (g golden) {
	for _, object := range r.Objects {
		var err error
		switch object.Kind {
		case reservations:
			g.Reservations, err = copyRows[reservation.Reservation](o, object)
		case customers:
			g.Customers, err = copyRows[reservation.Customer](o, object)
		case lake.KindQuarantine:
			g.Refusals, err = copyRows[reservation.Refusal](o, object)
		case lake.KindErasure:
			g.Erasures, err = copyRows[reservation.Erasure](o, object)
		case lake.KindMerge:
			g.Merges, err = copyRows[reservation.Merge](o, object)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range g.Refusals {
		g.Refusals[i].Object = "" // carries a digest of compressed bytes, which follow the library's version
	}
	return g
}

// copyRows reads all rows; the JSON round trip takes them out of the reader's memory.
func copyRows[T any](o validate.Options, object lake.Object) (out []T, err error) {
	err = parquetrows.Read(ctx, o.Staging, object, func(b []T) error {
		text, err := json.Marshal(b)
		if err != nil {
			return err
		}
		var mine []T
		if err := json.Unmarshal(text, &mine); err != nil {
			return err
		}
		out = append(out, mine...)
		return nil
	})
	return out, err
}
