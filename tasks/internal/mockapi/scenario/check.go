package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/reservation"
)

// usual are the keys that rules of every kind have.
var usual = []string{"kind", "platform", "records", "route", "after", "every", "share", "times", "until"}

// check returns what is wrong with a rule that has these keys. It fills in what the rule leaves to its kind.
func (r *Rule) check(keys []string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	k, ok := kinds[r.Kind]
	if !ok {
		bad("there is no kind %q", r.Kind)
		return problems
	}
	for _, key := range keys {
		if !slices.Contains(usual, key) && !slices.Contains(k.keys, key) {
			bad("%s means nothing to the kind %s", key, r.Kind)
		}
	}
	problems = append(problems, oneOf("platform", r.Platform, []string{reservation.OpenTable, reservation.TheFork})...)
	problems = append(problems, oneOf("records", r.Records, []string{reservation.KindReservation, reservation.KindCustomer})...)
	problems = append(problems, oneOf("route", r.Route, k.routes)...)
	if len(k.forms) > 0 {
		problems = append(problems, oneOf("form", r.Form, k.forms)...)
	}
	if r.Route == Token && r.Records != "" {
		bad("a token is not about records")
	}
	if r.Times <= 0 && r.Until <= 0 {
		bad("say with times or until when it ends")
	}
	if min(r.After, r.Every, r.Times, r.Until, r.PerPage, r.HealAfter) < 0 || r.Share < 0 || r.Share > 1 {
		bad("want numbers from 0 on, and a share of 1 at most")
	}
	if r.RetryAfter < 0 || r.RetryAfter%time.Second != 0 {
		bad("retry_after is %s, want whole seconds", r.RetryAfter)
	}
	switch {
	case r.Kind == ServerError && (r.Status < 500 || r.Status > 599):
		bad("status is %d, want 500 to 599", r.Status)
	case r.Kind == Slow && (r.Delay <= 0 || r.Delay > time.Minute):
		bad("delay is %s, want more than 0s and at most 1m", r.Delay)
	}
	if len(problems) == 0 {
		r.fill(k)
	}
	return problems
}

// oneOf returns a problem where a value is none of some words.
func oneOf[T ~string](key string, value T, words []T) []string {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return []string{fmt.Sprintf("%s is %q, want one of %s", key, value, strings.Join(all, ", "))}
}

// fill sets what a rule leaves to its kind.
func (r *Rule) fill(k property) {
	switch {
	case r.Route != "":
		r.routes = []Route{r.Route}
	case k.changes:
		r.routes = lists
	default:
		r.routes = slices.DeleteFunc(slices.Clone(k.routes), func(route Route) bool { return route == Token })
	}
	if r.Form == "" && len(k.forms) > 0 {
		r.Form = k.forms[0]
	}
	r.Every, r.PerPage = max(r.Every, 1), max(r.PerPage, 1)
}
