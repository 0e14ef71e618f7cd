package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/step"
	"covers/tasks/internal/thefork"
)

func flags() []cli.Flag {
	return slices.Concat(serverFlags(), openTableFlags(), theForkFlags(), []cli.Flag{
		step.ChoiceFlag("over-limit", "what happens to a limit beyond the maximum", "refuse", "refuse", "clamp"),
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

// Each flag of a platform stands for what its documentation leaves open; docs/api says what.

func openTableFlags() []cli.Flag {
	return []cli.Flag{
		step.DurationFlag("opentable-token-life", "how long OpenTable's tokens live", 7*24*time.Hour),
		step.ChoiceFlag("opentable-sort", "order of OpenTable's lists, by sequence_id or id", "oldest", "oldest", "newest", "id"),
		step.ChoiceFlag("opentable-updated-after", "whether updated_after leaves out the moment itself", "strict", "strict",
			"inclusive"),
		step.ChoiceFlag("opentable-scheduled-to", "whether scheduled_time_to counts the moment itself", "inclusive",
			"inclusive", "exclusive"),
		step.ChoiceFlag("opentable-next-page-url", "form of nextPageUrl", "absolute", "absolute", "relative", "null"),
		step.ChoiceFlag("opentable-foreign", "status for another's restaurant", "403", "403", "401"),
		step.ChoiceFlag("opentable-guest-tier", "whether guests have their personal fields", "person", "person", "record"),
	}
}

func openTable(c *cli.Context) mockapi.OpenTableSettings {
	foreign, _ := strconv.Atoi(c.String("opentable-foreign")) // the choices are numbers
	return mockapi.OpenTableSettings{
		TokenLife:    c.Duration("opentable-token-life"),
		Sort:         c.String("opentable-sort"),
		UpdatedAfter: c.String("opentable-updated-after"),
		ScheduledTo:  c.String("opentable-scheduled-to"),
		NextPageURL:  c.String("opentable-next-page-url"),
		Foreign:      foreign,
		GuestTier:    c.String("opentable-guest-tier"),
	}
}

func theForkFlags() []cli.Flag {
	return []cli.Flag{
		step.DurationFlag("thefork-token-life", "how long TheFork's tokens live", thefork.TokenLife*time.Second),
		step.ChoiceFlag("thefork-sort", "order of TheFork's lists, by last change or id", "oldest", "oldest", "newest", "id"),
		step.ChoiceFlag("thefork-end-date", "whether endDate is read too", "inclusive", "inclusive", "exclusive"),
		step.ChoiceFlag("thefork-day-zone", "what cuts TheFork's days", "utc", "utc", "restaurant"),
		step.ChoiceFlag("thefork-foreign", "status for another's group or restaurant", "403", "403", "401", "404"),
		step.ChoiceFlag("thefork-record", "a single record as it is, or in {\"data\": …}", "bare", "bare", "data"),
		step.ChoiceFlag("thefork-expired-token", "who refuses a token that has expired", "gateway", "gateway", "api"),
		step.BoolFlag("thefork-hide-life", "leave expires_in out of TheFork's token reply"),
	}
}

func theFork(c *cli.Context) mockapi.TheForkSettings {
	foreign, _ := strconv.Atoi(c.String("thefork-foreign")) // the choices are numbers
	return mockapi.TheForkSettings{
		TokenLife:    c.Duration("thefork-token-life"),
		Sort:         c.String("thefork-sort"),
		EndDate:      c.String("thefork-end-date"),
		DayZone:      c.String("thefork-day-zone"),
		Foreign:      foreign,
		Record:       c.String("thefork-record"),
		ExpiredToken: c.String("thefork-expired-token"),
		HideLife:     c.Bool("thefork-hide-life"),
	}
}
