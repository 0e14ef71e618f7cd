package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/load"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
)

const explainDescription = "" +
	"Shows the current row of a reservation, every observation of it and when it was absent, each with its ledger entry, the\n" +
	"manifests it came through, its place in raw, the platform's request id and when it was read. The record itself holds\n" +
	"personal data and is shown only with --bodies, on a terminal: the result line never holds it. What has expired is\n" +
	"named, and so is that the guest was erased."

func explainCommand() step.Command {
	return step.Command{
		Name:        "explain",
		Usage:       "follow a reservation from its row back to the platform's answer",
		Description: explainDescription,
		Flags: []cli.Flag{
			step.ChoiceFlag("platform", "the reservation's platform", "", platforms.Names()...),
			step.StringFlag("reservation", "the platform's `ID` of the reservation", "", true),
			step.ZoneFlag("raw"),
			step.ZoneFlag("staging"),
			step.ZoneFlag("processed"),
			step.WarehouseFlag(),
			step.BodiesFlag("show the records as the platform gave them: personal data, on a terminal only"),
		},
		Run: runExplain,
	}
}

func runExplain(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o := load.ExplainOptions{Platform: c.String("platform"), Reservation: c.String("reservation"), Open: openWarehouse(c)}
	if o.Bodies, err = step.Bodies(ctx, c); err != nil {
		return result, err
	}
	zones, err := lake.OpenZones(ctx, machine.This(), c.String("raw"), c.String("staging"), c.String("processed"))
	if err != nil {
		return result, err
	}
	defer zones.Close()
	o.Raw, o.Staging, o.Processed = zones[0], zones[1], zones[2]
	out, err := load.Explain(ctx, o)
	if err != nil {
		return result, err
	}
	result.Details, result.Text = out, out.Text()
	result.Counts.Add(reservation.KindReservation, "observations", int64(len(out.Observations)))
	if n := len(out.Absences); n > 0 {
		result.Counts.Add(reservation.KindReservation, "absent", int64(n))
	}
	return result, nil
}
