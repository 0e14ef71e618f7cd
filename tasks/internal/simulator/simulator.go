// Package simulator is the form of the simulator zone: what generate writes and mockapi serves. A real deployment has none.
//
// The unit is one restaurant on one platform on one UTC day, a folder with the records that changed that day, each as it
// stood when the day ended; an answer sheet, which says what is wrong with them on purpose; and day.json, written last. A day
// without day.json does not exist. Start with Day, Records and AppendLine. The package knows neither what is in a record nor
// how one is made.
package simulator

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"covers/tasks/internal/reservation"
)

// Version is the form of the files. Another one is refused.
const Version = 1

// The files of a day's folder.
const (
	ManifestFile = "day.json"
	AnswersFile  = "answers.ndjson"
)

// FileOf names the file of a kind of record: reservations.ndjson.zst, customers.ndjson.zst.
func FileOf(kind string) string { return kind + "s.ndjson.zst" }

// Kinds are the kinds of record a day has, on either platform.
var Kinds = []string{reservation.KindReservation, reservation.KindCustomer}

// ID names a day of a restaurant on a platform.
type ID struct {
	Platform   string `json:"platform"`
	Restaurant int64  `json:"restaurant"` // our own number
	Day        string `json:"day"`        // YYYY-MM-DD, UTC
}

// Folder is the day's place in the zone, "opentable/101/2026-03-27/".
func (id ID) Folder() string { return fmt.Sprintf("%s%s/", Folder(id.Platform, id.Restaurant), id.Day) }

// Folder is the place of a restaurant on a platform, "opentable/101/".
func Folder(platform string, restaurant int64) string {
	return fmt.Sprintf("%s/%d/", platform, restaurant)
}

// Day is day.json. Nothing in it depends on when or by which version it was written.
type Day struct {
	Version int `json:"version"`
	ID
	Settings Settings         `json:"settings"`
	Files    map[string]File  `json:"files"`              // by kind; "answers" for the answer sheet
	Defects  map[string]int64 `json:"defects"`            // records by kind of defect, as on the answer sheet
	Sequence int64            `json:"sequence,omitempty"` // OpenTable: the highest sequence_id of the day
}

// Settings are what a day's content depends on, beside its ID and restaurants.yaml.
type Settings struct {
	World   int                `json:"world"` // revision of the program's world: days of two worlds do not belong together
	Seed    uint64             `json:"seed"`
	Records int64              `json:"records"`          // about how many reservations change on a day
	Defects map[string]float64 `json:"defects"`          // share of records by kind of defect, "*" for all that are not named
	Merges  string             `json:"merges,omitempty"` // a merged guest's bookings: stay or move; empty: none is merged
}

// Equal reports whether two days were made from the same settings.
func (s Settings) Equal(o Settings) bool {
	return s.World == o.World && s.Seed == o.Seed && s.Records == o.Records && s.Merges == o.Merges &&
		maps.Equal(s.Defects, o.Defects)
}

// File describes a file of the day.
type File struct {
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`  // uncompressed
	SHA256  string `json:"sha256"` // of the uncompressed bytes
}

// answersKind is the answer sheet's name in Day.Files.
const answersKind = "answers"

// Answer is a line of the answer sheet: one record with a defect, and every refusal and note that it must meet. Without a refusal
// the record is accepted all the same. It speaks of the record as that day's file has it: a later day may have a clean version.
type Answer struct {
	Kind   string   `json:"kind"` // reservation.KindReservation or KindCustomer
	ID     string   `json:"id"`   // as in Line
	Defect string   `json:"defect"`
	Expect []Expect `json:"expect"`
}

// Expect is one refusal or note: a reservation.Reason and the platform's field, "pos_data.pos_tip"; empty for the whole record.
type Expect struct {
	Reason string `json:"reason"`
	Field  string `json:"field"`
	Noted  bool   `json:"noted,omitempty"` // only the field is left out or rounded
}

// Refused reports whether a record that meets all of these is refused.
func Refused(all []Expect) bool {
	return slices.ContainsFunc(all, func(e Expect) bool { return !e.Noted })
}

// Epoch is the day that sequence numbers count from.
var Epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
