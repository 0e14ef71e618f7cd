package opentable

import "encoding/json"

// Guest is an item of GET /sync/v2/guests, as the OpenTable Sync API v2 documentation names its fields. Which of them a
// client gets depends on its tier: the lowest has the GuestRecord alone, and the personal keys are absent, not null.
type Guest struct {
	GuestRecord
	*GuestPerson
}

// GuestRecord is the lowest tier: the record of a guest without contact data. Forgotten is an erasure request.
type GuestRecord struct {
	ID              string       `json:"id"` // "<rid>-<uuid>"
	Href            string       `json:"href"`
	RID             int64        `json:"rid"`
	SequenceID      int64        `json:"sequence_id"` // rises per restaurant
	GPID            *string      `json:"gpid"`        // the person across restaurants; its JSON type is not documented
	Tags            []string     `json:"tags"`        // nullable
	BirthDate       *SpecialDate `json:"birth_date"`
	AnniversaryDate *SpecialDate `json:"anniversary_date"`
	UpdatedAt       string       `json:"updated_at"`
	UpdatedAtUTC    string       `json:"updated_at_utc"`
	CreatedDate     string       `json:"created_date"`
	CreatedDateUTC  string       `json:"created_date_utc"`
	Forgotten       bool         `json:"forgotten"`
	Archived        bool         `json:"archived"`
	CompanyName     *string      `json:"company_name"`

	Notes                    *string `json:"notes"`
	NotesSpecialRelationship *string `json:"notes_special_relationship"`
	NotesFoodAndDrink        *string `json:"notes_food_and_drink"`
	NotesSeating             *string `json:"notes_seating"`
}

// GuestPerson is what the next tier adds.
type GuestPerson struct {
	FirstName         *string         `json:"first_name"`
	LastName          *string         `json:"last_name"`
	Email             *string         `json:"email"`
	EmailOptIn        *bool           `json:"email_optin"`
	Phone             *string         `json:"phone"`
	PhoneType         *string         `json:"phone_type"`
	PhoneNumbers      []PhoneNumber   `json:"phone_numbers"`
	PrimaryGuest      json.RawMessage `json:"primary_guest"` // its JSON type is not documented
	Address           json.RawMessage `json:"address"`       // its JSON type is not documented
	MailOptedIn       *bool           `json:"mail_opted_in"`
	MarketingOptedOut *bool           `json:"marketing_opted_out"`
	DateFirstVisit    *string         `json:"date_first_visit"`
	DateFirstVisitUTC *string         `json:"date_first_visit_utc"`
	DateLastVisit     *string         `json:"date_last_visit"`
	DateLastVisitUTC  *string         `json:"date_last_visit_utc"`
}

// SpecialDate is a birthday or an anniversary. Year may be 0: not known.
type SpecialDate struct {
	Name  string `json:"name"`
	Year  int    `json:"year"`
	Month int    `json:"month"`
	Day   int    `json:"day"`
}

// PhoneNumber is one of a guest's numbers.
type PhoneNumber struct {
	Label       string `json:"label"`
	Number      string `json:"number"`
	CountryCode string `json:"country_code"`
	Primary     bool   `json:"primary"`
}
