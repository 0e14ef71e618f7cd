package opentable

import "encoding/json"

// Reservation is an item of GET /sync/v2/reservations, field by field as the OpenTable Sync API v2 documentation names
// them, casing included. A pointer is nullable. Attributes may be added at any time, so a reader must let unknown keys pass.
//
// Each time is given twice: restaurant-local without offset (LocalTime) and, under the same name with _utc, in UTC with a
// Z. Money is whole numbers, divided by currency_denominator. There is no name of the guest: join by GuestID.
type Reservation struct {
	ID             string   `json:"id"` // "<rid>-<uuid>"
	Href           string   `json:"href"`
	RID            int64    `json:"rid"`
	SequenceID     int64    `json:"sequence_id"` // rises per restaurant
	GuestID        *string  `json:"guest_id"`    // "<rid>-<uuid>"; null for a walk-in without a name
	Guest          *string  `json:"guest"`       // URL of the guest
	ConfirmationID int64    `json:"confirmation_id"`
	State          string   `json:"state"` // one of States
	TableNumber    []string `json:"table_number"`
	PartySize      int64    `json:"party_size"`
	VisitTags      []string `json:"visit_tags"`
	Origin         string   `json:"origin"` // one of Origins

	CreatedDate      string  `json:"created_date"`
	CreatedDateUTC   string  `json:"created_date_utc"`
	ScheduledTime    string  `json:"scheduled_time"`
	ScheduledTimeUTC string  `json:"scheduled_time_utc"`
	UpdatedAt        string  `json:"updated_at"`
	UpdatedAtUTC     string  `json:"updated_at_utc"`
	ArrivedTime      *string `json:"arrived_time"`
	ArrivedTimeUTC   *string `json:"arrived_time_utc"`
	SeatedTime       *string `json:"seated_time"`
	SeatedTimeUTC    *string `json:"seated_time_utc"`
	DoneTime         *string `json:"done_time"`
	DoneTimeUTC      *string `json:"done_time_utc"`

	GuestRequest   *string `json:"guest_request"`
	VenueNotes     *string `json:"venue_notes"`
	OpenTableNotes *string `json:"opentable_notes"`
	TableCategory  *string `json:"table_category"` // one of TableCategories; null is the default category
	Server         *string `json:"server"`

	POSData             *POSData           `json:"pos_data"`
	CurrencyCode        *string            `json:"currency_code"` // ISO 4217; of pos_data and experience_details
	CurrencyDenominator *int64             `json:"currency_denominator"`
	ExperienceDetails   *ExperienceDetails `json:"experience_details"`
	Deposit             *Deposit           `json:"deposit"`
}

// POSData is what the point of sale reported, in units of Reservation.CurrencyDenominator.
type POSData struct {
	CheckIDs   []string `json:"check_ids"`
	SubTotal   *int64   `json:"pos_sub_total"`
	Tax        *int64   `json:"pos_tax"`
	Tip        *int64   `json:"pos_tip"`
	TotalSpend *int64   `json:"pos_total_spend"`
}

// ExperienceDetails is a booked experience; its amounts are in units of Reservation.CurrencyDenominator.
type ExperienceDetails struct {
	ExperienceID        int64   `json:"experience_id"`
	Title               string  `json:"experience_title"`
	Description         string  `json:"experience_description"`
	SubtotalAmount      *int64  `json:"subtotalAmount"` // camel case, unlike its neighbours
	AddOns              []AddOn `json:"add_ons"`
	AddonSubtotalAmount *int64  `json:"addon_subtotal_amount"`
	DinerPaymentStatus  *string `json:"diner_payment_status"`
	ServiceFeeAmount    *int64  `json:"service_fee_amount"`
	TaxesAmount         *int64  `json:"taxes_amount"`
	TipAmount           *int64  `json:"tip_amount"`
	TotalAmount         *int64  `json:"total_amount"`
}

// AddOn is something bought with an experience. Its keys are in Pascal case. CurrencyDenominator may be 0 or null.
type AddOn struct {
	ItemID                string            `json:"ItemID"`
	Quantity              int64             `json:"Quantity"`
	Price                 *int64            `json:"Price"`
	LineTotal             *int64            `json:"LineTotal"`
	LineSubtotalWithTaxes *int64            `json:"LineSubtotalWithTaxes"`
	TaxAmount             *int64            `json:"TaxAmount"`
	Name                  string            `json:"Name"`
	Description           string            `json:"Description"`
	CurrencyDenominator   *int64            `json:"CurrencyDenominator"`
	Taxes                 []json.RawMessage `json:"Taxes"` // the form of an element is not documented
}

// Deposit is what the guest paid in advance, with a currency and a denominator of its own.
type Deposit struct {
	TotalPaid           *int64  `json:"total_paid"`
	TotalRefunded       *int64  `json:"total_refunded"`
	Currency            *string `json:"currency"` // may be null beside an amount
	CurrencyDenominator *int64  `json:"currency_denominator"`
	Status              *string `json:"status"`
}
