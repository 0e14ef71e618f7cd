package reconcile

import (
	"maps"
	"slices"
	"time"

	"covers/tasks/internal/reservation"
)

// receiptVersion is the form of a receipt.
const receiptVersion = 1

// maxExamples is how many bookings a receipt names for each finding.
const maxExamples = 20

// Receipt is what a reconciliation found, for people: counts, and some bookings by the platform's id. Guests are counted only,
// since their id is a person's. It is kept in the processed zone: raw expires, and with it the reading that it names.
type Receipt struct {
	Version    int       `json:"version"`
	Source     string    `json:"source"`
	From       string    `json:"from"` // first service date
	To         string    `json:"to"`   // last service date
	Warehouse  string    `json:"warehouse"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	Reading    string    `json:"reading,omitempty"` // what differs; none where nothing does
	Stable     bool      `json:"stable"`            // every list stood still
	Requests   int64     `json:"requests"`

	Reservations map[string]Findings `json:"reservations,omitempty"` // by service date
	Customers    *Findings           `json:"customers,omitempty"`    // that changed since the first date
	// Unread counts the records that the platform has and did not give, by kind. Those asked for by id are among the unconfirmed;
	// the reading names all of them.
	Unread   map[string]int64 `json:"unread,omitempty"`
	Examples []Example        `json:"examples,omitempty"`
}

// Findings are counts of bookings or guests, each of which is in one of agree, missing, different, refused, gone,
// elsewhere and unconfirmed.
type Findings struct {
	Listed    int64 `json:"listed"`    // by the platform
	Agree     int64 `json:"agree"`     // listed, and the same in the warehouse
	Missing   int64 `json:"missing"`   // listed, and not in the warehouse: read
	Different int64 `json:"different"` // another state than the warehouse's: read
	Refused   int64 `json:"refused"`   // by the contract, so that the warehouse need not have it; or not shown by the platform
	Gone      int64 `json:"gone"`      // in the warehouse, and not on the platform: read as absent
	Elsewhere int64 `json:"elsewhere"` // the same as in the warehouse, but not in the list
	Regressed int64 `json:"regressed"` // how many of the different have a lower clock than the warehouse's: a load leaves them

	// Unconfirmed are in the warehouse and not found on the platform, where nothing vouches for that: they are left as they are.
	Unconfirmed int64 `json:"unconfirmed"`
}

// Plus returns the sums of both.
func (f Findings) Plus(g Findings) Findings {
	return Findings{
		Listed: f.Listed + g.Listed, Agree: f.Agree + g.Agree, Missing: f.Missing + g.Missing,
		Different: f.Different + g.Different, Refused: f.Refused + g.Refused, Gone: f.Gone + g.Gone,
		Elsewhere: f.Elsewhere + g.Elsewhere,
		Regressed: f.Regressed + g.Regressed, Unconfirmed: f.Unconfirmed + g.Unconfirmed,
	}
}

// Example is one booking that differs.
type Example struct {
	ID        string  `json:"id"`
	Date      string  `json:"date"`
	Finding   Finding `json:"finding"`
	Platform  *Clock  `json:"platform,omitempty"`
	Warehouse *Clock  `json:"warehouse,omitempty"`
}

// Finding is what an example is one of.
type Finding string

// The findings that have examples.
const (
	Missing     Finding = "missing"
	Different   Finding = "different"
	Gone        Finding = "gone"
	Unconfirmed Finding = "unconfirmed"
)

var findings = map[standing]Finding{missing: Missing, different: Different, gone: Gone, unconfirmed: Unconfirmed}

// count adds one booking or guest.
func (f *Findings) count(p *pair) {
	if !p.asked {
		f.Listed++
	}
	switch p.standing {
	case agrees:
		if p.asked {
			f.Elsewhere++
		} else {
			f.Agree++
		}
	case refused:
		f.Refused++
	case different:
		f.Different++
		if !p.merged && p.platform.before(p.there) {
			f.Regressed++
		}
	case missing:
		f.Missing++
	case gone:
		f.Gone++
	case unconfirmed:
		f.Unconfirmed++
	}
}

// receipt counts what was found.
func (c *comparison) receipt() Receipt {
	r := Receipt{Version: receiptVersion, Warehouse: c.warehouse}
	if bookings, ok := c.pairs[reservation.KindReservation]; ok {
		r.Reservations = map[string]Findings{}
		for d, _ := time.Parse(time.DateOnly, c.from); day(d) <= c.to; d = d.AddDate(0, 0, 1) {
			n := c.nameless[reservation.KindReservation][day(d)]
			r.Reservations[day(d)] = Findings{Listed: n, Refused: n}
		}
		for _, p := range bookings {
			f := r.Reservations[p.date]
			f.count(p)
			r.Reservations[p.date] = f
		}
		r.Examples = examples(bookings)
	}
	if guests, ok := c.pairs[reservation.KindCustomer]; ok {
		n := c.nameless[reservation.KindCustomer][""]
		f := Findings{Listed: n, Refused: n}
		for _, p := range guests {
			if p.standing != unseen {
				f.count(p)
			}
		}
		r.Customers = &f
	}
	return r
}

// examples returns the first bookings of each finding, sorted by id.
func examples(bookings map[string]*pair) (all []Example) {
	met := map[standing]int{}
	for _, id := range slices.Sorted(maps.Keys(bookings)) {
		p := bookings[id]
		finding, ok := findings[p.standing]
		if met[p.standing]++; !ok || met[p.standing] > maxExamples {
			continue
		}
		e := Example{ID: id, Date: p.date, Finding: finding}
		if p.standing == missing || p.standing == different {
			e.Platform = &p.platform
		}
		if p.held {
			e.Warehouse = &p.there
		}
		all = append(all, e)
	}
	return all
}

// Totals returns the findings of all dates, by kind.
func (r Receipt) Totals() map[string]Findings {
	out := map[string]Findings{}
	if r.Reservations != nil {
		var sum Findings
		for _, f := range r.Reservations {
			sum = sum.Plus(f)
		}
		out[reservation.KindReservation] = sum
	}
	if r.Customers != nil {
		out[reservation.KindCustomer] = *r.Customers
	}
	return out
}

// key returns where the receipt of a reading's name is kept.
func (r Receipt) key(name string) string {
	return "reconcile/" + r.Source + "/" + r.From + ".." + r.To + "/" + name
}
