package load

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// Way is the way back of a record, or of its absence. What has expired or was removed is named in Missing.
type Way struct {
	Ledger    *warehouse.Entry `json:"ledger,omitempty"`
	Processed *Manifest        `json:"processed,omitempty"`
	Staging   *Manifest        `json:"staging,omitempty"`
	Raw       *Place           `json:"raw,omitempty"`
	Notes     []Note           `json:"notes,omitempty"`
	Missing   []string         `json:"missing,omitempty"`
}

// Note says that a field of a record was left out or rounded, because it could not be read. It holds no value.
type Note struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Rule   string `json:"rule"`
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

// wayOf follows one row of the warehouse back.
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
		if x.Staging != nil {
			if x.Notes, err = notesOf(ctx, o.Staging, staging.Manifest, line); errors.Is(err, fs.ErrNotExist) {
				x.Missing, err = append(x.Missing, "staging: the quarantine has expired or was removed"), nil
			}
			if err != nil {
				return x, err
			}
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

// notesOf returns the notes of a booking. Where its reading has none, no object is read.
func notesOf(ctx context.Context, staging *lake.Zone, m lake.Result, line int64) (notes []Note, err error) {
	if m.Counts[reservation.KindReservation].Noted == 0 {
		return nil, nil
	}
	for _, o := range m.Objects {
		if o.Kind != lake.KindQuarantine {
			continue
		}
		err := parquetrows.Read(ctx, staging, o, func(batch []reservation.Refusal) error {
			for _, r := range batch {
				if r.Noted && r.Kind == reservation.KindReservation && r.Line == line {
					notes = append(notes, Note{strings.Clone(r.Field), strings.Clone(r.Reason), strings.Clone(r.Rule)})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return notes, nil
}

// follow makes a Manifest of what a zone had for a key. It notes one that is not there any more, and returns nil.
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
