// Package readingflags holds the flags of the steps that ask a platform, and what they make of a reading's options: addresses,
// pace, limits and the credential. Start with Flags and Options. It is for main packages: what is done with the options is
// package reading's business.
package readingflags

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/secret"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

// Credential tells where the credential comes from, for a step's description.
var Credential = credential()

func credential() string {
	var pairs []string
	for _, name := range platforms.Names() {
		env := "COVERS_" + strings.ToUpper(name)
		pairs = append(pairs, env+"_CLIENT_ID and "+env+"_CLIENT_SECRET")
	}
	return "The credential is read from " + strings.Join(pairs, ", or\n") + " (the name after COVERS_ is the platform's\n" +
		"credential in restaurants.yaml), or from the files that the same names with _FILE give."
}

// AccessFlags returns the flags that say who is asked, where and how fast: Options reads them, too.
func AccessFlags() []cli.Flag {
	flags := []cli.Flag{
		step.StringFlag("source", "the `SOURCE`, platform/restaurant or platform/account, as opentable/101", "", true),
		step.RestaurantsFlag(),
		step.FloatFlag("requests-per-second", "the `RATE` of calls; 0: as in restaurants.yaml", 0, 0, 1e6),
	}
	return append(append(flags, addresses()...), allowHTTP())
}

// Flags returns the flags that Options reads.
func Flags() []cli.Flag {
	flags := []cli.Flag{
		step.StringFlag("source", "the `SOURCE`, platform/restaurant or platform/account, as opentable/101", "", true),
		step.ZoneFlag("raw"),
		step.RestaurantsFlag(),
		step.IntFlag("max-sweeps", "the most `SWEEPS` of a list that does not stand still", 6, 2),
		step.IntFlag("in-flight", "how many `CALLS` are made at once where records come one by one", 8, 1),
		step.FloatFlag("requests-per-second", "the `RATE` of calls; 0: as in restaurants.yaml", 0, 0, 1e6),
		step.DurationFlag("max-duration", "how long the platform is asked, waits included, as 90m; 0: as long as it takes",
			6*time.Hour),
		step.IntFlag("max-requests", "the most `REQUESTS` that are sent, every attempt counted; 0: as many as it takes",
			1_000_000, 0),
		step.IntFlag("max-received", "the most `MIB` of answers that are read, uncompressed; 0: as many as come", 65_536, 0),
	}
	return append(append(flags, addresses()...), allowHTTP(), step.DryRunFlag())
}

func allowHTTP() cli.Flag {
	return step.BoolFlag("allow-http", "ask over http:// on other machines, too: the credential goes there for anybody to read")
}

func addresses() (flags []cli.Flag) {
	for _, p := range platforms.All {
		api := "the `URL` of " + p.Written + "'s API instead of api_url in restaurants.yaml"
		if p.Address != "" {
			api += ", " + p.Address
		}
		tokens := "the `URL` of " + p.Written + "'s tokens instead of auth_url"
		flags = append(flags,
			step.StringFlag(p.Name+"-url", api, "", false),
			step.StringFlag(p.Name+"-auth-url", tokens, "", false))
	}
	return flags
}

// Options returns what the flags say, without the raw zone, a day and a way. The credential is read from the machine's
// environment unless it is a dry run.
func Options(c *cli.Context, m machine.Machine) (o reading.Options, err error) {
	registry, err := source.Load(c.String("restaurants"))
	if err != nil {
		return o, err
	}
	o = reading.Options{
		Machine:   m,
		MaxSweeps: int(c.Int64("max-sweeps")), InFlight: int(c.Int64("in-flight")),
		MaxDuration: c.Duration("max-duration"), MaxRequests: c.Int64("max-requests"), MaxReceived: c.Int64("max-received") << 20,
		AllowHTTP: c.Bool("allow-http"), DryRun: c.Bool("dry-run"),
		Program: step.Version,
	}
	if o.Source, err = registry.Source(c.String("source")); err != nil {
		return o, err
	}
	o.Source.Access = access(c, o.Source)
	if o.DryRun {
		return o, nil
	}
	name := "COVERS_" + strings.ToUpper(o.Source.Access.Credential)
	if o.ClientID, err = secret.FromEnv(m.Getenv, name+"_CLIENT_ID"); err != nil {
		return o, err
	}
	o.Secret, err = secret.FromEnv(m.Getenv, name+"_CLIENT_SECRET")
	return o, err
}

// access returns the source's access as the flags change it.
func access(c *cli.Context, s source.Source) source.Access {
	a := s.Access
	if v := c.String(s.Platform + "-url"); v != "" {
		a.APIURL = v
	}
	if v := c.String(s.Platform + "-auth-url"); v != "" {
		a.AuthURL = v
	}
	if v := c.Float64("requests-per-second"); v > 0 {
		a.RequestsPerSecond = v
	}
	return a
}

// Limits are what a run is held to, as a dry run tells.
type Limits struct {
	MaxSweeps         int     `json:"max_sweeps"`
	InFlight          int     `json:"in_flight"` // records asked for at once, where they come one by one
	RequestsPerSecond float64 `json:"requests_per_second"`
	MaxDuration       float64 `json:"max_seconds"`  // 0: none
	MaxRequests       int64   `json:"max_requests"` // 0: none
	MaxReceived       int64   `json:"max_received"` // bytes; 0: none
}

// LimitsOf returns the limits of a run.
func LimitsOf(o reading.Options) Limits {
	return Limits{o.MaxSweeps, o.InFlight, o.Source.Access.RequestsPerSecond, o.MaxDuration.Seconds(), o.MaxRequests,
		o.MaxReceived}
}

// String returns the limits for people.
func (l Limits) String() string {
	text := fmt.Sprintf("at most %g requests a second, %d at once, %d sweeps a list",
		l.RequestsPerSecond, l.InFlight, l.MaxSweeps)
	if l.MaxRequests > 0 {
		text += fmt.Sprintf(", %d requests in all", l.MaxRequests)
	}
	if l.MaxReceived > 0 {
		text += fmt.Sprintf(", %d MiB in all", l.MaxReceived>>20)
	}
	if l.MaxDuration > 0 {
		text += fmt.Sprintf(", %s in all", time.Duration(l.MaxDuration*float64(time.Second)))
	}
	return text
}
