package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/reservation"
)

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

// plain returns the word for so many.
func plain(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// reasonMeans says of each reason of refusal what it means for somebody who knows the booking system and not the contract.
var reasonMeans = map[string]string{
	reservation.ReasonNotJSON:  "The platform sent something that is no record at all.",
	reservation.ReasonTooLarge: "The record is far larger than any real one, and was not read.",
	reservation.ReasonEncoding: "The record holds letters that cannot be read.",
	reservation.ReasonMissing:  "Something that every record needs is not there, such as the party's size.",
	reservation.ReasonType: "A field holds another sort of value than the platform documents, " +
		"such as a word for a number.",
	reservation.ReasonRange:         "A number cannot be right, such as a party of minus two.",
	reservation.ReasonUnknownStatus: "The booking has a status that the platform has not told us about.",
	reservation.ReasonUnknownValue:  "A field has a value that is not on the platform's list.",
	reservation.ReasonTime:          "A date or a time is not written as one.",
	reservation.ReasonLocalTime: "The local time and the world time of a booking do not agree; " +
		"often the restaurant's time zone is set wrongly.",
	reservation.ReasonMoney:      "An amount of money is not exact, or has no currency.",
	reservation.ReasonRestaurant: "The record belongs to another restaurant.",
	reservation.ReasonDuplicate:  "The record says the same thing twice, so that it is not clear which one holds.",
	reservation.ReasonPhone:      "A telephone number is none of any country.",
	reservation.ReasonUnread:     "The platform listed the record, but did not give it.",
}

// findingWords is how a kind of finding is told.
type findingWords struct {
	urgency int    // the smallest first: what is not in the numbers at all
	means   string // what is wrong, to follow the source's name
	leads   string // begins the headline's sentence, before the sources' names; "" where the headline does not name them
}

var findingMeans = map[sheet.Kind]findingWords{
	sheet.Missing: {0, "nothing was read", "Nothing was read from "},
	sheet.Stale:   {1, "what is shown is out of date", "Out of date: "},
	sheet.Refused: {2, "too much of it was wrong, so all of it was left out", "Left out because too much was wrong: "},
	sheet.Withheld: {
		2, "too much of one kind of record was wrong, so all of that kind was left out",
		"Left out in part because too much was wrong: ",
	},
	sheet.LeftOut: {
		3, "it is so far from what this weekday usually brings that it was left out",
		"Left out because it is nothing like this weekday usually is: ",
	},
	sheet.Held:         {3, "more guests ask to be forgotten than is usual; nobody is until a person has said so", ""},
	sheet.NotLoaded:    {4, "it was checked, but is not in the warehouse", ""},
	sheet.NotValidated: {5, "it was read, but not checked", ""},
	sheet.NotStable:    {6, "bookings kept changing while they were read, and some may be missing", ""},
	sheet.Unbalanced:   {7, "the warehouse has another number of records than were accepted", ""},
	sheet.Lost:         {7, "what was loaded is no longer in staging, so that it cannot be checked", ""},
	sheet.Regressed:    {8, "the platform's own numbering went back, so that an older state may be shown", ""},
	sheet.Unexpected:   {8, "it is not what this weekday usually brings", ""},
	sheet.Unread:       {8, "some records could not be had from the platform", ""},
	sheet.Kept:         {8, "it is shown by older rules, since by the newer ones too much of it is wrong", ""},
	sheet.NoFigures:    {8, "there are no numbers to show", ""},
}

// wordsOf returns how a kind of finding is told. One without words is a defect: it would be told last, and as nothing.
func wordsOf(kind sheet.Kind) (findingWords, error) {
	words, ok := findingMeans[kind]
	if !ok {
		return words, fault.New(fault.Defect, "report it", "there are no words for the finding %q", kind)
	}
	return words, nil
}
