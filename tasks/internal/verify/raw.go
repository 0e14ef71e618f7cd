package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/record"
)

const nextRaw = "restore it from the store's older versions, or extract the day again: a newer reading makes up for it"

// raw counts a reading's lines. A reading that only later stages know has expired.
func (v *verification) raw(ctx context.Context, t *trail) (gone bool, err error) {
	if t.raw == nil {
		return true, nil
	}
	m := t.raw.Manifest
	seen := map[string]rawLines{}
	for _, o := range m.Objects {
		lines, err := v.rawObject(ctx, o)
		if err != nil {
			return false, err
		}
		seen[o.Kind] = seen[o.Kind].plus(lines)
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		n, is := m.Counts[kind], seen[kind] // listed and the objects' records balance, or the manifest would have been refused
		if is.absent != n.Absent {
			return false, newDifference(nextRaw, kind+": lines that say that a record is absent", n.Absent, is.absent)
		}
		if is.unread != n.Unread {
			return false, newDifference(nextRaw, kind+": lines that say that a record was not read", n.Unread, is.unread)
		}
		t.lines[kind] = n.Received + n.Absent + n.Unread
	}
	for _, o := range m.RequestLog {
		if _, err := v.rawObject(ctx, o); err != nil {
			return false, err
		}
	}
	return false, nil
}

// rawLines are how many lines there are, and how many of them stand in the place of a record.
type rawLines struct{ all, absent, unread int64 }

func (l rawLines) plus(other rawLines) rawLines {
	return rawLines{l.all + other.all, l.absent + other.absent, l.unread + other.unread}
}

// rawObject reads an object to its end, so that its SHA-256 is known to be the manifest's, and counts its lines.
func (v *verification) rawObject(ctx context.Context, o lake.Object) (lines rawLines, err error) {
	body, err := v.o.Raw.OpenObject(ctx, o)
	if err != nil {
		return lines, err
	}
	defer func() { _ = body.Close() }()
	if lines, err = v.countLines(ctx, body, o.Records); err != nil {
		// An object that cannot be unpacked is most often not the one that the manifest names. The rest of the bytes tells.
		if _, rest := io.Copy(io.Discard, body); rest != nil {
			return lines, rest
		}
		if ctx.Err() != nil || fault.KindOf(err) != fault.Defect {
			return lines, err
		}
		return lines, fault.New(fault.Data, nextRaw, "object %s cannot be unpacked: %w", o.Key, err)
	}
	if lines.all > o.Records {
		return lines, newDifference(nextRaw, "lines of object "+o.Key, o.Records, "more")
	}
	if lines.all != o.Records {
		return lines, newDifference(nextRaw, "lines of object "+o.Key, o.Records, lines.all)
	}
	return lines, nil
}

// countLines counts lines, up to one more than there can be: a small object can hold very many.
func (v *verification) countLines(ctx context.Context, body io.Reader, most int64) (n rawLines, err error) {
	plain, err := lake.Unpack(body)
	if err != nil {
		return n, fmt.Errorf("unpack: %w", err)
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, record.MaxBytes)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if n.all++; n.all > most {
			return n, nil
		}
		if n.all%blockLines == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		v.tick(StageRaw)
		l, err := lake.ParseLine(line.Bytes)
		switch {
		case err != nil: // a line that is none is for the quarantine
		case l.Absent != "":
			n.absent++
		case l.Unread != "":
			n.unread++
		}
	}
}
