package demo

import (
	"context"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// sample finds a reservation that people can follow: one of the last day that has no defect.
func (d *demo) sample(ctx context.Context) string {
	zone, err := lake.Open(ctx, d.Machine, d.world.zone("simulator"))
	if err != nil {
		return ""
	}
	defer zone.Close()
	for _, s := range d.Registry.Sources {
		if s.Platform != reservation.OpenTable {
			continue
		}
		id := simulator.ID{Platform: s.Platform, Restaurant: s.RestaurantID, Day: d.Days[len(d.Days)-1]}
		day, err := simulator.ReadDay(ctx, zone, id)
		if err != nil {
			return ""
		}
		defect := map[string]bool{}
		for a, err := range simulator.Answers(ctx, zone, day) {
			if err != nil {
				return ""
			}
			defect[a.ID] = true
		}
		for line, err := range simulator.Records(ctx, zone, day, reservation.KindReservation) {
			if err == nil && !defect[line.ID] {
				return line.ID
			}
		}
	}
	return ""
}
