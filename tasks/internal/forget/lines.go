package forget

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/record"
	"covers/tasks/internal/warehouse"
)

// maxLine bounds a line of raw that can be rewritten, far above what a record may have.
const maxLine = 16 * record.MaxBytes

// eachLine hands over the lines of an object of raw, each with what is left of it: the line itself where it names none of the
// guests. Lines keep their number, and records their place: rows behind raw go on naming them. A line is void after the call.
func (w *zoneWork) eachLine(ctx context.Context, o lake.Object, use func(left []byte, changed bool) error) error {
	platform, _, _ := strings.Cut(o.Key, "/")
	of, err := platforms.Of(platform)
	if err != nil {
		return err
	}
	reduction := of.Reductions[o.Kind]
	body, err := w.OpenObject(ctx, o)
	if err != nil {
		return err
	}
	defer body.Close()
	plain, err := lake.Unpack(body)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer plain.Close()
	n, lines := int64(0), lake.NewLineReader(plain, maxLine)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return w.corrupt(o, "it cannot be unpacked: %w", err)
		}
		if n++; n > o.Records { // a small object can hold very many
			return w.corrupt(o, "its manifest says %d lines, it has more", o.Records)
		}
		if line.TooLong {
			return w.corrupt(o, "line %d is longer than can be rewritten", line.N)
		}
		left, changed := w.leftOf(platform, reduction, line.Bytes)
		if err := use(left, changed); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil { // to its end, so that its SHA-256 is the manifest's
		return err
	}
	if n != o.Records {
		return w.corrupt(o, "its manifest says %d lines, it has %d", o.Records, n)
	}
	return nil
}

func (w *zoneWork) corrupt(o lake.Object, format string, args ...any) error {
	return fault.New(fault.Data, "see what `care verify` says of its day; where raw is past repair, remove the reading",
		"object %s/%s: "+format, append([]any{w.URL(), o.Key}, args...)...)
}

// leftOf returns what is left of a line, and whether that is less than it was.
func (w *zoneWork) leftOf(platform string, reduction record.Reduction, line []byte) (left []byte, changed bool) {
	l, err := lake.ParseLine(line)
	if err != nil || l.InPlace() {
		// Our own line has an id at most. One that is none has whatever it has: where a value stands in it, it goes.
		if l.InPlace() || !w.says(line) {
			return line, false
		}
		return []byte("{}"), true
	}
	if !w.guests[warehouse.Subject{Platform: platform, CustomerID: guestOf(l, reduction)}] && !w.says(l.Record) {
		return line, false
	}
	reduced := reduction.Reduce(l.Record)
	if bytes.Equal(reduced, l.Record) {
		return line, false // as an erasure left it
	}
	out := lake.AppendAsked(nil, string(l.Kind), string(l.Request), l.ReadAt, l.Asked, reduced)
	return bytes.TrimSuffix(out, []byte("\n")), true
}

// guestOf returns the id of a record's guest: its own, or in a guest's record that has none the one that it was asked for by.
func guestOf(l lake.RawLine, reduction record.Reduction) string {
	if id := reduction.GuestOf(l.Record); id != "" || string(l.Kind) != "customer" {
		return id
	}
	return record.Canonical(l.Asked)
}

// says reports whether a text has one of the values that the person was looked for by.
func (w *zoneWork) says(text []byte) bool {
	if len(w.Values) == 0 {
		return false
	}
	lower := bytes.ToLower(text)
	for _, v := range w.Values {
		if bytes.Contains(lower, []byte(strings.ToLower(v))) {
			return true
		}
	}
	return false
}

// countLines returns how many lines of an object are to be rewritten.
func (w *zoneWork) countLines(ctx context.Context, o lake.Object) (n int64, err error) {
	err = w.eachLine(ctx, o, func(_ []byte, changed bool) error {
		if changed {
			n++
		}
		return nil
	})
	return n, err
}

// remakeLines makes an object of raw anew, as a reading does.
func (w *zoneWork) remakeLines(ctx context.Context, o lake.Object) ([]lake.Object, error) {
	out, err := w.Begin(w.Machine.Now).NewObject(o.Kind, path.Dir(o.Key)+"/", "ndjson.zst")
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	zip, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("write an object: %w", err)
	}
	err = w.eachLine(ctx, o, func(left []byte, _ bool) error {
		_, err := zip.Write(append(left, '\n'))
		return err
	})
	if err := errors.Join(err, zip.Close()); err != nil {
		return nil, err
	}
	made, err := out.Commit(ctx, o.Records, o.FirstLine)
	return []lake.Object{made}, err
}
