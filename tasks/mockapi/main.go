// Command mockapi is both platforms in one server, as their documentation describes them from outside: OpenTable's Sync API
// v2 at /api/v2/oauth/token and /sync/v2/…, TheFork's B2B API at /oauth/token and /manager/v1/…. It serves what generate
// wrote, and takes in days that are written while it runs. Where the documentation is silent there is a setting.
//
// Start with Server and its routing. The server refuses to know what is in a record: it serves bytes, good or bad.
package main

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/step"
	"covers/tasks/internal/thefork"
)

func main() { step.Main(definition(os.Getenv)) }

func definition(getenv func(string) string) step.Step {
	return step.Step{
		Name:  "mockapi",
		Usage: "serve simulated booking platforms over HTTP",
		Description: "Serves until it is stopped, and then answers what it has begun: 0, or 143 where it had to cut off answers that took too long.\n" +
			"A client shows what the environment names:\n" +
			"COVERS_OPENTABLE_CLIENT_ID and COVERS_OPENTABLE_CLIENT_SECRET, COVERS_THEFORK_CLIENT_ID and COVERS_THEFORK_CLIENT_SECRET,\n" +
			"or, for each, the name with _FILE behind it. /healthz and /metrics ask for nothing. Every request is logged at level debug.\n\n" +
			"With --scenario the platforms misbehave as a file says, and then no more: GET /scenario tells what was done.\n" +
			"mockapi scenarios lists those that are built in, from tasks/mockapi/scenarios; everything.yaml there explains all keys.\n\n" +
			"To point extract at it, with U for its URL: --opentable-url U --opentable-auth-url U --thefork-url U/manager --thefork-auth-url U.",
		Flags: []cli.Flag{
			step.ZoneFlag("data"),
			step.RestaurantsFlag(),
			step.StringFlag("listen", "`HOST:PORT`; port 0 takes a free one", "127.0.0.1:8080", false),
			step.StringFlag("url-file", "write the server's URL into this `FILE` once it serves", "", false),
			step.DurationFlag("opentable-token-life", "how long OpenTable's tokens live", 7*24*time.Hour),
			step.DurationFlag("thefork-token-life", "how long TheFork's tokens live", thefork.TokenLife*time.Second),
			step.ChoiceFlag("opentable-sort", "order of OpenTable's lists, by sequence_id or id", "oldest", "oldest", "newest", "id"),
			step.ChoiceFlag("opentable-updated-after", "whether updated_after leaves out the moment itself", "strict", "strict", "inclusive"),
			step.ChoiceFlag("opentable-scheduled-to", "whether scheduled_time_to counts the moment itself", "inclusive", "inclusive", "exclusive"),
			step.ChoiceFlag("opentable-next-page-url", "form of nextPageUrl", "absolute", "absolute", "relative", "null"),
			step.ChoiceFlag("opentable-foreign", "status for another's restaurant", "403", "403", "401"),
			step.ChoiceFlag("opentable-guest-tier", "whether guests have their personal fields", "person", "person", "record"),
			step.ChoiceFlag("thefork-sort", "order of TheFork's lists, by last change or id", "oldest", "oldest", "newest", "id"),
			step.ChoiceFlag("thefork-end-date", "whether endDate is read too", "inclusive", "inclusive", "exclusive"),
			step.ChoiceFlag("thefork-day-zone", "what cuts TheFork's days", "utc", "utc", "restaurant"),
			step.ChoiceFlag("thefork-foreign", "status for another's group or restaurant", "403", "403", "401", "404"),
			step.ChoiceFlag("thefork-record", "a single record as it is, or in {\"data\": …}", "bare", "bare", "data"),
			step.ChoiceFlag("thefork-expired-token", "who refuses a token that has expired", "gateway", "gateway", "api"),
			step.BoolFlag("thefork-hide-life", "leave expires_in out of TheFork's token reply"),
			step.ChoiceFlag("over-limit", "what happens to a limit beyond the maximum", "refuse", "refuse", "clamp"),
			step.StringFlag("scenario", "what goes wrong: a YAML `FILE`, or the name of a built-in scenario", "", false),
		},
		Commands: []step.Command{scenariosCommand(), healthCommand()},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			o, err := options(c, getenv)
			if err != nil {
				return step.Result{}, err
			}
			requests, err := Serve(ctx, o)
			return step.Result{Counts: map[string]map[string]int64{"replies": requests}}, err
		},
	}
}

func options(c *cli.Context, getenv func(string) string) (Options, error) {
	o := Options{
		Listen: c.String("listen"), URLFile: c.String("url-file"), Data: c.String("data"), Restaurants: c.String("restaurants"),
		Settings: Settings{
			OpenTableLife: c.Duration("opentable-token-life"), TheForkLife: c.Duration("thefork-token-life"),
			OpenTableSort: c.String("opentable-sort"), TheForkSort: c.String("thefork-sort"),
			UpdatedAfter: c.String("opentable-updated-after"), ScheduledTo: c.String("opentable-scheduled-to"),
			NextPageURL: c.String("opentable-next-page-url"), OverLimit: c.String("over-limit"), GuestTier: c.String("opentable-guest-tier"),
			EndDate: c.String("thefork-end-date"), DayZone: c.String("thefork-day-zone"), Record: c.String("thefork-record"),
			ExpiredToken: c.String("thefork-expired-token"), HideLife: c.Bool("thefork-hide-life"),
		},
	}
	o.Settings.Foreign, _ = strconv.Atoi(c.String("opentable-foreign")) // the choices are numbers
	o.Settings.TheForkForeign, _ = strconv.Atoi(c.String("thefork-foreign"))
	if name := c.String("scenario"); name != "" {
		var err error
		if o.Settings.Scenario, err = LoadScenario(name); err != nil {
			return o, err
		}
	}
	for _, secret := range []struct {
		name string
		to   *string
	}{
		{"COVERS_OPENTABLE_CLIENT_ID", &o.Settings.OpenTable.ID}, {"COVERS_OPENTABLE_CLIENT_SECRET", &o.Settings.OpenTable.Secret},
		{"COVERS_THEFORK_CLIENT_ID", &o.Settings.TheFork.ID}, {"COVERS_THEFORK_CLIENT_SECRET", &o.Settings.TheFork.Secret},
	} {
		var err error
		if *secret.to, err = step.SecretFromEnv(getenv, secret.name); err != nil {
			return o, err
		}
	}
	return o, nil
}
