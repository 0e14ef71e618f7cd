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
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/task"
)

func explainCommand() task.Command {
	return task.Command{
		Name:  "explain",
		Usage: "follow a reservation from its row back to the platform's answer",
		Description: "Shows the current row of a reservation and every observation of it, each with its ledger entry, the manifests it\n" +
			"came through, its place in raw, the platform's request id and when it was read. The record itself holds personal\n" +
			"data and is shown only with --body. What has expired is named.",
		Flags: []cli.Flag{
			task.ChoiceFlag("platform", "the reservation's platform", "", reservation.OpenTable, reservation.TheFork),
			task.StringFlag("reservation", "the platform's `ID` of the reservation", "", true),
			task.ZoneFlag("raw"),
			task.ZoneFlag("staging"),
			task.ZoneFlag("processed"),
			warehouseFlag(),
			task.BoolFlag("body", "show the records as the platform gave them: personal data"),
		},
		Run: runExplain,
	}
}

func runExplain(ctx context.Context, c *cli.Context) (result task.Result, err error) {
	result.Status = task.StatusUnchanged
	o := ExplainOptions{
		Platform: c.String("platform"), Reservation: c.String("reservation"), Warehouse: c.String("warehouse"), Body: c.Bool("body"),
	}
	for _, z := range []struct {
		name string
		zone **lake.Zone
	}{{"raw", &o.Raw}, {"staging", &o.Staging}, {"processed", &o.Processed}} {
		zone, err := lake.Open(ctx, c.String(z.name))
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
	result.Counts = map[string]map[string]int64{reservation.KindReservation: {"observations": int64(len(out.Observations))}}
	result.Text = out.text()
	return result, nil
}

// text is the booking's way for people, newest first.
func (e Explained) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reservation %s of %s\n\ncurrent row\n", e.Reservation, e.Platform)
	for _, name := range slices.Sorted(maps.Keys(e.Current)) {
		if v := e.Current[name]; v != nil {
			fmt.Fprintf(&b, "  %-18s %v\n", name, v)
		}
	}
	for i, x := range e.Observations {
		is := ""
		if x.Current {
			is = ", the current one"
		}
		fmt.Fprintf(&b, "\nobservation %d of %d%s\n", i+1, len(e.Observations), is)
		at := func(what, format string, args ...any) {
			fmt.Fprintf(&b, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
		}
		at("says", "%v, party of %v, for %v, clock %v/%v", x.Row["status"], x.Row["party_size"], x.Row["scheduled_local"], x.Row["clock_epoch"], x.Row["clock"])
		at("reading", "%v, line %v, read at %v", x.Row["reading"], x.Row["line"], x.Row["read_at"])
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
	return b.String()
}
