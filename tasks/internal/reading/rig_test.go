package reading

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

const day = "2026-03-27"

// tb is what a *testing.T and a *rapid.T have in common.
type tb interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// rig is one source of a fake platform and an empty raw zone, on a clock that costs nothing.
type rig struct {
	fake  *platformtest.Server
	clock *platformtest.Clock
	o     Options

	reader *Reader // of begin
}

var zones atomic.Int64

func newRig(t tb, src string) *rig {
	t.Helper()
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := lake.Open(context.Background(), machine.This(), fmt.Sprintf("mem://extract-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	fake := platformtest.New(t)
	for _, path := range []string{
		opentable.ReservationsPath, opentable.GuestsPath, thefork.ReservationsPath, thefork.CustomersPath,
	} {
		fake.Lists[path] = nil
	}
	s.Access.APIURL, s.Access.AuthURL, s.Access.RequestsPerSecond = fake.URL, fake.URL, 0
	if s.Platform == reservation.TheFork {
		s.Access.APIURL += thefork.BasePath
	}
	clock := platformtest.NewClock(time.Date(2026, 3, 28, 1, 30, 0, 123456789, time.UTC))
	return &rig{fake: fake, clock: clock, o: Options{
		Source: s, Day: day, By: ByAuto, Raw: raw, MaxSweeps: 6, InFlight: 4, Program: "test",
		ClientID: platformtest.ClientID, Secret: platformtest.ClientSecret,
		Machine: clock.Machine(),
	}}
}

// run runs and holds what came of it against every equation.
func (r *rig) run(t tb, ctx context.Context) (Outcome, error) {
	t.Helper()
	out, err := Run(ctx, r.o)
	if err != nil {
		return out, err
	}
	found, err := lake.Readings(context.Background(), r.o.Raw, r.o.Source.ID, r.o.Day) // holds counts against objects
	if err != nil {
		t.Fatal(err)
	}
	ok := false
	for _, f := range found {
		ok = ok || f.Key == out.Manifest
	}
	if !ok {
		t.Fatalf("the manifest %s is not among the %d readings", out.Manifest, len(found))
	}
	for _, kind := range r.o.Source.Kinds {
		c, lines := out.Reading.Counts[kind], r.lines(t, out, kind)
		if c.Listed != c.Received+c.Repeated+c.Gone+c.Absent+c.Unread || c.Received+c.Absent+c.Unread != int64(len(lines)) {
			t.Errorf("%s: counts %+v, %d lines", kind, c, len(lines))
		}
	}
	if n := int64(len(r.log(t, out))); n != out.Reading.Requests+out.Reading.TokenRequests || n == 0 {
		t.Errorf("%d lines for %d requests and %d token requests", n, out.Reading.Requests, out.Reading.TokenRequests)
	}
	return out, nil
}

// log returns the lines of a reading's request log, in order.
func (r *rig) log(t tb, out Outcome) (lines []lake.Request) {
	t.Helper()
	r.each(t, out.Reading.RequestLog, func(text []byte) {
		var line lake.Request
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	})
	return lines
}

// each returns the lines of objects, which are numbered without a gap.
func (r *rig) each(t tb, objects []lake.Object, use func(line []byte)) {
	t.Helper()
	n := int64(0)
	for _, object := range objects {
		if object.FirstLine != n+1 {
			t.Errorf("object %s begins at line %d, want %d", object.Key, object.FirstLine, n+1)
		}
		body, err := r.o.Raw.OpenObject(context.Background(), object)
		if err != nil {
			t.Fatal(err)
		}
		zip, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		scan := bufio.NewScanner(zip)
		scan.Buffer(nil, 32<<20)
		for scan.Scan() {
			n++
			use(scan.Bytes())
		}
		if scan.Err() != nil {
			t.Fatal(scan.Err())
		}
		zip.Close()
		_ = body.Close()
	}
}

// lines returns a reading's lines of a kind, taken apart, in order.
func (r *rig) lines(t tb, out Outcome, kind string) (lines []lake.RawLine) {
	t.Helper()
	var objects []lake.Object
	for _, object := range out.Reading.Objects {
		if object.Kind == kind {
			objects = append(objects, object)
		}
	}
	r.each(t, objects, func(text []byte) {
		line, err := lake.ParseLine(bytes.Clone(text))
		if err != nil || string(line.Kind) != kind || len(line.Request) == 0 || line.ReadAt.IsZero() {
			t.Fatalf("line %d: %v", len(lines)+1, err)
		}
		lines = append(lines, line)
	})
	return lines
}

// left returns the keys of all that is in the zone.
func (r *rig) left(t tb) (keys []string) {
	t.Helper()
	for entry, err := range r.o.Raw.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, entry.Key)
	}
	return keys
}

func mustRun(t *testing.T, r *rig) Outcome {
	t.Helper()
	out, err := r.run(t, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
