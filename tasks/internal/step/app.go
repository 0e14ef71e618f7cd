package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/suggest"
)

// action is what a step or a command does.
type action func(ctx context.Context, c *cli.Context) (Result, error)

// parse has urfave/cli read the arguments and runs what they name. urfave's own ways of ending (printing, exiting) are
// turned off: what it prints is kept until it is known where that belongs, and what it returns is a usage error.
func (r *run) parse(ctx context.Context, args []string) (o outcome) {
	var printed bytes.Buffer
	app := r.app(&printed, args)
	completing := len(args) > 0 && args[len(args)-1] == completionFlag
	if completing {
		// A shell asks in the middle of a line that may well be wrong: the answer is then nothing.
		defer func() {
			if recover() != nil {
				o = outcome{plain: true}
			}
		}()
	}
	var ran *outcome
	app.Action = r.action(r.step.Run, r.step.Before, "", "", &ran)
	for i, c := range r.step.Commands {
		app.Commands[i].Action = r.action(c.Run, nil, c.Name, c.ArgsUsage, &ran)
	}
	err := app.RunContext(ctx, append([]string{r.step.Name}, args...))
	switch {
	case completing:
		return outcome{plain: true, text: printed.String()}
	case err != nil:
		return outcome{err: r.usage(err)}
	case ran != nil:
		return *ran
	}
	return outcome{plain: true, text: printed.String()}
}

// action wraps a step's or a command's function: flags first, then the logger, then the work.
func (r *run) action(do action, before func(*cli.Context) error, command, argsUsage string, ran **outcome) cli.ActionFunc {
	return func(c *cli.Context) error {
		if text, ok := r.answer(c, command); ok {
			*ran = &outcome{plain: true, text: text}
			return nil
		}
		inherit(c)
		if err := fromVariables(c, r.io.Getenv); err != nil {
			return err
		}
		level, err := zerolog.ParseLevel(c.String(logLevel))
		if err != nil {
			return err
		}
		r.asked.Store(&asked{command: command, level: level})
		if err := r.unexpected(c, do == nil, argsUsage); err != nil {
			var help bytes.Buffer
			if do == nil {
				c.App.Writer = &help
				_ = cli.ShowAppHelp(c)
			}
			*ran = &outcome{err: r.usage(err), text: help.String()}
			return nil
		}
		if err := missing(c); err != nil {
			return err
		}
		if before != nil {
			if err := before(c); err != nil {
				*ran = &outcome{err: r.usage(err)}
				return nil
			}
		}
		r.limit(c, command)
		ctx := r.log().WithContext(context.WithValue(c.Context, progressKey{}, r))
		c.Context = ctx
		o := outcome{}
		o.res, o.err = do(ctx, c)
		*ran = &o
		return nil
	}
}

// answer returns the text of the global flags that only ask something.
func (r *run) answer(c *cli.Context, command string) (string, bool) {
	switch {
	case command != "":
		return "", false
	case c.Bool("version"):
		return r.step.Name + " " + r.version + "\n", true
	case c.Bool("result-schema"):
		return ResultSchema, true
	}
	return "", false
}

// unexpected refuses arguments that are neither flags nor, where the command takes any, its arguments.
func (r *run) unexpected(c *cli.Context, noRun bool, argsUsage string) error {
	names := make([]string, len(r.step.Commands))
	for i, cmd := range r.step.Commands {
		names[i] = cmd.Name
	}
	for _, arg := range c.Args().Slice() {
		if strings.HasPrefix(arg, "-") && arg != "-" {
			return fmt.Errorf("flags come before arguments, and %s comes after %q", arg, c.Args().First())
		}
	}
	switch arg := c.Args().First(); {
	case c.Args().Present() && argsUsage == "" && len(names) > 0 && c.Command.Name == r.step.Name:
		return fmt.Errorf("%q is not a command of %s%s", arg, r.step.Name, didYouMean(suggest.Word(arg, names)))
	case c.Args().Present() && argsUsage == "":
		return fmt.Errorf("unexpected argument %q: %s takes flags only", arg,
			strings.TrimSpace(r.step.Name+" "+r.asked.Load().command))
	case noRun:
		return errors.New("want a command: " + strings.Join(names, ", "))
	}
	return nil
}

// usage makes an error about flags, settings or the environment of whatever is not classified yet.
func (r *run) usage(err error) error {
	var classified *fault.Error
	if errors.As(err, &classified) {
		return err
	}
	see := "see " + strings.TrimSpace(r.step.Name+" "+r.asked.Load().command) + " --help"
	return fault.New(fault.Usage, see, "%w", err)
}

// flagError makes urfave's words on a wrong flag more helpful.
func flagError(c *cli.Context, err error, _ bool) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	name = strings.TrimLeft(name, "-")
	var candidates []string
	for _, f := range c.Command.Flags {
		candidates = append(candidates, "--"+f.Names()[0])
	}
	return fmt.Errorf("there is no flag --%s%s", name, didYouMean(suggest.Word("--"+name, candidates)))
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return " (did you mean " + word + "?)"
}

// withGlobal returns a command's own flags as urfave is to see them, with what every program has.
func withGlobal(own []cli.Flag, global ...cli.Flag) []cli.Flag {
	flags := make([]cli.Flag, 0, len(own)+2)
	logged := ChoiceFlag(logLevel, "least `LEVEL` of what is logged", "info", levels...)
	for _, f := range append(slices.Concat(own, limitFlag(own)), logged) {
		flags = append(flags, asOwn(f))
	}
	return slices.Concat(flags, global,
		[]cli.Flag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show this help", DisableDefaultText: true}})
}

const logLevel = "log-level"

// app describes the program to urfave/cli.
func (r *run) app(out *bytes.Buffer, args []string) *cli.App {
	a := &cli.App{
		Name: r.step.Name, Usage: r.step.Usage, Description: strings.TrimSpace(r.step.Description),
		Flags: withGlobal(r.step.Flags,
			&cli.BoolFlag{Name: "version", Usage: "print the version", DisableDefaultText: true},
			&cli.BoolFlag{Name: "result-schema", Usage: "print the JSON Schema of the result line", DisableDefaultText: true}),
		HideHelp: true, HideVersion: true, // they are flags of ours: urfave's are shared by all that runs in the process
		EnableBashCompletion:  true,
		CustomAppHelpTemplate: appHelp(r.step.Run != nil),
		Reader:                r.io.Stdin, Writer: out, ErrWriter: out,
		ExitErrHandler: func(*cli.Context, error) {}, // only Main ends the process
		OnUsageError:   flagError,
		BashComplete:   r.complete(args),
	}
	for _, c := range r.step.Commands {
		a.Commands = append(a.Commands, &cli.Command{
			Name: c.Name, Usage: c.Usage, Description: strings.TrimSpace(c.Description), ArgsUsage: c.ArgsUsage,
			Flags: withGlobal(c.Flags), HideHelp: true, HideHelpCommand: true,
			CustomHelpTemplate: commandHelp, OnUsageError: flagError, BashComplete: r.complete(args),
		})
	}
	a.Commands = append(a.Commands, r.completionCommand(), helpCommand())
	return a
}
