package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// zoneNames are the zones of the lake, in the order in which they are opened and told of.
var zoneNames = []string{"raw", "staging", "processed"}

// opener is lake.Open or lake.OpenThere.
type opener func(context.Context, machine.Machine, string) (*lake.Zone, error)

// zonesOf opens the zones that are given by flags of these names, in the names' order. An error names the flag. A zone that is
// not given is nil.
func zonesOf(ctx context.Context, c *cli.Context, open opener, names ...string) (lake.Zones, error) {
	urls := make([]string, len(names))
	for i, name := range names {
		urls[i] = c.String(name)
	}
	return lake.OpenEach(urls, func(i int) (*lake.Zone, error) {
		z, err := open(ctx, machine.This(), urls[i])
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", names[i], err)
		}
		return z, nil
	})
}
