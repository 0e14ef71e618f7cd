package main

import (
	"os/user"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/step"
)

// operatorFlag says who decides.
func operatorFlag() cli.Flag {
	return step.StringFlag("operator", "`WHO` decides, to be written down; else the user of the system", "", false)
}

// operatorOf returns who decides; empty where neither the flag nor the system says it.
func operatorOf(c *cli.Context) string {
	if who := c.String("operator"); who != "" {
		return who
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
