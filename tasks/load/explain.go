package main

import (
	"context"
	"errors"
	"io/fs"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// ExplainOptions name a booking and where its way can be followed.
type ExplainOptions struct {
	Platform, Reservation   string
	Warehouse               string // URL
	Raw, Staging, Processed *lake.Zone
	Bodies                  bool // show the records as the platform gave them: personal data
}

// Explained is a booking's way, from the current row back to what the platform answered.
type Explained struct {
	Platform     string        `json:"platform"`
	Reservation  string        `json:"reservation"`
	Current      warehouse.Row `json:"current"`
	Why          string        `json:"why,omitempty"` // there is no current row
	Observations []Observation `json:"observations"`  // the current one first, those from before it was absent last
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

// Way is the way back of a record, or of its absence. What has expired or was removed is named in Missing.
type Way struct {
	Ledger    *warehouse.Entry `json:"ledger,omitempty"`
	Processed *Manifest        `json:"processed,omitempty"`
	Staging   *Manifest        `json:"staging,omitempty"`
	Raw       *Place           `json:"raw,omitempty"`
	Missing   []string         `json:"missing,omitempty"`
}

// Manifest is a manifest on the way.
type Manifest struct {
	Zone    string `json:"zone"`
	Key     string `json:"key"`
	SHA256  string `json:"sha256"`
	Program string `json:"program"`
}

// Place is a record's place in raw, and what stands there.
type Place struct {
	Manifest
	Object  string `json:"object"`
	Line    int64  `json:"object_line"` // from 1
	Request string `json:"request"`     // the platform's own id of the answer
	ReadAt  string `json:"read_at"`
	Body    string `json:"-"` // for a person's eyes: in no JSON
}

// Explain follows a booking back. A booking that the warehouse does not have is a usage fault. What the zones no longer have
// is no error; what they have and is not what it should be, is.
func Explain(ctx context.Context, o ExplainOptions) (out Explained, err error) {
	w, err := warehouse.Open(ctx, machine.This(), o.Warehouse, warehouse.ReadOnly)
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
	out = Explained{Platform: o.Platform, Reservation: o.Reservation, Current: h.Current, Observations: []Observation{}}
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
		x := Observation{Current: i == 0 && h.Current != nil, Superseded: absentAt != "" && at <= absentAt, Erased: row["digest"] == "", Row: row, Way: way}
		out.Observations = append(out.Observations, x)
	}
	return out, nil
}

func wayOf(ctx context.Context, o ExplainOptions, row warehouse.Row, entries map[string]warehouse.Entry) (Way, error) {
	x := Way{}
	reading, _ := row["reading"].(string)
	line, _ := row["line"].(int64)
	id, err := lake.ParseReadingID(reading)
	if err != nil {
		return x, fault.New(fault.Data, "", "follow an observation: %w", err)
	}
	if e, ok := entries[reading]; ok {
		x.Ledger = &e
		processed, err := lake.Read[lake.Processed](ctx, o.Processed, e.Manifest)
		if x.Processed, err = follow(o.Processed, "processed", e.Manifest, &x.Missing, processed, err); err != nil {
			return x, err
		}
		staging, err := lake.Read[lake.Result](ctx, o.Staging, e.Result)
		if x.Staging, err = follow(o.Staging, "staging", e.Result, &x.Missing, staging, err); err != nil {
			return x, err
		}
	} else {
		x.Missing = append(x.Missing, "ledger: no entry of the reading")
	}
	raw, err := lake.Read[lake.Reading](ctx, o.Raw, lake.ManifestKey(id))
	m, err := follow(o.Raw, "raw", lake.ManifestKey(id), &x.Missing, raw, err)
	if err != nil || m == nil {
		return x, err
	}
	x.Raw, err = placeOf(ctx, o.Raw, raw.Manifest, reservation.KindReservation, line, o.Bodies)
	if errors.Is(err, fs.ErrNotExist) {
		x.Missing = append(x.Missing, "raw: the object has expired or was removed")
		err = nil
	}
	if x.Raw != nil {
		x.Raw.Manifest = *m
	}
	return x, err
}

// follow makes a Manifest of what a zone gave for a key; one that is not there any more is noted and gives nil.
func follow[T any](z *lake.Zone, name, key string, gone *[]string, found lake.Found[T], err error) (*Manifest, error) {
	if errors.Is(err, fs.ErrNotExist) {
		*gone = append(*gone, name+": the manifest "+key+" has expired or was removed")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Manifest{Zone: z.URL(), Key: key, SHA256: found.SHA256, Program: programOf(found.Manifest)}, nil
}

func programOf(m any) string {
	switch m := m.(type) {
	case lake.Reading:
		return m.Program
	case lake.Result:
		return m.Program
	case lake.Processed:
		return m.Program
	}
	return ""
}
