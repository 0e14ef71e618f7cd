package sheet

import "covers/contract"

// Kind is what a finding is about. The words are part of the result line.
type Kind string

// The kinds of finding.
const (
	Missing      Kind = "missing"       // nobody read the day
	Stale        Kind = "stale"         // read too early, or derived under an older contract or registry than today's
	Refused      Kind = "refused"       // too many of the reading's records broke the contract
	Withheld     Kind = "withheld"      // too many records of one kind did, and those of the others are in
	LeftOut      Kind = "left out"      // it breaks an expectation, so load did not take it
	Held         Kind = "held"          // more guests ask to be forgotten than the limits let: a person has to say
	NotLoaded    Kind = "not loaded"    // it has a result that the ledger does not have
	NotValidated Kind = "not validated" // it has no result
	NotStable    Kind = "not stable"    // records still moved after the last sweep
	Unbalanced   Kind = "unbalanced"    // the warehouse has another number of records than were accepted
	Lost         Kind = "lost"          // the ledger has a result that staging does not have
	Regressed    Kind = "regressed"     // records came later under a lower sequence
	Unexpected   Kind = "unexpected"    // it breaks an expectation, and is loaded all the same
	Unread       Kind = "not read"      // the platform has records that it did not give
	Kept         Kind = "kept"          // an older rank stands, because the newest withholds what it let in
	NoFigures    Kind = "no figures"    // the warehouse could not add the bookings up
)

// Kinds are all kinds of finding.
var Kinds = []Kind{
	Missing, Stale, Refused, Withheld, LeftOut, Held, NotLoaded, NotValidated, NotStable, Unbalanced, Lost, Regressed, Unexpected,
	Unread, Kept, NoFigures,
}

// Finding is something that is not in order, or with a warning something to look at.
type Finding struct {
	Day      string `json:"day"`
	Source   string `json:"source"`
	Kind     Kind   `json:"finding"`
	Severity string `json:"severity"` // error, or warning, which fails no check
	What     string `json:"what"`
	Next     string `json:"next"`
}

// IsError reports whether the finding is a reason to fail.
func (f Finding) IsError() bool { return f.Severity == contract.SeverityError }
