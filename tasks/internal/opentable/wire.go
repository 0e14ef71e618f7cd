package opentable

import "encoding/json"

// Reservation is an item of GET /sync/v2/reservations as the Platinum tier has it, field by field as OpenTable's API collection
// of
// 2026-05-01 names them, casing and order included. A pointer is nullable. Gold and Copper have fewer fields, in the same order.
// Attributes may be added and removed at any time, so a reader must let unknown keys pass.
//
// Each time is given twice: restaurant-local without offset (LocalTime) and, under the same name with _utc, in UTC with a
// Z. Money is whole numbers, divided by currency_denominator. The guest's name is not in it: join by GuestID.
type Reservation struct {
	ID                  string             `json:"id"` // "<rid>-<uuid>"
	Href                string             `json:"href"`
	RID                 int64              `json:"rid"`
	SequenceID          int64              `json:"sequence_id"` // rises per restaurant
	GuestID             *string            `json:"guest_id"`    // "<rid>-" and a UUID or 24 hexadecimal digits; null for nobody
	Guest               *string            `json:"guest"`       // URL of the guest
	ConfirmationID      int64              `json:"confirmation_id"`
	State               string             `json:"state"` // one of States
	TableNumber         []string           `json:"table_number"`
	CreatedDate         string             `json:"created_date"`
	ScheduledTime       string             `json:"scheduled_time"`
	PartySize           int64              `json:"party_size"`
	VisitTags           []string           `json:"visit_tags"` // "gc:<group>/<name>", or the restaurant's own words
	Origin              string             `json:"origin"`     // such as Origins
	UpdatedAt           string             `json:"updated_at"`
	SeatedTime          *string            `json:"seated_time"`
	DoneTime            *string            `json:"done_time"`
	POSData             POSData            `json:"pos_data"`
	ScheduledTimeUTC    string             `json:"scheduled_time_utc"`
	MarketingOptedOut   bool               `json:"marketing_opted_out"` // Gold
	GuestRequest        string             `json:"guest_request"`
	VenueNotes          *string            `json:"venue_notes"`
	OpenTableNotes      string             `json:"opentable_notes"`
	TableCategory       *string            `json:"table_category"` // one of TableCategories; null is the default category
	SeatedTimeUTC       *string            `json:"seated_time_utc"`
	DoneTimeUTC         *string            `json:"done_time_utc"`
	CreatedDateUTC      string             `json:"created_date_utc"`
	UpdatedAtUTC        string             `json:"updated_at_utc"`
	Server              *string            `json:"server"`
	Referrer            *Referrer          `json:"referrer"`          // Gold
	AddedToWaitlist     *string            `json:"added_to_waitlist"` // Gold
	AddedToWaitlistUTC  *string            `json:"added_to_waitlist_utc"`
	Email               string             `json:"email"`      // Platinum: the guest's
	SMSOptIn            *bool              `json:"sms_opt_in"` // Platinum; null for all
	ArrivedTime         *string            `json:"arrived_time"`
	ArrivedTimeUTC      *string            `json:"arrived_time_utc"`
	QuotedWaitTime      int64              `json:"quoted_wait_time"` // Platinum, as what follows, in minutes
	OnlineSource        string             `json:"online_source"`
	DiscoveryType       *string            `json:"discovery_type"`
	Partner             *string            `json:"partner"`
	CampaignDetails     *string            `json:"campaign_details"`
	CreditCardStatus    *string            `json:"credit_card_status"`
	CancellationDate    *string            `json:"cancellation_date"` // of the first cancellation
	CancellationDateUTC *string            `json:"cancellation_date_utc"`
	RestRefCampaignName *string            `json:"rest_ref_campaign_name"`
	RestRefID           *string            `json:"rest_ref_id"`
	RestRefSource       *string            `json:"rest_ref_source"`
	CurrencyCode        *string            `json:"currency_code"` // ISO 4217; of pos_data and experience_details
	CurrencyDenominator int64              `json:"currency_denominator"`
	ExperienceDetails   *ExperienceDetails `json:"experience_details"` // Copper and Platinum
	Deposit             Deposit            `json:"deposit"`            // Copper and Platinum
	OTBoostType         *string            `json:"ot_boost_type"`      // Platinum
}

// NotCopper are the fields of a reservation that Copper does not have, NotGold those that Gold does not.
var (
	NotCopper = []string{
		"marketing_opted_out", "referrer", "added_to_waitlist", "added_to_waitlist_utc", "email", "sms_opt_in",
		"quoted_wait_time",
		"online_source", "discovery_type", "partner", "campaign_details", "credit_card_status", "cancellation_date",
		"cancellation_date_utc", "rest_ref_campaign_name", "rest_ref_id", "rest_ref_source", "ot_boost_type",
	}
	NotGold = []string{
		"email", "sms_opt_in", "quoted_wait_time", "online_source", "discovery_type", "partner", "campaign_details",
		"credit_card_status", "cancellation_date", "cancellation_date_utc", "rest_ref_campaign_name", "rest_ref_id",
		"rest_ref_source", "experience_details", "deposit", "ot_boost_type",
	}
)

// POSData is what the point of sale reported, in units of Reservation.CurrencyDenominator. All is null where there is no check.
type POSData struct {
	CheckIDs   []string `json:"check_ids"`
	SubTotal   *int64   `json:"pos_sub_total"`
	Tax        *int64   `json:"pos_tax"`
	Tip        *int64   `json:"pos_tip"`
	TotalSpend *int64   `json:"pos_total_spend"`
}

// Referrer is who sent the guest: personal data.
type Referrer struct {
	Company   string `json:"company"`
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
}

// ExperienceDetails is a booked experience; its amounts are in units of Reservation.CurrencyDenominator.
type ExperienceDetails struct {
	ExperienceID        int64   `json:"experience_id"`
	Title               string  `json:"experience_title"`
	Description         string  `json:"experience_description"`
	SubtotalAmount      int64   `json:"subtotalAmount"` // camel case, unlike its neighbours
	AddOns              []AddOn `json:"add_ons"`
	AddonSubtotalAmount int64   `json:"addon_subtotal_amount"`
	DinerPaymentStatus  *string `json:"diner_payment_status"`
	ServiceFeeAmount    int64   `json:"service_fee_amount"`
	TaxesAmount         int64   `json:"taxes_amount"`
	TipAmount           int64   `json:"tip_amount"`
	TotalAmount         int64   `json:"total_amount"`
	*ExperienceOfTable
}

// ExperienceOfTable is what the tables of Copper and Platinum have beside the examples.
type ExperienceOfTable struct {
	Type             string  `json:"experience_type"`
	Details          string  `json:"experience_details"`
	Cost             int64   `json:"experience_cost"`
	AddOnCost        int64   `json:"experience_add_on_cost"`
	PrepaymentStatus *string `json:"experience_prepayment_status"`
	ServiceCharges   int64   `json:"experience_service_charges"`
	Tax              int64   `json:"experience_tax"`
	Gratuity         int64   `json:"experience_gratuity"`
	TotalCost        int64   `json:"experience_total_cost"`
	PriceType        string  `json:"price_type"`
	PriceDetails     []Price `json:"price_details"`
}

// Price is one of an experience's prices.
type Price struct {
	ID             int64   `json:"price_id"`
	Name           *string `json:"price_name"`
	PerGuest       int64   `json:"price_per_guest"`
	NumberOfGuests int64   `json:"number_of_guests"`
}

// AddOn is something bought with an experience. Its keys are in Pascal case. CurrencyDenominator is 0 in the examples.
type AddOn struct {
	ItemID                string `json:"ItemID"` // a UUID
	Quantity              int64  `json:"Quantity"`
	Price                 int64  `json:"Price"`
	LineTotal             int64  `json:"LineTotal"`
	LineSubtotalWithTaxes int64  `json:"LineSubtotalWithTaxes"`
	TaxAmount             int64  `json:"TaxAmount"`
	Name                  string `json:"Name"`
	Description           string `json:"Description"`
	CurrencyDenominator   int64  `json:"CurrencyDenominator"`
	Taxes                 []Tax  `json:"Taxes"`
}

// Tax is one tax on an add-on.
type Tax struct {
	TaxID           int64       `json:"TaxID"`
	Label           string      `json:"Label"`
	TaxPercent      json.Number `json:"TaxPercent"` // 10.0
	TaxOnItemAmount int64       `json:"TaxOnItemAmount"`
}

// Deposit is what the guest paid in advance, with a currency and a denominator of its own. Without one all is null but the
// denominator.
type Deposit struct {
	TotalPaid           *int64  `json:"total_paid"`
	TotalRefunded       *int64  `json:"total_refunded"`
	Currency            *string `json:"currency"` // may be null beside an amount
	CurrencyDenominator int64   `json:"currency_denominator"`
	Status              *string `json:"status"` // paid in the examples; Paid, FullRefund in the webhook's
}
