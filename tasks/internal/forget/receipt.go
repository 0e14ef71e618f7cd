package forget

import (
	"context"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/receipt"
	"covers/tasks/internal/warehouse"
)

// Receipt says what an erasure on demand reached, and what it did not. It holds nothing of the guest: no id, no token, no value.
// It is kept in the processed zone: first as it was asked for, since an erasure takes away what leads to the objects, then,
// under the name that the table erasures has as its cause, once it is done.
type Receipt struct {
	Version   int               `json:"version"`
	Receipt   string            `json:"receipt"`
	At        time.Time         `json:"at"`
	Program   string            `json:"program"`
	Platform  string            `json:"platform"`
	Warehouse string            `json:"warehouse"` // without secrets
	Done      bool              `json:"done"`      // the erasure is in the warehouse
	Guests    int64             `json:"guests"`    // asked for
	Connected int64             `json:"connected"` // further ones: the platform held them for one person with one asked for
	NotFound  int64             `json:"not_found"` // of all, in no record
	Rows      map[string]int64  `json:"rows"`      // reached, by table
	Zones     map[ZoneName]Kept `json:"zones"`     // looked through
	Found
	Refused string `json:"refused_records"` // what the look does not know
}

// Kept is a zone, and how many days its lifecycle is said to keep an object.
type Kept struct {
	URL  string `json:"url"`
	Days int64  `json:"days"`
}

const aboutRefused = "records that were refused are in raw alone, are not looked for, and expire with it"

// newReceipt returns the receipt of a request. Its name is free of personal data, and the erasures table carries it.
func newReceipt(o Options, url string, at time.Time, f Found) *Receipt {
	r := &Receipt{
		Version: 1, Receipt: "forget-" + at.Format("20060102T150405Z") + "-" + o.Machine.Name(4), At: at, Program: o.Program,
		Platform: o.Platform, Warehouse: url, Zones: map[ZoneName]Kept{}, Found: f, Refused: aboutRefused,
	}
	for _, z := range o.Zones {
		r.Zones[z.Name] = Kept{z.URL(), z.Days}
	}
	return r
}

// reaches fills in what the erasure reaches, or has reached.
func (r *Receipt) reaches(asked int64, f warehouse.Forgotten) {
	r.Guests, r.Connected, r.NotFound = asked, f.Connected, f.Absent
	r.Rows = map[string]int64{
		"erasures":                 f.Subjects,
		"customer_observations":    f.CustomerObservations,
		"reservation_observations": f.ReservationObservations,
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
