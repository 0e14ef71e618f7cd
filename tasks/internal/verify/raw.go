package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/klauspost/compress/zstd"

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
	absent := map[string]int64{}
	for _, o := range m.Objects {
		a, err := v.rawObject(ctx, o)
		if err != nil {
			return false, err
		}
		absent[o.Kind] += a
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		n := m.Counts[kind] // listed and the objects' records balance, or the manifest would have been refused
		if absent[kind] != n.Absent {
			return false, newDifference(nextRaw, kind+": lines that say that a record is absent", n.Absent, absent[kind])
		}
		t.lines[kind] = n.Received + n.Absent
	}
	for _, o := range m.RequestLog {
		if _, err := v.rawObject(ctx, o); err != nil {
			return false, err
		}
	}
	return false, nil
}

// rawObject reads an object to its end, so that its SHA-256 is known to be the manifest's, and counts its lines.
func (v *verification) rawObject(ctx context.Context, o lake.Object) (absent int64, err error) {
	body, err := v.o.Raw.OpenObject(ctx, o)
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }()
	lines, absent, err := v.countLines(ctx, body)
	if err != nil {
		// An object that cannot be unpacked is most often not the one that the manifest names. The rest of the bytes tells.
		if _, rest := io.Copy(io.Discard, body); rest != nil {
			return 0, rest
		}
		if ctx.Err() != nil || fault.KindOf(err) != fault.Defect {
			return 0, err
		}
		return 0, fault.New(fault.Data, nextRaw, "object %s cannot be unpacked: %w", o.Key, err)
	}
	if lines != o.Records {
		return 0, newDifference(nextRaw, "lines of object "+o.Key, o.Records, lines)
	}
	return absent, nil
}

func (v *verification) countLines(ctx context.Context, body io.Reader) (n, absent int64, err error) {
	plain, err := zstd.NewReader(body,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return 0, 0, fmt.Errorf("unpack: %w", err)
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, record.MaxBytes)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return n, absent, nil
		}
		if err != nil {
			return n, absent, err
		}
		if n++; n%blockLines == 0 && ctx.Err() != nil {
			return n, absent, ctx.Err()
		}
		v.tick(StageRaw)
		if l, err := lake.ParseLine(line.Bytes); err == nil && l.Absent != "" { // a line that is none is for the quarantine
			absent++
		}
	}
}
