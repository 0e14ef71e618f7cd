// Package find says under which ids the platforms know a person: by the tokens that the warehouse keeps in place of addresses and
// numbers, made anew under the same key. Start with Run. It changes nothing.
package find

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	words "github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/person"
	"covers/tasks/internal/source"
	"covers/tasks/internal/text"
	"covers/tasks/internal/token"
	"covers/tasks/internal/warehouse"
)

// Options are all that the verb depends on.
type Options struct {
	Person    person.Person
	Key       *token.Key
	Countries []string // ISO 3166, whose telephone numbers are read without a code (Countries)
	Open      func(context.Context, warehouse.Mode) (*warehouse.Warehouse, error)
}

// Outcome is what was found.
type Outcome struct {
	Guests    []warehouse.FoundGuest
	OtherKeys int64 // guests who have tokens under other keys alone, and could not be found
}

// Countries returns the countries that the group's sources are in, or were, each once, sorted.
func Countries(r *source.Registry) (all []string) {
	for _, s := range r.Sources {
		for _, span := range s.Spans() {
			if span.Country != "" && !slices.Contains(all, span.Country) {
				all = append(all, span.Country)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Run finds.
func Run(ctx context.Context, o Options) (out Outcome, err error) {
	tokens, err := o.Person.Tokens(o.Key, o.Countries)
	if err != nil {
		return out, err
	}
	var sought []warehouse.Sought
	for kind, of := range map[string][]string{warehouse.SoughtEmail: tokens.Emails, warehouse.SoughtPhone: tokens.Phones} {
		for _, t := range of {
			sought = append(sought, warehouse.Sought{Kind: kind, Token: t})
		}
	}
	if len(sought) == 0 {
		return out, fault.New(fault.Usage, "give the person's e-mail address or telephone number", "what was given names nobody")
	}
	w, err := o.Open(ctx, warehouse.ReadOnly)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	out.Guests, out.OtherKeys, err = w.Seek(ctx, sought, "k"+strconv.FormatInt(o.Key.Number, 10)+":")
	return out, err
}

// Text returns what was found for people: a table with a line for each id, and what it does not say.
func (o Outcome) Text() string {
	var b strings.Builder
	if len(o.Guests) == 0 {
		b.WriteString("nobody in the warehouse has that address or number\n")
	} else {
		b.WriteString(Table(o.Guests))
	}
	if o.OtherKeys > 0 {
		fmt.Fprintf(&b, "%s have tokens under other keys: look for the person under those, too (--token-key-number)\n",
			text.Count(o.OtherKeys, "guest"))
	}
	return b.String()
}

// Table lists guests for people, a line each.
func Table(guests []warehouse.FoundGuest) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = words.FormatDefault
	w.AppendHeader(table.Row{"platform", "source", "id", "found by", "records", "bookings"})
	for _, g := range guests {
		w.AppendRow(table.Row{g.Platform, cmp.Or(g.Source, "-"), g.CustomerID, FoundBy(g), g.Observations, g.Bookings})
	}
	return w.Render() + "\n"
}

// FoundBy says how a guest was found.
func FoundBy(g warehouse.FoundGuest) string {
	var by []string
	if g.ByEmail > 0 {
		by = append(by, "e-mail")
	}
	if g.ByPhone > 0 {
		by = append(by, "telephone")
	}
	if len(by) == 0 && g.Merged > 0 {
		by = append(by, "merge")
	}
	if len(by) == 0 {
		return "id"
	}
	return strings.Join(by, ", ")
}
