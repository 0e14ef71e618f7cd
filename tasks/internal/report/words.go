package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"covers/tasks/internal/reservation"
)

// platformName is what people call a platform.
func platformName(platform string) string {
	switch platform {
	case reservation.OpenTable:
		return "OpenTable"
	case reservation.TheFork:
		return "TheFork"
	}
	return platform
}

// kindName is what people call so many records of a kind.
func kindName(kind string) string {
	switch kind {
	case reservation.KindReservation:
		return "reservations"
	case reservation.KindCustomer:
		return "guests"
	}
	return kind
}

// label makes a word of the vocabulary one for people: "walk_in" is "Walk in".
func label(word string) string { return capital(strings.ReplaceAll(word, "_", " ")) }

func capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[n:]
}

// reasonMeans says of each reason of refusal what it means for somebody who knows the booking system and not the contract.
var reasonMeans = map[string]string{
	reservation.ReasonNotJSON:       "The platform sent something that is no record at all.",
	reservation.ReasonTooLarge:      "The record is far larger than any real one, and was not read.",
	reservation.ReasonEncoding:      "The record holds letters that cannot be read.",
	reservation.ReasonMissing:       "Something that every record needs is not there, such as the party's size.",
	reservation.ReasonType:          "A field holds another sort of value than the platform documents, such as a word for a number.",
	reservation.ReasonRange:         "A number cannot be right, such as a party of minus two.",
	reservation.ReasonUnknownStatus: "The booking has a status that the platform has not told us about.",
	reservation.ReasonUnknownValue:  "A field has a value that is not on the platform's list.",
	reservation.ReasonTime:          "A date or a time is not written as one.",
	reservation.ReasonLocalTime:     "The local time and the world time of a booking do not agree; often the restaurant's time zone is set wrongly.",
	reservation.ReasonMoney:         "An amount of money is not exact, or has no currency.",
	reservation.ReasonRestaurant:    "The record belongs to another restaurant.",
	reservation.ReasonDuplicate:     "The record says the same thing twice, so that it is not clear which one holds.",
}

// changeMeans says of each reason that speaks of a platform's change what changed.
var changeMeans = map[string]string{
	reservation.ReasonUnknownStatus: "a status that is not known",
	reservation.ReasonUnknownValue:  "a value that is not known",
	reservation.ReasonType:          "another sort of value",
	reservation.ReasonMissing:       "not there",
}

// findingMeans says of each finding what is wrong, to follow the source's name.
var findingMeans = map[string]string{
	"missing":       "nothing was read",
	"stale":         "what is shown is out of date",
	"refused":       "too much of it was wrong, so all of it was left out",
	"not stable":    "bookings kept changing while they were read, and some may be missing",
	"not validated": "it was read, but not checked",
	"not loaded":    "it was checked, but is not in the warehouse",
	"unbalanced":    "the warehouse has another number of records than were accepted",
	"left out":      "it is so far from what this weekday usually brings that it was left out",
	"unexpected":    "it is not what this weekday usually brings",
	"no figures":    "there are no numbers to show",
	"regressed":     "the platform's own numbering went back, so that an older state may be shown",
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
