package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/find"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/step"
)

func findCommand() step.Command {
	return step.Command{
		Name:  "find",
		Usage: "list the ids under which the platforms know a person",
		Description: "" +
			"Lists the ids of all guests in the warehouse who ever had one of the addresses or numbers, on every platform\n" +
			"and of every restaurant and account, and of those whom a platform merged with one of them. Nothing is changed.\n" +
			"Ids are personal: they are shown on a terminal, and written to the file of --json, which its user alone may\n" +
			"read; the result has their number.\n\n" + fromStdin,
		Flags: append([]cli.Flag{
			step.WarehouseFlag(),
			step.StringFlag("json", "also write the list to this `FILE`, as JSON, for its user alone", "", false),
		}, personFlags()...),
		Run: runFind,
	}
}

func runFind(ctx context.Context, c *cli.Context) (result step.Result, err error) {
	result.Status = step.StatusUnchanged
	o, err := whoIsMeant(ctx, c, stdin)
	if err != nil {
		return result, err
	}
	out, err := find.Run(ctx, o)
	if err != nil {
		return result, err
	}
	result.Counts.Add("find", "guests", int64(len(out.Guests)))
	result.Counts.Add("find", "under_other_keys", out.OtherKeys)
	result.Text = out.Text()
	if path := c.String("json"); path != "" {
		text, err := json.MarshalIndent(map[string]any{"guests": found(out)}, "", "  ")
		if err != nil {
			return result, fmt.Errorf("write the list: %w", err)
		}
		if err := replace.Private(path, append(text, '\n')); err != nil {
			return result, fault.New(fault.Usage, "name a file in a folder that can be written to", "--json: %w", err)
		}
		result.Status = step.StatusDone
	}
	return result, nil
}

// listed is a guest as the file of --json has it.
type listed struct {
	Platform string `json:"platform"`
	Source   string `json:"source"`
	ID       string `json:"id"`
	FoundBy  string `json:"found_by"`
	Records  int64  `json:"records"`
	Bookings int64  `json:"bookings"`
}

func found(out find.Outcome) []listed {
	all := []listed{}
	for _, g := range out.Guests {
		all = append(all, listed{g.Platform, g.Source, g.CustomerID, find.FoundBy(g), g.Observations, g.Bookings})
	}
	return all
}
