package mockapi

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/mockapi/push"
	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/source"
)

// Settings are how the platforms behave where their documentation says two things or none, and what a client must show. Choices
// names the words and what each is about; the zero value of a word is its first one.
type Settings struct {
	OpenTable      OpenTableSettings
	TheFork        TheForkSettings
	OverLimit      string
	ArchivedListed string
	Scenario       *scenario.Scenario // nil: nothing goes wrong
}

// OpenTableSettings are those of OpenTable alone.
type OpenTableSettings struct {
	Credential Credential
	TokenLife  time.Duration
	Push       push.Target // where events are sent; the zero value for nowhere

	Tier, GuestIDs, PrimaryGuest                            string // the form of records
	Birthdays, Address, GPID, Referrer, States              string
	GoldPOSData, CopperCreatedUTC                           string
	Sort, UpdatedAfter, ScheduledTo, NextPageURL            string // lists
	Foreign, MissingToken, BadToken                         string // statuses
	ErrorForm, ErrorMessage, ErrorTimestamp, POSDataRefusal string
}

// TheForkSettings are those of TheFork alone.
type TheForkSettings struct {
	Credential Credential
	TokenLife  time.Duration
	Push       push.Target // where events are sent; the zero value for nowhere

	Record form.TheFork

	Sort, EndDate, DayZone, BothIDs  string // lists
	Foreign, Unauthorized, ExpiresIn string
}

// Choice is a setting of a few words.
type Choice struct {
	Name   string   // the flag's, without dashes
	About  string   // what the documents say twice, or do not say
	Values []string // the first is the documents' example, and what holds where nothing is said
	of     func(*Settings) *string
}

// Set makes a value hold. It does not look whether there is such a value.
func (c *Choice) Set(s *Settings, value string) { *c.of(s) = value }

const silent = "; the documents do not say"

// Choices are all settings of words, in the order in which help lists them.
var Choices = []Choice{
	{"opentable-tier", "what contract the client has, where restaurants.yaml names none; the documents describe all three",
		[]string{"platinum", "gold", "copper"}, func(s *Settings) *string { return &s.OpenTable.Tier }},
	{"opentable-guest-ids", "guests' ids end in 24 hexadecimal digits; the documents say so of the parameter guest_id, " +
		"and a UUID in the lists' examples",
		[]string{"uuid", "hex", "mixed"}, func(s *Settings) *string { return &s.OpenTable.GuestIDs }},
	{"opentable-primary-guest", "the guest that a record was merged into; the documents say an id without rid in the use " +
		"cases, and a URL in the lists",
		[]string{"id", "url"}, func(s *Settings) *string { return &s.OpenTable.PrimaryGuest }},
	{"opentable-birthdays", "birth_date and anniversary_date; the documents say an object in the lists, a text in the use cases",
		[]string{"object", "text"}, func(s *Settings) *string { return &s.OpenTable.Birthdays }},
	{"opentable-address", "a guest's address; the documents say an object in the lists, a text in the use cases",
		[]string{"object", "text"}, func(s *Settings) *string { return &s.OpenTable.Address }},
	{"opentable-gpid", "gpid; the documents say a text in the guests' lists, a number with the reviews",
		[]string{"text", "number"}, func(s *Settings) *string { return &s.OpenTable.GPID }},
	{"opentable-referrer", "who referred the guest; the documents say an object in Gold's list, a list of them in its webhook",
		[]string{"object", "list"}, func(s *Settings) *string { return &s.OpenTable.Referrer }},
	{"opentable-states", "states of two words; the documents write AllArrived in the lists, All Arrived in the use cases",
		[]string{"joined", "spaced"}, func(s *Settings) *string { return &s.OpenTable.States }},
	{"opentable-gold-pos-data", "pos_data in Gold; the documents have it in the example, not in the table",
		[]string{"present", "absent"}, func(s *Settings) *string { return &s.OpenTable.GoldPOSData }},
	{"opentable-copper-created-utc", "created_date_utc in Copper; the documents have it in the example, not in the table",
		[]string{"present", "absent"}, func(s *Settings) *string { return &s.OpenTable.CopperCreatedUTC }},
	{"archived-listed", "whether archived guests come with updated_after" + silent, []string{"yes", "no"},
		func(s *Settings) *string { return &s.ArchivedListed }},
	{"opentable-sort", "order of lists, by sequence_id or id" + silent, []string{"oldest", "newest", "id"},
		func(s *Settings) *string { return &s.OpenTable.Sort }},
	{"opentable-updated-after", "whether updated_after leaves out the moment itself" + silent, []string{"strict", "inclusive"},
		func(s *Settings) *string { return &s.OpenTable.UpdatedAfter }},
	{"opentable-scheduled-to", "whether scheduled_time_to counts the moment itself" + silent, []string{"inclusive", "exclusive"},
		func(s *Settings) *string { return &s.OpenTable.ScheduledTo }},
	{"opentable-next-page-url", "form of nextPageUrl" + silent, []string{"absolute", "relative", "null"},
		func(s *Settings) *string { return &s.OpenTable.NextPageURL }},
	{"opentable-foreign", "status for another's restaurant; the lists' examples say 401, pos-data names 403",
		[]string{"401", "403"}, func(s *Settings) *string { return &s.OpenTable.Foreign }},
	{"opentable-missing-token", "status without a token; the page Authorization says 400, CRM's examples 401",
		[]string{"400", "401"}, func(s *Settings) *string { return &s.OpenTable.MissingToken }},
	{"opentable-bad-token", "status for a token that is invalid or has expired; the page Authorization says 401, and " +
		"elsewhere that it may be another", []string{"401", "400", "403", "405"},
		func(s *Settings) *string { return &s.OpenTable.BadToken }},
	{"opentable-errors", "form of errors; the documents show requestId in the lists, none behind the gateway (CRM), and a list " +
		"called errors (Directory)", []string{"sync", "backend", "errors"},
		func(s *Settings) *string { return &s.OpenTable.ErrorForm }},
	{"opentable-error-message", "message in errors; the documents have none in the lists' examples, one in CRM's and the tables",
		[]string{"absent", "present"}, func(s *Settings) *string { return &s.OpenTable.ErrorMessage }},
	{"opentable-timestamp", "timestamp of errors; the documents say a text in the examples, a whole number in the tables",
		[]string{"text", "integer"}, func(s *Settings) *string { return &s.OpenTable.ErrorTimestamp }},
	{"opentable-pos-data-refusal", "status for pos-data below Platinum; the documents name both and do not say which",
		[]string{"401", "403"}, func(s *Settings) *string { return &s.OpenTable.POSDataRefusal }},

	{"thefork-customer-dates", "creationDate and lastUpdateDate; the documents show dates and declare no form",
		[]string{"date", "instant"}, func(s *Settings) *string { return &s.TheFork.Record.CustomerDates }},
	{"thefork-lists", "a record's lists without members; the documents allow null" + silent + " when", []string{"null", "empty"},
		func(s *Settings) *string { return &s.TheFork.Record.Lists }},
	{"thefork-customer-uuid", "customerUuid of a customer; the documents have it in the example and do not require it",
		[]string{"present", "absent", "null"}, func(s *Settings) *string { return &s.TheFork.Record.CustomerUUID }},
	{"thefork-money-unit", "unit of totalPrice and price; the documents say hundredths of a POS's bills, nothing of these",
		[]string{"major", "minor"}, func(s *Settings) *string { return &s.TheFork.Record.MoneyUnit }},
	{"thefork-booking-times", "createdAt and updatedAt of a reservation, with a Z or an offset" + silent,
		[]string{"utc", "offset"}, func(s *Settings) *string { return &s.TheFork.Record.BookingTimes }},
	{"thefork-origin-name", "originRestaurantName; the documents call it a name and show a UUID", []string{"name", "uuid"},
		func(s *Settings) *string { return &s.TheFork.Record.OriginName }},
	{"thefork-sort", "order of lists, by last change or id" + silent, []string{"oldest", "newest", "id"},
		func(s *Settings) *string { return &s.TheFork.Sort }},
	{"thefork-end-date", "whether endDate is read too" + silent, []string{"inclusive", "exclusive"},
		func(s *Settings) *string { return &s.TheFork.EndDate }},
	{"thefork-day-zone", "what cuts days" + silent, []string{"utc", "restaurant"},
		func(s *Settings) *string { return &s.TheFork.DayZone }},
	{"thefork-both-ids", "what counts where groupUuid and restaurantUuid are given" + silent,
		[]string{"restaurant", "group", "refuse"}, func(s *Settings) *string { return &s.TheFork.BothIDs }},
	{"thefork-foreign", "status for another's group or restaurant; the lists document 401 alone", []string{"401", "403", "404"},
		func(s *Settings) *string { return &s.TheFork.Foreign }},
	{"thefork-unauthorized", "form of a 401; the operations say with data, the page Getting started without, and a gateway " +
		"before them has its own", []string{"data", "bare", "gateway"},
		func(s *Settings) *string { return &s.TheFork.Unauthorized }},
	{"thefork-expires-in", "expires_in in the token reply; the documents say how long a token lives, not where",
		[]string{"present", "absent"}, func(s *Settings) *string { return &s.TheFork.ExpiresIn }},

	{"over-limit", "what happens to a limit beyond the maximum" + silent, []string{"refuse", "clamp"},
		func(s *Settings) *string { return &s.OverLimit }},
}

// status returns the status that a setting names, or the one that holds where it names none.
func status(setting string, def int) int {
	if n, err := strconv.Atoi(setting); err == nil {
		return n
	}
	return def
}

// foreignStatus returns the status for what is another's.
func foreignStatus(setting string) int { return status(setting, http.StatusUnauthorized) }

// forms returns the form of a restaurant's records.
func (s *OpenTableSettings) forms(src source.Source) form.OpenTable {
	return form.OpenTable{
		Tier: s.tier(src), GuestIDs: s.GuestIDs, PrimaryGuest: s.PrimaryGuest, Birthdays: s.Birthdays, Address: s.Address,
		GPID: s.GPID, Referrer: s.Referrer, States: s.States, GoldPOSData: s.GoldPOSData, CopperCreatedUTC: s.CopperCreatedUTC,
	}
}

// tier returns the tier of a restaurant's records: restaurants.yaml names it, or else the settings do.
func (s *OpenTableSettings) tier(src source.Source) string {
	return cmp.Or(src.Tier, s.Tier, "platinum")
}

// tier is what the client's contract lets it see of a restaurant.
func (o *openTable) tier(rid int64) string { return o.tiers[rid] }
