package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
)

func explainCommand() step.Command {
	return step.Command{
		Name:  "explain",
		Usage: "follow a reservation from its row back to the platform's answer",
		Description: "Shows the current row of a reservation, every observation of it and when it was absent, each with its ledger entry, the\n" +
			"manifests it came through, its place in raw, the platform's request id and when it was read. The record itself holds\n" +
			"personal data and is shown only with --bodies, on a terminal: the result line never holds it. What has expired is\n" +
			"named, and so is that the guest was erased.",
		Flags: []cli.Flag{
			step.ChoiceFlag("platform", "the reservation's platform", "", reservation.OpenTable, reservation.TheFork),
			step.StringFlag("reservation", "the platform's `ID` of the reservation", "", true),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			step.BodiesFlag("show the records as the platform gave them: personal data, on a terminal only"),
			&cli.BoolFlag{Name: "body", Hidden: true}, // what --bodies was called before
		},
		Run: runExplain,
	}
}

func runExplain(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := ExplainOptions{
		Platform: c.String("platform"), Reservation: c.String("reservation"), Warehouse: c.String("warehouse"),
	}
	if c.Bool("body") {
		if err := c.Set("bodies", "true"); err != nil {
			return result, err
		}
	}
	if o.Bodies, err = step.Bodies(ctx, c); err != nil {
		return result, err
	}
	for _, z := range []struct {
		name string
		zone **lake.Zone
	}{{"raw", &o.Raw}, {"staging", &o.Staging}, {"processed", &o.Processed}} {
		zone, err := lake.Open(ctx, machine.This(), c.String(z.name))
		if err != nil {
			return result, err
		}
		*z.zone = zone
		defer func() { err = errors.Join(err, zone.Close()) }()
	}
	out, err := Explain(ctx, o)
	if err != nil {
		return result, err
	}
	result.Details = out
	counts := map[string]int64{"observations": int64(len(out.Observations))}
	if n := len(out.Absences); n > 0 {
		counts["absent"] = int64(n)
	}
	result.Counts = map[string]map[string]int64{reservation.KindReservation: counts}
	result.Text = out.text()
	return result, nil
}

// text is the booking's way for people, newest first.
func (e Explained) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reservation %s of %s\n\n", e.Reservation, e.Platform)
	if e.Why != "" {
		fmt.Fprintf(&b, "no current row: %s\n", e.Why)
	} else {
		b.WriteString("current row\n")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Current)) {
		if v := e.Current[name]; v != nil {
			fmt.Fprintf(&b, "  %-18s %v\n", name, v)
		}
	}
	at := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
	}
	if slices.ContainsFunc(e.Observations, func(x Observation) bool { return x.Current && x.Erased }) {
		fmt.Fprintf(&b, "  %-18s %s\n", "guest", erased)
	}
	for i, x := range e.Absences {
		fmt.Fprintf(&b, "\nabsent at %v, asked by reading %v (%d of %d)\n", x.Row["read_at"], x.Row["reading"], i+1, len(e.Absences))
		at("reading", "%v, line %v, source %v", x.Row["reading"], x.Row["line"], x.Row["source"])
		x.show(at)
	}
	for i, x := range e.Observations {
		is := ""
		switch {
		case x.Current:
			is = ", the current one"
		case x.Superseded:
			is = ", superseded: the reservation was absent at that time or since"
		}
		fmt.Fprintf(&b, "\nobservation %d of %d%s\n", i+1, len(e.Observations), is)
		at("says", "%v, party of %v, for %v, clock %v/%v", x.Row["status"], x.Row["party_size"], x.Row["scheduled_local"], x.Row["clock_epoch"], x.Row["clock"])
		at("reading", "%v, line %v, read at %v", x.Row["reading"], x.Row["line"], x.Row["read_at"])
		if x.Erased {
			at("guest", erased)
		}
		x.show(at)
	}
	return b.String()
}

const erased = "erased: the guest's id was taken off the row, and with it the digest"

// show tells the way, a line a stop.
func (x Way) show(at func(what, format string, args ...any)) {
	if l := x.Ledger; l != nil {
		at("ledger", "rank %s, loaded %s by %q", l.Rank, l.LoadedAt.Format("2006-01-02 15:04:05"), l.Program)
	}
	if m := x.Processed; m != nil {
		at("processed", "%s/%s", m.Zone, m.Key)
	}
	if m := x.Staging; m != nil {
		at("staging", "%s/%s", m.Zone, m.Key)
	}
	if p := x.Raw; p != nil {
		at("raw", "%s/%s, line %d", p.Zone, p.Object, p.Line)
		at("request", "%s, answered %s", p.Request, p.ReadAt)
		if p.Body != "" {
			at("body", "%s", p.Body)
		}
	}
	for _, m := range x.Missing {
		at("missing", "%s", m)
	}
}
