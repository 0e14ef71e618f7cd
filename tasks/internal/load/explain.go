package load

import (
	"context"
	"errors"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse"
)

// ExplainOptions name a booking and where its way can be followed.
type ExplainOptions struct {
	Platform, Reservation   string
	Open                    Open
	Raw, Staging, Processed *lake.Zone
	Bodies                  bool // show the records as the platform gave them: personal data
}

// Explained is a booking's way, from the current row back to what the platform answered.
type Explained struct {
	Platform     string        `json:"platform"`
	Reservation  string        `json:"reservation"`
	Current      warehouse.Row `json:"current"`
	Survivor     string        `json:"survivor,omitempty"` // who is meant by its guest today: the platform merged them
	Why          string        `json:"why,omitempty"`      // there is no current row
	Observations []Observation `json:"observations"`       // the current one first, those from before it was absent last
	Absences     []Absence     `json:"absences,omitempty"`
}

// Observation is one record of the booking and where it came from.
type Observation struct {
	Current    bool          `json:"current"`
	Superseded bool          `json:"superseded,omitempty"` // the booking was absent since
	Erased     bool          `json:"erased,omitempty"`     // the guest was, and is off the row
	Row        warehouse.Row `json:"row"`
	Way
}

// Absence is a time at which the platform, asked for the booking, did not have it, and where that came from.
type Absence struct {
	Row warehouse.Row `json:"row"` // reading, line, source, read_at
	Way
}

// Explain follows a booking back. A booking that the warehouse does not have is a usage fault. It is no error that a zone no
// longer has something. It is an error that a zone has something that is not what it should be.
func Explain(ctx context.Context, o ExplainOptions) (out Explained, err error) {
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, closeErr(w)) }()
	h, err := w.History(ctx, o.Platform, o.Reservation)
	if err != nil {
		return out, err
	}
	if len(h.Observations) == 0 && len(h.Absences) == 0 {
		return out, fault.New(fault.Usage, "check the id and the platform, and with `load status` that its day is loaded",
			"the warehouse has no reservation %s of %s", o.Reservation, o.Platform)
	}
	out = Explained{
		Platform: o.Platform, Reservation: o.Reservation, Current: h.Current, Survivor: h.Survivor, Observations: []Observation{},
	}
	entries := map[string]warehouse.Entry{}
	for _, e := range h.Entries {
		entries[e.Reading] = e
	}
	absentAt := ""
	for _, row := range h.Absences {
		way, err := wayOf(ctx, o, row, entries)
		if err != nil {
			return out, err
		}
		out.Absences = append(out.Absences, Absence{row, way})
		at, _ := row["read_at"].(string)
		absentAt = max(absentAt, at)
	}
	if h.Current == nil {
		out.Why = "the platform, asked for it at " + absentAt + ", did not have it, and no reading since has found it"
	}
	for i, row := range h.Observations {
		way, err := wayOf(ctx, o, row, entries)
		if err != nil {
			return out, err
		}
		at, _ := row["read_at"].(string)
		out.Observations = append(out.Observations, Observation{
			Current: i == 0 && h.Current != nil, Superseded: absentAt != "" && at <= absentAt, Erased: row["digest"] == "",
			Row: row, Way: way,
		})
	}
	return out, nil
}
