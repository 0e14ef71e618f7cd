package step

import (
	"flag"
	"fmt"
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

// ownFlag is a flag that is required by us and not by urfave, which would ask `load status` for the flags of `load` and does
// not mention in its help what is required. Its variables are read by us too (fromVariables): urfave reads the process's
// environment, and takes a variable that is set to nothing for one that is set.
type ownFlag struct {
	anyFlag
	required bool
}

func asOwn(f cli.Flag) cli.Flag {
	needed, _ := f.(cli.RequiredFlag)
	all, ok := f.(anyFlag)
	if !ok {
		return f
	}
	return ownFlag{all, needed != nil && needed.IsRequired()}
}

// IsRequired implements cli.RequiredFlag.
func (ownFlag) IsRequired() bool { return false }

// GetUsage implements cli.DocGenerationFlag.
func (f ownFlag) GetUsage() string {
	if f.required {
		return f.anyFlag.GetUsage() + " (required)"
	}
	return f.anyFlag.GetUsage()
}

// String returns the flag's line in the help.
func (f ownFlag) String() string {
	if f.required {
		return cli.FlagStringer(f)
	}
	return f.anyFlag.String()
}

// Apply hides the variables from urfave.
func (f ownFlag) Apply(set *flag.FlagSet) error {
	variables := reflect.Indirect(reflect.ValueOf(f.anyFlag)).FieldByName("EnvVars")
	names := f.GetEnvVars()
	variables.SetZero()
	defer variables.Set(reflect.ValueOf(names))
	return f.anyFlag.Apply(set)
}

// RunAction leaves an empty value to missing, which says it better.
func (f ownFlag) RunAction(c *cli.Context) error {
	if f.required && f.empty(c) {
		return nil
	}
	return f.anyFlag.RunAction(c)
}

// empty reports whether the flag's value is an empty text.
func (f ownFlag) empty(c *cli.Context) bool {
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
		need, ok := f.(ownFlag)
		if !ok || !need.required {
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

// inherit takes for a command the values of flags that stand before the verb: `load --log-level debug status`.
func inherit(c *cli.Context) {
	lineage := c.Lineage()
	if len(lineage) < 2 || lineage[1].Command == nil {
		return
	}
	own, parent := c.LocalFlagNames(), lineage[1]
	given := parent.LocalFlagNames()
	for _, f := range c.Command.Flags {
		if name := f.Names()[0]; slices.Contains(given, name) && !slices.Contains(own, name) {
			_ = c.Set(name, asText(parent.Value(name)))
		}
	}
}

// fromVariables takes the values of flags that are not on the command line, on neither side of the verb, from their variables.
// One that is set to nothing counts as not set: templates of Compose and Kubernetes write such, and mean it so.
func fromVariables(c *cli.Context, getenv func(string) string) error {
	given := c.LocalFlagNames()
	for _, f := range c.Command.Flags {
		own, ok := f.(ownFlag)
		if !ok || slices.ContainsFunc(f.Names(), func(name string) bool { return slices.Contains(given, name) }) {
			continue
		}
		at := slices.IndexFunc(own.GetEnvVars(), func(variable string) bool { return getenv(variable) != "" })
		if at < 0 {
			continue
		}
		name, variable := f.Names()[0], own.GetEnvVars()[at]
		if err := c.Set(name, getenv(variable)); err != nil {
			return fmt.Errorf("could not parse %q from environment variable %q for flag %s: %w", getenv(variable), variable,
				name, err)
		}
		if err := own.RunAction(c); err != nil {
			return err
		}
	}
	return nil
}

// asText returns a flag's value as Set takes it; for slices that is what urfave calls serialized.
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
