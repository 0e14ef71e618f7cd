// Command mockapi serves both simulated platforms over HTTP. Its work is tasks/internal/mockapi.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/mockapi/push"
	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/secret"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func main() { step.Main(definition(machine.This())) }

func definition(m machine.Machine) step.Step {
	return step.Step{
		Name:        "mockapi",
		Usage:       "serve simulated booking platforms over HTTP",
		Description: description,
		Flags:       flags(),
		Commands:    []step.Command{scenariosCommand(), healthCommand()},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			o := mockapi.Options{Listen: c.String("listen"), URLFile: c.String("url-file"), Machine: m}
			var err error
			if o.Settings, err = settings(c, m.Getenv); err != nil {
				return step.Result{}, err
			}
			if o.Registry, err = source.Load(c.String("restaurants")); err != nil {
				return step.Result{}, err
			}
			if o.Data, err = lake.Open(ctx, m, c.String("data")); err != nil {
				return step.Result{}, err
			}
			defer o.Data.Close()
			out, err := mockapi.Run(ctx, o)
			return result(out), err
		},
	}
}

const description = "Serves until it is stopped, and then answers what it has begun:\n" +
	"0, or 143 where it had to cut off answers that took too long.\n" +
	"A client shows what the environment names:\n" +
	"COVERS_OPENTABLE_CLIENT_ID and COVERS_OPENTABLE_CLIENT_SECRET,\n" +
	"COVERS_THEFORK_CLIENT_ID and COVERS_THEFORK_CLIENT_SECRET,\n" +
	"or, for each, the name with _FILE behind it. /healthz and /metrics ask for nothing.\n" +
	"Every request is logged at level debug.\n\n" +
	"With --scenario the platforms misbehave as a file says, and then no more: GET /scenario tells what was done.\n" +
	"mockapi scenarios lists those that are built in, from tasks/internal/mockapi/scenario/builtin;\n" +
	"everything.yaml there explains all keys.\n\n" +
	"Events go to --opentable-push-to, shown COVERS_OPENTABLE_PUSH_SECRET (with --opentable-push-auth basic also\n" +
	"COVERS_OPENTABLE_PUSH_ID), and to --thefork-push-to with COVERS_THEFORK_PUSH_TOKEN as token in its query.\n\n" +
	"To point extract at it, with U for its URL:\n" +
	"--opentable-url U --opentable-auth-url U --thefork-url U/manager --thefork-auth-url U."

// settings reads the platforms' settings from the flags, and what a client must show from the environment.
func settings(c *cli.Context, getenv func(string) string) (s mockapi.Settings, err error) {
	s = chosen(c)
	if name := c.String("scenario"); name != "" {
		if s.Scenario, err = scenario.Load(name); err != nil {
			return s, err
		}
	}
	if s.OpenTable.Credential, err = credential(getenv, "COVERS_OPENTABLE"); err != nil {
		return s, err
	}
	if s.TheFork.Credential, err = credential(getenv, "COVERS_THEFORK"); err != nil {
		return s, err
	}
	return s, pushes(c, getenv, &s)
}

// pushes reads where events go, and what the receivers are shown.
func pushes(c *cli.Context, getenv func(string) string, s *mockapi.Settings) (err error) {
	if to, auth := c.String("opentable-push-to"), c.String("opentable-push-auth"); to != "" {
		var shown mockapi.Credential
		if auth == "basic" {
			if shown.ID, err = secret.FromEnv(getenv, "COVERS_OPENTABLE_PUSH_ID"); err != nil {
				return err
			}
		}
		if shown.Secret, err = secret.FromEnv(getenv, "COVERS_OPENTABLE_PUSH_SECRET"); err != nil {
			return err
		}
		if s.OpenTable.Push, err = push.OpenTable(to, auth, shown.ID, shown.Secret); err != nil {
			return err
		}
	}
	if to := c.String("thefork-push-to"); to != "" {
		token, err := secret.FromEnv(getenv, "COVERS_THEFORK_PUSH_TOKEN")
		if err != nil {
			return err
		}
		if s.TheFork.Push, err = push.TheFork(to, token); err != nil {
			return err
		}
	}
	return nil
}

func credential(getenv func(string) string, prefix string) (cred mockapi.Credential, err error) {
	if cred.ID, err = secret.FromEnv(getenv, prefix+"_CLIENT_ID"); err != nil {
		return cred, err
	}
	cred.Secret, err = secret.FromEnv(getenv, prefix+"_CLIENT_SECRET")
	return cred, err
}

func result(o mockapi.Outcome) step.Result {
	return step.Result{Counts: step.Counts{"replies": o.Replies}}
}
