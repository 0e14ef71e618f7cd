package forget

import (
	"context"
	"slices"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/receipt"
	"covers/tasks/internal/warehouse"
)

// Receipt says what an erasure on demand reached, and what it did not. It holds nothing of the guest: no id, no token, no
// value. It is kept in the processed zone, apart from the days: first as it was asked for, then, under the name that the table
// erasures has as its cause, once it is done.
type Receipt struct {
	Version   int                 `json:"version"`
	Receipt   string              `json:"receipt"`
	At        time.Time           `json:"at"`
	By        string              `json:"by"`        // who did it
	Reference string              `json:"reference"` // what for
	Program   string              `json:"program"`
	Platforms []string            `json:"platforms"` // of the guests
	Warehouse string              `json:"warehouse"` // without secrets
	Erased    bool                `json:"erased"`    // the erasure is in the warehouse
	Done      bool                `json:"done"`      // and all else is
	Guests    int64               `json:"guests"`    // asked for
	Connected int64               `json:"connected"` // further ones: the platform held them for one person with one asked for
	NotFound  int64               `json:"not_found"` // of all, in no record
	Rows      map[string]int64    `json:"rows"`      // reached, by table
	Zones     map[ZoneName]Kept   `json:"zones"`     // gone through
	Compacted warehouse.Compacted `json:"compacted"` // the warehouse's file
	Found
}

// Kept is a zone, how many days its lifecycle is said to keep an object, and what was emptied in it.
type Kept struct {
	URL  string `json:"url"`
	Days int64  `json:"days"`
	Emptied
}

// newReceipt returns the receipt of a request. Its name is free of personal data, and the erasures table carries it.
func newReceipt(o Options, at time.Time, out Outcome) *Receipt {
	r := &Receipt{
		Version: 2, Receipt: "forget-" + at.Format("20060102T150405Z") + "-" + o.Machine.Name(4), At: at, By: o.By,
		Reference: o.Reference, Program: o.Program, Platforms: []string{}, Zones: map[ZoneName]Kept{},
	}
	for _, g := range o.Guests {
		if !slices.Contains(r.Platforms, g.Platform) {
			r.Platforms = append(r.Platforms, g.Platform)
		}
	}
	for _, z := range o.Zones {
		r.Zones[z.Name] = Kept{URL: z.URL(), Days: z.Days}
	}
	r.reaches(out)
	return r
}

// reaches fills in what the erasure reaches, or has reached.
func (r *Receipt) reaches(out Outcome) {
	r.Guests, r.Connected, r.NotFound, r.Found = out.Asked, out.Reached.Connected, out.Reached.Absent, out.Left
	r.Rows = map[string]int64{
		"erasures":                 out.Reached.Subjects,
		"customer_observations":    out.Reached.CustomerObservations,
		"reservation_observations": out.Reached.ReservationObservations,
	}
	for name, e := range out.Emptied {
		kept := r.Zones[name]
		kept.Emptied = e
		r.Zones[name] = kept
	}
}

// keep writes the receipt into the processed zone and returns its key; "" where there is no such zone.
func (r *Receipt) keep(ctx context.Context, zones []Zone) (string, error) {
	var in *lake.Zone
	for _, z := range zones {
		if z.Name == Processed {
			in = z.Zone
		}
	}
	if in == nil {
		return "", nil
	}
	name := "forget/" + r.Receipt
	if !r.Done {
		name += ".asked"
	}
	return receipt.Store(ctx, in, name, r)
}
