package validate_test

import (
	"runtime"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// repeated is a zstd frame that is so many times one byte, 128 KiB in four bytes, after some bytes as they are. window is the
// byte with which it says how large its window is (RFC 8878, 3.1.1.1.2).
func repeated(first string, of byte, n int, window byte) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, window}
	block := func(size int, kind, last uint32) {
		head := uint32(size)<<3 | kind<<1 | last
		b = append(b, byte(head), byte(head>>8), byte(head>>16))
	}
	block(len(first), 0, 0)
	b = append(b, first...)
	for ; n > 128<<10; n -= 128 << 10 {
		block(128<<10, 1, 0)
		b = append(b, of)
	}
	block(n, 1, 1)
	return append(b, of)
}

// A small object of raw can hold very much. It is refused, or the line is, before there is room or time for it.
func TestRawBombs(t *testing.T) {
	const quarter = 256 << 20
	line := string(lake.AppendLine(nil, reservations, "r", vt.Noon, []byte("{}")))
	for name, c := range map[string]struct {
		frame []byte
		says  string // nothing: the line is in quarantine
	}{
		"lines without end":    {repeated(line, '\n', quarter, 0x38), "its manifest says 1 lines, it holds more"},
		"one line without end": {repeated("{", 'x', quarter, 0x38), ""},
		"a window of 2 GiB":    {repeated(line, '\n', 1, 0xa8), "window size exceeded"},
		"a window of 3.75 TiB": {repeated(line, '\n', 1, 0xff), "window size exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			o.MaxRefused = 1
			id := lake.ReadingID{Source: "opentable/101", Day: vt.Day, By: lake.ByUpdated, Name: vt.First}
			a := o.Raw.Begin(vt.Now)
			w, err := a.NewObject(reservations, lake.ReadingPrefix(id), "ndjson.zst")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(c.frame); err != nil {
				t.Fatal(err)
			}
			x, err := w.Commit(ctx, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			vt.Publish(t, a, id, lake.Reading{
				Version: lake.Version, Reading: id.String(), Source: id.Source, Day: vt.Day, By: id.By,
				StartedAt: vt.Noon, FinishedAt: vt.Noon, Sweeps: 2, Objects: []lake.Object{x},
				Counts: map[string]lake.RawCounts{reservations: {Listed: 1, Received: 1}, customers: {}},
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out, err := validate.Run(ctx, o)
			runtime.ReadMemStats(&after)
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 64 {
				t.Errorf("it took %d MiB", n)
			}
			switch {
			case c.says == "" && (err != nil || out.Results[0].Result.Counts[reservations].Quarantined != 1):
				t.Errorf("%+v, %v", out.Results, err)
			case c.says != "" && (fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v", err)
			}
		})
	}
}
