package step

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// anyFlag is what all of urfave's flags can do.
type anyFlag interface {
	cli.DocGenerationFlag
	cli.VisibleFlag
	cli.CategorizableFlag
	cli.ActionableFlag
}

// required is a flag that is required by us and not by urfave, which would ask `load status` for the flags of `load` and does
// not mention in its help what is required.
type required struct{ anyFlag }

func asRequired(f cli.Flag) cli.Flag {
	needed, _ := f.(cli.RequiredFlag)
	all, ok := f.(anyFlag)
	if !ok || needed == nil || !needed.IsRequired() {
		return f
	}
	return required{all}
}

// IsRequired implements cli.RequiredFlag.
func (required) IsRequired() bool { return false }

// GetUsage implements cli.DocGenerationFlag.
func (f required) GetUsage() string { return f.anyFlag.GetUsage() + " (required)" }

// String is the flag's line in the help.
func (f required) String() string { return cli.FlagStringer(f) }

// RunAction leaves an empty value to missing, which says it better.
func (f required) RunAction(c *cli.Context) error {
	if f.empty(c) {
		return nil
	}
	return f.anyFlag.RunAction(c)
}

// empty reports whether the flag's value is an empty text.
func (f required) empty(c *cli.Context) bool {
	name := f.Names()[0]
	switch f.anyFlag.(type) {
	case *cli.StringFlag, *choice:
		return c.String(name) == ""
	case *cli.StringSliceFlag:
		return strings.Join(c.StringSlice(name), "") == ""
	}
	return false
}

// missing names all required flags without a value at once.
func missing(c *cli.Context) error {
	var names []string
	for _, f := range c.Command.Flags {
		need, ok := f.(required)
		if !ok {
			continue
		}
		name := f.Names()[0]
		if c.IsSet(name) && !need.empty(c) {
			continue
		}
		if vars := need.GetEnvVars(); len(vars) > 0 {
			names = append(names, fmt.Sprintf("--%s (or %s)", name, vars[0]))
		} else {
			names = append(names, "--"+name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("missing: %s", strings.Join(names, ", "))
}

// inherit gives a command the values of flags that stand before the verb: `load --log-level debug status`. A flag on the
// command line comes before a variable of the environment, wherever it stands.
func inherit(c *cli.Context) {
	lineage := c.Lineage()
	if len(lineage) < 2 || lineage[1].Command == nil {
		return
	}
	own, parent := c.LocalFlagNames(), lineage[1]
	given := parent.LocalFlagNames()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if !slices.Contains(given, name) || (slices.Contains(own, name) && !fromEnvironment(f, c.Value(name))) {
			continue
		}
		_ = c.Set(name, asText(parent.Value(name)))
	}
}

// asText is a flag's value as Set takes it; for slices that is what urfave calls serialized.
func asText(value any) string {
	if value != nil {
		p := reflect.New(reflect.TypeOf(value))
		p.Elem().Set(reflect.ValueOf(value))
		if s, ok := p.Interface().(cli.Serializer); ok {
			return s.Serialize()
		}
	}
	return fmt.Sprint(value)
}

// fromEnvironment says whether a flag's value is that of its variable.
func fromEnvironment(f cli.Flag, value any) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && slices.ContainsFunc(doc.GetEnvVars(), func(name string) bool {
		text, set := os.LookupEnv(name)
		return set && text == fmt.Sprint(value)
	})
}

// forgetEmptyVariables makes a variable that is set to nothing one that is not set: templates of Compose and Kubernetes write
// such, and mean it so.
func forgetEmptyVariables(s Step) {
	flags := slices.Clone(s.Flags)
	for _, c := range s.Commands {
		flags = append(flags, c.Flags...)
	}
	names := envs(logLevel)
	for _, f := range flags {
		if doc, ok := f.(cli.DocGenerationFlag); ok {
			names = append(names, doc.GetEnvVars()...)
		}
	}
	for _, name := range names {
		if value, set := os.LookupEnv(name); set && value == "" {
			_ = os.Unsetenv(name)
		}
	}
}
