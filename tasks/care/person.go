package main

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/find"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/person"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
	"covers/tasks/internal/token"
)

// fromStdin is of every verb that takes a person. A person, and the ids of one, come on standard input alone: arguments are in
// a shell's history and in the list of processes.
const fromStdin = "The person's e-mail addresses and telephone numbers are read from standard input, a line each; a number\n" +
	"with its country's code, or else it is tried in each country of restaurants.yaml. The token key is read from\n" +
	"COVERS_TOKEN_KEY or the file that COVERS_TOKEN_KEY_FILE names."

// personFlags are what it takes to make a person's tokens.
func personFlags() []cli.Flag {
	return []cli.Flag{
		step.RestaurantsFlag(),
		step.IntFlag("token-key-number", "the `NUMBER` of the token key", 1, 1),
	}
}

// stdin is where a person comes from.
var stdin io.Reader = os.Stdin

// whoIsMeant returns the search for the person on standard input.
func whoIsMeant(ctx context.Context, c *cli.Context, in io.Reader) (o find.Options, err error) {
	o.Open = openWarehouse(c)
	if o.Person, err = person.Read(in); err != nil {
		return o, err
	}
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return o, err
	}
	o.Countries = find.Countries(registry)
	o.Key, err = token.ReadKey(ctx, machine.This().Getenv, c.Int64("token-key-number"), phone.Read)
	return o, err
}
