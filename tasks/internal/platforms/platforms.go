// Package platforms is the one table of the platforms that are read: how each is written, and what turns its records into the
// vocabulary. What chooses by platform chooses here or with Choose, and so ends in a defect for a platform that it does not
// know. Start with Of and NewMapper.
//
// The package sends nothing: how a platform is asked is for package reading, and what restaurants.yaml says of it for package
// source.
package platforms

import (
	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/token"
)

// Mapper turns a platform's records into rows. Problems and notes go to its record.Reader; a row with problems is not to be used.
type Mapper interface {
	Reservation(*record.Value, *reservation.Reservation)
	Customer(*record.Value, *reservation.Customer)

	// Merge reports whether a guest's record says only that the guest is no more: then it fills in the merge, without its reading
	// and line, and Customer is not asked.
	Merge(*record.Value, *reservation.Merge) bool
	// Forgotten reports whether a guest's record, a merge's too, asks to be forgotten, whatever else it says.
	Forgotten(*record.Value) bool
	// Own reports whether the guest whom Customer or Merge read last, by the id that it gave, is the source's own and not another
	// restaurant's. Only then is a request to be forgotten the source's to bring.
	Own(id string) bool
}

// Platform is what is known of one platform.
type Platform struct {
	Name    string // in the contract, in restaurants.yaml and in keys
	Written string // as the platform writes itself
	Address string // what its API's address needs beside scheme and host, for a flag's usage; may be empty

	ChangesEnd bool // a list of changes has an end, not only a beginning

	// Reductions say what is left of records whose guest is erased on demand, by kind.
	Reductions map[string]record.Reduction

	mapper func(source.Source, *token.Key, *record.Reader) Mapper
}

// All holds the platforms, sorted by name.
var All = []Platform{
	{
		Name: reservation.OpenTable, Written: "OpenTable", Reductions: opentable.Reductions,
		mapper: func(src source.Source, key *token.Key, in *record.Reader) Mapper {
			return opentable.NewMapper(src, key, in)
		},
	},
	{
		Name: reservation.TheFork, Written: "TheFork", Address: "with its /manager", ChangesEnd: true,
		Reductions: thefork.Reductions,
		mapper: func(src source.Source, key *token.Key, in *record.Reader) Mapper {
			return thefork.NewMapper(src, key, in)
		},
	},
}

// Names returns the platforms' names, sorted.
func Names() []string {
	names := make([]string, len(All))
	for i, p := range All {
		names[i] = p.Name
	}
	return names
}

// Written returns how a platform writes itself. A name that is not in the table stays as it is, since texts for people also
// show rows that a newer program wrote.
func Written(name string) string {
	if p, err := Of(name); err == nil {
		return p.Written
	}
	return name
}

// Of returns what is known of a platform.
func Of(name string) (Platform, error) {
	for _, p := range All {
		if p.Name == name {
			return p, nil
		}
	}
	return Platform{}, unknown(name)
}

// NewMapper returns the mapper of a source's platform. It serves one goroutine, as in and key do.
func NewMapper(src source.Source, key *token.Key, in *record.Reader) (Mapper, error) {
	p, err := Of(src.Platform)
	if err != nil {
		return nil, err
	}
	if err := src.Mappable(); err != nil {
		return nil, err
	}
	return p.mapper(src, key, in), nil
}

// Choose returns what a table that another package keeps by platform has for a name.
func Choose[T any](table map[string]T, name string) (T, error) {
	chosen, ok := table[name]
	if !ok {
		return chosen, unknown(name)
	}
	return chosen, nil
}

func unknown(name string) error {
	return fault.New(fault.Defect, "report it", "the platform %q is missing where the program chooses by platform", name)
}
