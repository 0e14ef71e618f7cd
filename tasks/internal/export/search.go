package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// Record is a record of raw.
type Record struct {
	Reading string          `json:"reading"`
	Kind    string          `json:"kind"`
	Line    int64           `json:"line"` // among the reading's lines of the kind
	ReadAt  time.Time       `json:"read_at"`
	Request string          `json:"request"` // the platform's id of the request
	Record  json.RawMessage `json:"record"`
}

// Row is a row of an object behind raw.
type Row struct {
	Zone   string `json:"zone"`
	Object string `json:"object"`
	Kind   string `json:"kind"`
	Row    any    `json:"row"`
}

// search looks through zones for the person's records and rows.
type search struct {
	ids    map[warehouse.Subject]bool
	values []string
	into   *Document
	seen   map[string]bool // objects
}

// each reads the manifests of a zone, and hands over the objects that each names, each object once.
func each[T lake.Manifest](ctx context.Context, s *search, z *lake.Zone, of func(T) (string, []lake.Object),
	use func(context.Context, string, lake.Object) error) error {
	s.seen = map[string]bool{}
	for e, err := range z.List(ctx, "") {
		if err != nil {
			return err
		}
		if !lake.IsManifestKey(e.Key) {
			continue
		}
		m, err := lake.Read[T](ctx, z, e.Key)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		name, objects := of(m.Manifest)
		for _, o := range objects {
			if s.seen[o.Key] || o.Kind != reservation.KindReservation && o.Kind != reservation.KindCustomer {
				continue
			}
			s.seen[o.Key] = true
			if err := use(ctx, name, o); err != nil && !errors.Is(err, fs.ErrNotExist) { // what expires meanwhile is held no more
				return err
			}
		}
	}
	return nil
}

func (s *search) raw(ctx context.Context, z *lake.Zone) error {
	return each(ctx, s, z, func(m lake.Reading) (string, []lake.Object) { return m.Reading, m.Objects },
		func(ctx context.Context, reading string, o lake.Object) error { return s.lines(ctx, z, reading, o) })
}

func (s *search) staging(ctx context.Context, z *lake.Zone) error {
	return each(ctx, s, z, func(m lake.Result) (string, []lake.Object) { return "staging", m.Objects }, s.rowsOf(z))
}

func (s *search) processed(ctx context.Context, z *lake.Zone) error {
	return each(ctx, s, z, func(m lake.Processed) (string, []lake.Object) { return "processed", m.Objects }, s.rowsOf(z))
}

// rowsOf looks through an object behind raw.
func (s *search) rowsOf(z *lake.Zone) func(context.Context, string, lake.Object) error {
	return func(ctx context.Context, zone string, o lake.Object) error {
		if o.Kind == reservation.KindCustomer {
			return parquetrows.Read(ctx, z, o, func(batch []reservation.Customer) error {
				for _, row := range batch {
					if s.ids[warehouse.Subject{Platform: row.Platform, CustomerID: row.CustomerID}] {
						s.into.Rows = append(s.into.Rows, Row{zone, o.Key, o.Kind, row})
					}
				}
				return nil
			})
		}
		return parquetrows.Read(ctx, z, o, func(batch []reservation.Reservation) error {
			for _, row := range batch {
				if row.CustomerID != nil && s.ids[warehouse.Subject{Platform: row.Platform, CustomerID: *row.CustomerID}] {
					s.into.Rows = append(s.into.Rows, Row{zone, o.Key, o.Kind, row})
				}
			}
			return nil
		})
	}
}

// lines looks through an object of raw.
func (s *search) lines(ctx context.Context, z *lake.Zone, reading string, o lake.Object) error {
	platform, _, _ := strings.Cut(reading, "/")
	of, err := platforms.Of(platform)
	if err != nil {
		return err
	}
	body, err := z.OpenObject(ctx, o)
	if err != nil {
		return err
	}
	defer body.Close()
	plain, err := lake.Unpack(body)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, record.MaxBytes)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Data, "see what `care verify` says of its day", "object %s/%s cannot be unpacked: %w", z.URL(),
				o.Key, err)
		}
		if line.N > o.Records {
			return fault.New(fault.Data, "see what `care verify` says of its day", "object %s/%s has more lines "+
				"than its manifest says", z.URL(), o.Key)
		}
		l, err := lake.ParseLine(line.Bytes)
		if err != nil {
			l = lake.RawLine{Record: line.Bytes} // a line that is none is held all the same
		}
		if l.InPlace() || !s.theirs(platform, of.Reductions[o.Kind], l) {
			continue
		}
		r := Record{Reading: reading, Kind: o.Kind, Line: o.FirstLine + line.N - 1, ReadAt: l.ReadAt, Request: string(l.Request),
			Record: bytes.Clone(l.Record)}
		if !json.Valid(r.Record) {
			if r.Record, err = json.Marshal(string(l.Record)); err != nil {
				return fmt.Errorf("write a record down: %w", err)
			}
		}
		s.into.Records = append(s.into.Records, r)
	}
}

// theirs reports whether a record is the person's.
func (s *search) theirs(platform string, reduction record.Reduction, l lake.RawLine) bool {
	if s.ids[warehouse.Subject{Platform: platform, CustomerID: reduction.GuestOf(l.Record)}] ||
		l.Asked != "" && s.ids[warehouse.Subject{Platform: platform, CustomerID: record.Canonical(l.Asked)}] {
		return true
	}
	lower := bytes.ToLower(l.Record)
	for _, v := range s.values {
		if bytes.Contains(lower, []byte(strings.ToLower(v))) {
			return true
		}
	}
	return false
}
