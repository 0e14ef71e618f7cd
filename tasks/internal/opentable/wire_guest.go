package opentable

// Guest is an item of GET /sync/v2/guests as the Platinum tier has it, in the order of OpenTable's API collection of 2026-05-01.
// Gold and Copper have fewer fields, in the same order. Forgotten is an erasure request.
type Guest struct {
	ID                       string        `json:"id"` // "<rid>-" and a UUID or 24 hexadecimal digits
	Href                     string        `json:"href"`
	RID                      int64         `json:"rid"`
	SequenceID               int64         `json:"sequence_id"`
	GPID                     *string       `json:"gpid"` // the person across restaurants
	FirstName                *string       `json:"first_name"`
	LastName                 *string       `json:"last_name"`
	Email                    *string       `json:"email"`
	EmailOptIn               bool          `json:"email_optin"`
	Phone                    *string       `json:"phone"` // without country code
	PhoneType                *string       `json:"phone_type"`
	Tags                     []string      `json:"tags"` // nullable
	BirthDate                *SpecialDate  `json:"birth_date"`
	AnniversaryDate          *SpecialDate  `json:"anniversary_date"`
	UpdatedAt                string        `json:"updated_at"`
	Forgotten                bool          `json:"forgotten"`
	Archived                 bool          `json:"archived"`
	PrimaryGuest             *string       `json:"primary_guest"` // what the record was merged into: an id without rid, or a URL
	Address                  *Address      `json:"address"`
	MailOptedIn              bool          `json:"mail_opted_in"`
	CompanyName              *string       `json:"company_name"`
	PhoneNumbers             []PhoneNumber `json:"phone_numbers"`
	CreatedDate              string        `json:"created_date"`
	UpdatedAtUTC             string        `json:"updated_at_utc"`
	MarketingOptedOut        bool          `json:"marketing_opted_out"`
	Notes                    *string       `json:"notes"`
	NotesSpecialRelationship *string       `json:"notes_special_relationship"`
	NotesFoodAndDrink        *string       `json:"notes_food_and_drink"`
	NotesSeating             *string       `json:"notes_seating"`
	CreatedDateUTC           string        `json:"created_date_utc"`
	DateLastVisit            *string       `json:"date_last_visit"`
	DateFirstVisit           *string       `json:"date_first_visit"`
	DateEmailOptInOptOut     *string       `json:"date_email_opt_in_opt_out"`
	DateLastVisitUTC         *string       `json:"date_last_visit_utc"`
	DateFirstVisitUTC        *string       `json:"date_first_visit_utc"`
	DateEmailOptInOptOutUTC  *string       `json:"date_email_opt_in_opt_out_utc"`
	SMSOptIn                 *bool         `json:"sms_opt_in"`
	IsHidden                 bool          `json:"is_hidden"` // deleted from the restaurant's guest book
}

// GuestNotCopper are the fields of a guest that Copper does not have, GuestNotGold those that Gold does not.
var (
	GuestNotCopper = []string{
		"first_name", "last_name", "email", "email_optin", "phone", "phone_type", "primary_guest", "address", "mail_opted_in",
		"phone_numbers", "marketing_opted_out", "date_last_visit", "date_first_visit", "date_email_opt_in_opt_out",
		"date_last_visit_utc", "date_first_visit_utc", "date_email_opt_in_opt_out_utc", "sms_opt_in", "is_hidden",
	}
	GuestNotGold = []string{"date_email_opt_in_opt_out", "date_email_opt_in_opt_out_utc", "sms_opt_in"}
)

// SpecialDate is a birthday or an anniversary. Year may be 0: not known.
type SpecialDate struct {
	Name  string `json:"name"`
	Year  int    `json:"year"`
	Month int    `json:"month"`
	Day   int    `json:"day"`
}

// Address is where a guest lives.
type Address struct {
	Line1   string `json:"address_line1"`
	Line2   string `json:"address_line2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

// PhoneNumber is one of a guest's numbers.
type PhoneNumber struct {
	Label       string `json:"label"`  // Mobile, Home, Work
	Number      string `json:"number"` // without country code
	CountryCode string `json:"country_code"`
	Primary     bool   `json:"primary"`
}
