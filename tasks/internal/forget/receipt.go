package forget

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/step"
	"covers/tasks/internal/warehouse"
)

// forgetReceipt says what an erasure on demand reached, and what it did not. It holds nothing of the guest: no id, no token, no value.
// It is kept in the processed zone: first as it was asked for, since an erasure takes away what leads to the objects, then,
// under the name that the table erasures has as its cause, once it is done.
type forgetReceipt struct {
	Version   int              `json:"version"`
	Receipt   string           `json:"receipt"`
	At        time.Time        `json:"at"`
	Program   string           `json:"program"`
	Platform  string           `json:"platform"`
	Warehouse string           `json:"warehouse"` // without secrets
	Done      bool             `json:"done"`      // the erasure is in the warehouse
	Guests    int64            `json:"guests"`    // asked for
	NotFound  int64            `json:"not_found"` // of them, in no record
	Rows      map[string]int64 `json:"rows"`      // reached, by table
	Zones     map[string]kept  `json:"zones"`     // looked through
	found
	Refused string `json:"refused_records"` // what the look does not know
}

// kept is a zone, and how many days its lifecycle is said to keep an object.
type kept struct {
	URL  string `json:"url"`
	Days int64  `json:"days"`
}

const aboutRefused = "records that were refused are in raw alone, are not looked for, and expire with it"

// newForgetReceipt names a request, free of personal data; the erasures table carries the name.
func newForgetReceipt(platform, url string, at time.Time, zones []zone, f found) (*forgetReceipt, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, err
	}
	r := &forgetReceipt{
		Version: 1, Receipt: "forget-" + at.Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:]), At: at, Program: step.Version,
		Platform: platform, Warehouse: url, Zones: map[string]kept{}, found: f, Refused: aboutRefused,
	}
	for _, z := range zones {
		r.Zones[z.name] = kept{z.URL(), z.days}
	}
	return r, nil
}

// reaches fills in what the erasure reaches, or has reached.
func (r *forgetReceipt) reaches(asked int64, f warehouse.Forgotten) {
	r.Guests, r.NotFound = asked, f.Absent
	r.Rows = map[string]int64{
		"erasures": f.Subjects, "customer_observations": f.CustomerObservations, "reservation_observations": f.ReservationObservations,
	}
}

// keep writes the receipt into the processed zone and gives its key; "" where there is no such zone.
func (r *forgetReceipt) keep(ctx context.Context, zones []zone) (string, error) {
	var in *lake.Zone
	for _, z := range zones {
		if z.name == "processed" {
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
	return storeReceipt(ctx, in, name, r)
}
