package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// maxLine is above any line whose record was accepted.
const maxLine = 32 << 20

// placeOf finds a line of a kind in a reading's objects. The object is read to its end, so that it is known to be what the
// manifest says.
func placeOf(ctx context.Context, raw *lake.Zone, m lake.Reading, kind string, line int64, withBody bool) (*Place, error) {
	for _, o := range m.Objects {
		if o.Kind != kind || line < o.FirstLine || line >= o.FirstLine+o.Records {
			continue
		}
		p := &Place{Object: o.Key, Line: line - o.FirstLine + 1}
		text, err := lineOf(ctx, raw, o, p.Line)
		if err != nil {
			return nil, err
		}
		l, err := lake.ParseLine(text)
		if err != nil {
			return nil, fault.New(fault.Data, "", "read line %d of object %s: %w", p.Line, o.Key, err)
		}
		p.Request, p.ReadAt = string(l.Request), l.ReadAt.Format("2006-01-02T15:04:05.000000Z")
		if withBody {
			p.Body = strings.ToValidUTF8(string(l.Record), "\uFFFD")
		}
		return p, nil
	}
	return nil, fault.New(fault.Data, "look at what wrote the reading", "no object of reading %s has line %d of kind %s",
		m.Reading, line, kind)
}

// lineOf returns one line of an object, from 1.
func lineOf(ctx context.Context, raw *lake.Zone, o lake.Object, n int64) (text []byte, err error) {
	body, err := raw.OpenObject(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	plain, err := lake.Unpack(body)
	if err != nil {
		return nil, fmt.Errorf("unpack object %s: %w", o.Key, err)
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	lines := lake.NewLineReader(plain, maxLine)
	for {
		line, err := lines.Next()
		switch {
		case errors.Is(err, io.EOF) && text == nil:
			return nil, fault.New(fault.Data, "", "object %s ends before line %d", o.Key, n)
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, fault.New(fault.Data, "", "read object %s: %w", o.Key, err)
		case line.N > o.Records: // a small object can hold very many
			return nil, fault.New(fault.Data, "", "object %s has more than the %d lines that its manifest says", o.Key, o.Records)
		case line.N == n && line.TooLong:
			return nil, fault.New(fault.Data, "", "line %d of object %s is too long", n, o.Key)
		case line.N == n:
			text = append([]byte{}, line.Bytes...)
		}
	}
}
