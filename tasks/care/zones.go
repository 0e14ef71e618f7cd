package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// zoneNames are the zones of the lake, in the order in which they are opened and told of.
var zoneNames = []string{"raw", "staging", "processed"}

// openZones opens the zones that are given by flags of these names, in the names' order, and closes them again where one cannot
// be opened. A zone that is not given is nil. open is lake.Open or lake.OpenThere.
func openZones(
	ctx context.Context, c *cli.Context, open func(context.Context, machine.Machine, string) (*lake.Zone, error), names ...string,
) (lake.Zones, error) {
	zones := make(lake.Zones, len(names))
	for i, name := range names {
		if c.String(name) == "" {
			continue
		}
		z, err := open(ctx, machine.This(), c.String(name))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("--%s: %w", name, err), zones.Close())
		}
		zones[i] = z
	}
	return zones, nil
}
