package scenario

import (
	"maps"
	"slices"
)

// Kind is what a rule does.
type Kind string

// The kinds that spoil an answer.
const (
	TooManyRequests Kind = "too_many_requests"
	ServerError     Kind = "server_error"
	Slow            Kind = "slow"
	Cut             Kind = "cut"
	TooLong         Kind = "too_long"
	TooShort        Kind = "too_short"
	GzipBroken      Kind = "gzip_broken"
	GzipCut         Kind = "gzip_cut"
	Reset           Kind = "reset"
	HTML            Kind = "html"
	Empty           Kind = "empty"
	Revoked         Kind = "revoked"
	NotFound        Kind = "not_found"
)

// The kinds of what happens to events that are pushed.
const (
	PushLost    Kind = "push_lost"
	PushDoubled Kind = "push_doubled"
	PushLate    Kind = "push_late"
)

// The kinds that change records. For a list they count the pages behind a sweep's first: they change records between two pages.
const (
	Moved       Kind = "moved"
	Removed     Kind = "removed"
	Added       Kind = "added"
	Late        Kind = "late"
	Restarted   Kind = "restarted"
	SameVersion Kind = "same_version"
	ExtraField  Kind = "extra_field"
	NewType     Kind = "new_type"
)

// Route is what a request is for.
type Route string

// The routes.
const (
	List   Route = "list"
	Record Route = "record"
	Token  Route = "token"
	Push   Route = "push" // not a request, but an event on its way to the partner
)

// Form is a variant of a kind.
type Form string

// The forms: how Retry-After is written, who answers, what a field becomes.
const (
	Seconds Form = "seconds"
	Date    Form = "date"
	API     Form = "api"
	Gateway Form = "gateway"
	Text    Form = "text"
	Object  Form = "object"
)

// property is what a rule may say of its kind.
type property struct {
	routes  []Route  // that it may be about; empty in a rule means all but the token's
	forms   []Form   // the first is what an empty one means
	keys    []string // beside those that all have
	changes bool     // records, not answers
}

var (
	everywhere = []Route{List, Record, Token}
	reads      = []Route{List, Record}
	lists      = []Route{List}
	pushes     = []Route{Push}
)

var kinds = map[Kind]property{
	TooManyRequests: {routes: everywhere, forms: []Form{Seconds, Date}, keys: []string{"retry_after", "form"}},
	ServerError:     {routes: everywhere, forms: []Form{API, Gateway}, keys: []string{"status", "retry_after", "form"}},
	Slow:            {routes: everywhere, keys: []string{"delay"}},
	Cut:             {routes: everywhere},
	TooLong:         {routes: everywhere},
	TooShort:        {routes: everywhere},
	GzipBroken:      {routes: everywhere},
	GzipCut:         {routes: everywhere},
	Reset:           {routes: everywhere},
	HTML:            {routes: everywhere},
	Empty:           {routes: everywhere},
	Revoked:         {routes: reads, forms: []Form{Gateway, API}, keys: []string{"form"}},
	NotFound:        {routes: []Route{Record}, forms: []Form{API, Gateway}, keys: []string{"form"}},

	PushLost:    {routes: pushes},
	PushDoubled: {routes: pushes},
	PushLate:    {routes: pushes},

	Moved:       {changes: true, routes: reads, keys: []string{"per_page"}},
	Removed:     {changes: true, routes: reads, keys: []string{"per_page"}},
	Added:       {changes: true, routes: lists, keys: []string{"per_page"}},
	Late:        {changes: true, routes: lists, keys: []string{"per_page"}},
	Restarted:   {changes: true, routes: lists, keys: []string{"per_page"}},
	SameVersion: {changes: true, routes: lists, keys: []string{"per_page"}},
	ExtraField:  {changes: true, routes: lists, keys: []string{"per_page", "heal_after"}},
	NewType:     {changes: true, routes: lists, forms: []Form{Text, Object}, keys: []string{"per_page", "heal_after", "form"}},
}

// Kinds returns all kinds, sorted.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Changes reports whether a rule of the kind changes records, and not answers.
func (k Kind) Changes() bool { return kinds[k].changes }
