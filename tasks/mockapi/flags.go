package main

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/step"
	"covers/tasks/internal/thefork"
)

func flags() []cli.Flag {
	return slices.Concat(serverFlags(), choiceFlags(), []cli.Flag{
		step.DurationFlag("opentable-token-life", "how long OpenTable's tokens live; the documents' example is 23 days",
			7*24*time.Hour),
		step.DurationFlag("thefork-token-life", "how long TheFork's tokens live; the documents say 8600 s",
			thefork.TokenLife*time.Second),
		step.StringFlag("opentable-push-to", "send OpenTable's reservation webhooks of what changes from now on to this `URL`",
			"", false),
		step.ChoiceFlag("opentable-push-auth", "how the receiver is shown that it is OpenTable; the documents name both", "basic",
			"basic", "bearer"),
		step.StringFlag("thefork-push-to", "send TheFork's events of what changes from now on to this `URL`", "", false),
		step.StringFlag("scenario", "what goes wrong: a YAML `FILE`, or the name of a built-in scenario", "", false),
	})
}

func serverFlags() []cli.Flag {
	return []cli.Flag{
		step.ZoneFlag("data"),
		step.RestaurantsFlag(),
		step.StringFlag("listen", "`HOST:PORT`; port 0 takes a free one", "127.0.0.1:8080", false),
		step.StringFlag("url-file", "write the server's URL into this `FILE` once it serves", "", false),
	}
}

// choiceFlags are the settings of words: what the platforms' documentation says twice, or leaves open. docs/api says what.
func choiceFlags() (all []cli.Flag) {
	for i := range mockapi.Choices {
		c := &mockapi.Choices[i]
		all = append(all, step.ChoiceFlag(c.Name, c.About, c.Values[0], c.Values...))
	}
	return all
}

// chosen returns the settings that the flags say.
func chosen(c *cli.Context) (s mockapi.Settings) {
	for i := range mockapi.Choices {
		choice := &mockapi.Choices[i]
		choice.Set(&s, c.String(choice.Name))
	}
	s.OpenTable.TokenLife, s.TheFork.TokenLife = c.Duration("opentable-token-life"), c.Duration("thefork-token-life")
	return s
}
