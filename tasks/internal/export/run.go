// Package export gathers everything that is held of a person, from raw to the warehouse, as the person may ask for (GDPR,
// articles 15 and 20): one JSON document and one page. Start with Run. It changes nothing.
package export

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

// Options are all that an export depends on.
type Options struct {
	Guests                  []warehouse.Subject // who is meant
	Values                  []string            // addresses by which they were looked for: records with one are theirs, too
	Raw, Staging, Processed *lake.Zone          // nil: not looked through
	Machine                 machine.Machine
	Program                 string
	Open                    func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
}

// Document is everything that is held of a person.
type Document struct {
	At        time.Time                  `json:"at"`
	Program   string                     `json:"program"`
	Guests    []Guest                    `json:"guests"`    // under which ids the platforms know the person
	Records   []Record                   `json:"records"`   // of raw: what the platforms said, word for word
	Rows      []Row                      `json:"rows"`      // of staging and processed: what was made of them
	Warehouse map[string][]warehouse.Row `json:"warehouse"` // by table
	Zones     []string                   `json:"zones"`     // that were looked through
}

// Guest is an id of the person.
type Guest struct {
	Platform string `json:"platform"`
	Source   string `json:"source"`
	ID       string `json:"id"`
}

// Run gathers.
func Run(ctx context.Context, o Options) (d Document, err error) {
	d = Document{
		At: o.Machine.Now().UTC().Truncate(time.Second), Program: o.Program,
		Guests: []Guest{}, Records: []Record{}, Rows: []Row{},
		Warehouse: map[string][]warehouse.Row{}, Zones: []string{},
	}
	if len(o.Guests) > 0 {
		if err := d.warehouse(ctx, o); err != nil {
			return d, err
		}
	}
	s := &search{ids: map[warehouse.Subject]bool{}, values: o.Values, into: &d}
	for _, g := range d.Guests {
		s.ids[warehouse.Subject{Platform: g.Platform, CustomerID: g.ID}] = true
	}
	for _, of := range []struct {
		zone *lake.Zone
		look func(context.Context, *lake.Zone) error
	}{{o.Raw, s.raw}, {o.Staging, s.staging}, {o.Processed, s.processed}} {
		if of.zone == nil {
			continue
		}
		d.Zones = append(d.Zones, of.zone.URL())
		if err := of.look(ctx, of.zone); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (d *Document) warehouse(ctx context.Context, o Options) (err error) {
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	found, err := w.Describe(ctx, o.Guests)
	if err != nil {
		return err
	}
	for _, g := range found {
		d.Guests = append(d.Guests, Guest{g.Platform, g.Source, g.CustomerID})
	}
	d.Warehouse, err = w.Holdings(ctx, o.Guests)
	return err
}
