package step

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// appHelp returns the --help of a program. Unlike urfave's it ends with the exit codes and says when a command must be named.
func appHelp(runs bool) string {
	usage := "{{.HelpName}} [flags]"
	if !runs {
		usage = "{{.HelpName}} COMMAND [flags]"
	}
	return `NAME:
   {{template "helpNameTemplate" .}}

USAGE:
   ` + usage + `{{if .Description}}

DESCRIPTION:
   {{template "descriptionTemplate" .}}{{end}}

COMMANDS:{{template "visibleCommandCategoryTemplate" .}}

FLAGS:{{template "visibleFlagTemplate" .}}
` + exitHelp()
}

// commandHelp is the --help of a command.
var commandHelp = `NAME:
   {{template "helpNameTemplate" .}}

USAGE:
   {{.HelpName}} [flags]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{if .Description}}

DESCRIPTION:
   {{template "descriptionTemplate" .}}{{end}}

FLAGS:{{template "visibleFlagTemplate" .}}
` + exitHelp()

func exitHelp() string {
	return "\nEXIT CODES (and what Airflow makes of them):\n   " + strings.ReplaceAll(strings.TrimRight(ExitsText(), "\n"),
		"\n", "\n   ") + "\n"
}

// helpCommand is `extract help` and `load help status`.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "show help, or help for a command", ArgsUsage: "[COMMAND]", HideHelp: true, HideHelpCommand: true,
		CustomHelpTemplate: commandHelp,
		Action: func(c *cli.Context) error {
			parent := c.Lineage()[1]
			if name := c.Args().First(); name != "" {
				return cli.ShowCommandHelp(parent, name)
			}
			return cli.ShowAppHelp(parent)
		},
	}
}
