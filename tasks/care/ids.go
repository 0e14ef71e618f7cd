package main

import (
	"flag"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// idsFlag is a flag that may be repeated and takes each value as it is. urfave's own slices cut a value at its commas, and a
// platform's id may hold one.
type idsFlag struct{ *cli.GenericFlag }

func newIDsFlag(name, usage, env string) idsFlag {
	return idsFlag{&cli.GenericFlag{Name: name, Usage: usage, Required: true, EnvVars: []string{env}, Value: &ids{}}}
}

// Apply implements cli.Flag. What came from the environment gives way to the command line.
func (f idsFlag) Apply(set *flag.FlagSet) error {
	v := &ids{}
	f.Value = v
	err := f.GenericFlag.Apply(set)
	v.preset = len(v.list) > 0
	return err
}

// ids are the values, each once, in the order they were given.
type ids struct {
	list   []string
	preset bool // by the environment
}

// Set implements cli.Generic.
func (v *ids) Set(value string) error {
	if v.preset {
		v.list, v.preset = nil, false
	}
	if !slices.Contains(v.list, value) {
		v.list = append(v.list, value)
	}
	return nil
}

// String implements cli.Generic.
func (v *ids) String() string { return strings.Join(v.list, " ") }

// idsOf returns a flag's values.
func idsOf(c *cli.Context, name string) []string {
	v, ok := c.Generic(name).(*ids)
	if !ok {
		return nil
	}
	return v.list
}
