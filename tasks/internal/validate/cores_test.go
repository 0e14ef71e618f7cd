package validate_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// The objects of a result, and so what is in them and in which order, are the same bytes however many processors there are.
func TestTheResultIsTheSameOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	o := vt.Options(t, "opentable/101")
	o.MaxRefused, o.MaxRefusedRecords = 1, 1e6
	records := map[string][]string{}
	for i := range 3000 { // some blocks of each kind
		booking, guest := vt.OpenTable(i), vt.Guest(i)
		switch i % 10 {
		case 3:
			booking = strings.Replace(booking, `"Done"`, `"Gone"`, 1)
			guest = strings.Replace(guest, `"forgotten":false`, `"forgotten":true`, 1)
		case 5:
			booking = strings.Replace(booking, `"currency_denominator":100`, `"currency_denominator":"x"`, 1)
			guest = merged(fmt.Sprintf("b7f05c3d-8e21-4a6b-93d0-%012d", i), `"E04B6D18-5c2f-4a97-8d3e-61fa07c9b245"`)
		case 7:
			booking, guest = booking[:len(booking)/2], `"`+strings.Repeat("x", 2<<20)[:i*100]+`"`
		}
		records[reservations] = append(records[reservations], booking)
		records[customers] = append(records[customers], guest)
	}
	vt.WriteReading(t, o, vt.First, records)
	var first lake.Result
	for n, cores := range []int{1, 2, 16} {
		runtime.GOMAXPROCS(cores)
		o.Staging = vt.Options(t, "opentable/101").Staging
		got, err := validate.Run(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		r := got.Results[0].Result
		if n == 0 {
			first = r
			if c := r.Counts[customers]; c.Merged != 300 || c.Quarantined != 300 || r.Erasures != 300 || c.Accepted != 2400 {
				t.Fatalf("%+v, %d erasures", c, r.Erasures)
			}
			if c := r.Counts[reservations]; c.Noted != 300 || c.Quarantined != 600 || c.Accepted != 2400 {
				t.Fatalf("%+v", c)
			}
		}
		if d := cmp.Diff(first.Objects, r.Objects); d != "" {
			t.Errorf("%d cores, objects: %s", cores, d)
		}
		if d := cmp.Diff(first.Counts, r.Counts) + cmp.Diff(first.Profile, r.Profile); d != "" {
			t.Errorf("%d cores, counts and profile: %s", cores, d)
		}
	}
}
