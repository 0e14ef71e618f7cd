// Package reservation is the vocabulary of the pipeline: what a Reservation and a Customer are once a platform's own words
// are left behind. Start with Reservation. The package imports nothing of the project and knows no platform, file or
// warehouse.
//
// Field order, Parquet names and types repeat the data contract (contract/covers.odcs.yaml); contract_test.go here fails on any
// difference. Instants are microseconds since the Unix epoch, UTC. Local times are the restaurant's wall clock, written as
// if it were UTC. Amounts are ten-thousandths of the currency's major unit (scale 4). A nil pointer is "not known".
package reservation

// Origin says where a row comes from: the first four columns of every row behind raw.
type Origin struct {
	Reading string `parquet:"reading,dict"`                         // its id, "<platform>/<key>/<day>/<by>/<start>-<random>"
	Line    int64  `parquet:"line"`                                 // among the reading's lines of the record's kind, from 1
	ReadAt  int64  `parquet:"read_at,timestamp(microsecond:local)"` // when the platform gave it
	Digest  string `parquet:"digest"`                               // of the row without its origin: 32 hexadecimal digits
}

// Reservation is one observation of a booking.
type Reservation struct {
	Origin
	Platform        string  `parquet:"platform,dict"`
	RestaurantID    int64   `parquet:"restaurant_id"`
	ReservationID   string  `parquet:"reservation_id"`
	CustomerID      *string `parquet:"customer_id,optional"`
	ClockEpoch      int64   `parquet:"clock_epoch"`
	Clock           int64   `parquet:"clock"`
	CreatedAt       *int64  `parquet:"created_at,optional,timestamp(microsecond:local)"`
	UpdatedAt       *int64  `parquet:"updated_at,optional,timestamp(microsecond:local)"`
	Status          string  `parquet:"status,dict"`
	PlatformStatus  string  `parquet:"platform_status,dict"`
	Channel         string  `parquet:"channel,dict"`
	PartySize       int64   `parquet:"party_size"`
	ScheduledAt     *int64  `parquet:"scheduled_at,optional,timestamp(microsecond:local)"`
	ScheduledLocal  *int64  `parquet:"scheduled_local,optional,timestamp(microsecond:local)"`
	ServiceDate     *int32  `parquet:"service_date,optional,date"`
	CreatedLocal    *int64  `parquet:"created_local,optional,timestamp(microsecond:local)"`
	ArrivedAt       *int64  `parquet:"arrived_at,optional,timestamp(microsecond:local)"`
	SeatedAt        *int64  `parquet:"seated_at,optional,timestamp(microsecond:local)"`
	DoneAt          *int64  `parquet:"done_at,optional,timestamp(microsecond:local)"`
	TableCategory   *string `parquet:"table_category,optional,dict"`
	Currency        string  `parquet:"currency,dict"`
	SpendSubtotal   *int64  `parquet:"spend_subtotal,optional,decimal(4:18)"`
	SpendTax        *int64  `parquet:"spend_tax,optional,decimal(4:18)"`
	SpendTip        *int64  `parquet:"spend_tip,optional,decimal(4:18)"`
	SpendTotal      *int64  `parquet:"spend_total,optional,decimal(4:18)"`
	DepositPaid     *int64  `parquet:"deposit_paid,optional,decimal(4:18)"`
	DepositRefunded *int64  `parquet:"deposit_refunded,optional,decimal(4:18)"`
	ExperienceID    *int64  `parquet:"experience_id,optional"`
	ExperienceTotal *int64  `parquet:"experience_total,optional,decimal(4:18)"`
	OfferID         *string `parquet:"offer_id,optional"`
	OfferType       *string `parquet:"offer_type,optional,dict"`
	OfferPrice      *int64  `parquet:"offer_price,optional,decimal(4:18)"`
	DiscountPercent *int64  `parquet:"discount_percent,optional,decimal(4:18)"`

	MarketingOptedOut *bool `parquet:"marketing_opted_out,optional"` // no use beyond running the restaurant
}

// Customer is one observation of a guest. Names, addresses and numbers are only here as keyed tokens.
type Customer struct {
	Origin
	Platform     string  `parquet:"platform,dict"`
	RestaurantID *int64  `parquet:"restaurant_id,optional"` // OpenTable keeps guests by restaurant, TheFork by account (nil)
	CustomerID   string  `parquet:"customer_id"`
	ClockEpoch   int64   `parquet:"clock_epoch"`
	Clock        int64   `parquet:"clock"`
	CreatedAt    *int64  `parquet:"created_at,optional,timestamp(microsecond:local)"`
	UpdatedAt    *int64  `parquet:"updated_at,optional,timestamp(microsecond:local)"`
	PersonToken  *string `parquet:"person_token,optional"` // the platform's id of the person across restaurants
	EmailToken   *string `parquet:"email_token,optional"`
	PhoneToken   *string `parquet:"phone_token,optional"`
	NameToken    *string `parquet:"name_token,optional"`
	EmailOptIn   *bool   `parquet:"email_opt_in,optional"`
	VIP          *bool   `parquet:"vip,optional"`
	Country      *string `parquet:"country,optional,dict"`
	FirstVisitAt *int64  `parquet:"first_visit_at,optional,timestamp(microsecond:local)"`
	LastVisitAt  *int64  `parquet:"last_visit_at,optional,timestamp(microsecond:local)"`
	Archived     *bool   `parquet:"archived,optional"`
	Hidden       *bool   `parquet:"hidden,optional"` // deleted from the restaurant's guest book

	MarketingOptedOut *bool `parquet:"marketing_opted_out,optional"` // no use beyond running the restaurant
	Forgotten         bool  `parquet:"forgotten"`
}

// Erase takes from an observation of a booking what leads to its guest: the guest's id, and the digest, with which whoever has
// the row and a guess could test the guess.
func (r *Reservation) Erase() { r.Digest, r.CustomerID = "", nil }

// Erase leaves of an observation of a guest its place, the guest's id and whose guest it is, and the clock; all else is
// emptied. It is what warehouse/sql/load/07_erase.sql leaves.
func (c *Customer) Erase() {
	*c = Customer{
		Origin: Origin{Reading: c.Reading, Line: c.Line, ReadAt: c.ReadAt}, Platform: c.Platform, RestaurantID: c.RestaurantID,
		CustomerID: c.CustomerID, ClockEpoch: c.ClockEpoch, Clock: c.Clock, Forgotten: true,
	}
}

// Erased reports whether Erase did so.
func (c *Customer) Erased() bool { return c.Forgotten && c.Digest == "" }

// Erasure is a platform's request to forget a customer. It is kept even where its record is refused for another reason.
type Erasure struct {
	Reading    string `parquet:"reading,dict"`
	Line       int64  `parquet:"line"`
	Platform   string `parquet:"platform,dict"`
	CustomerID string `parquet:"customer_id"`
}

// Absence says that a platform, asked for a record by its id, did not have it.
type Absence struct {
	Reading  string `parquet:"reading,dict"`
	Line     int64  `parquet:"line"` // among the reading's lines of the kind, from 1
	Platform string `parquet:"platform,dict"`
	Source   string `parquet:"source,dict"`
	Kind     string `parquet:"kind,dict"`
	ID       string `parquet:"id"` // as reservation_id or customer_id has it
	ReadAt   int64  `parquet:"read_at,timestamp(microsecond:local)"`
}

// Merge says that a platform keeps a guest's record no more: it was merged into another guest's, or archived and emptied.
type Merge struct {
	Reading    string  `parquet:"reading,dict"`
	Line       int64   `parquet:"line"` // among the reading's customer lines, from 1
	Platform   string  `parquet:"platform,dict"`
	Source     string  `parquet:"source,dict"`
	CustomerID string  `parquet:"customer_id"`
	SurvivorID *string `parquet:"survivor_id,optional"` // as customer_id has it; nil where the platform names none
	ReadAt     int64   `parquet:"read_at,timestamp(microsecond:local)"`
}

// Refusal is one reason why a record is in quarantine, or was accepted without one of its fields: its place in raw, the field
// and the rule, never a value. A record with three problems has three refusals.
type Refusal struct {
	Reading    string `parquet:"reading,dict"`
	Kind       string `parquet:"kind,dict"`
	Line       int64  `parquet:"line"`
	Object     string `parquet:"object,dict"` // key of the raw object
	ObjectLine int64  `parquet:"object_line"`
	Reason     string `parquet:"reason,dict"`
	Field      string `parquet:"field,dict"` // path in the platform's record, "pos_data.pos_tip"; empty for the whole record
	Rule       string `parquet:"rule,dict"`
	Noted      bool   `parquet:"noted"` // the record was accepted, and only the field left out or rounded
}

// The kinds of record, as raw lines, manifests, the ledger and the quarantine name them.
const (
	KindReservation = "reservation"
	KindCustomer    = "customer"
)

// The platforms.
const (
	OpenTable = "opentable"
	TheFork   = "thefork"
)

// MaxPartySize is the largest party that the contract accepts.
const MaxPartySize = 1000

// The canonical statuses, in the order of a visit.
const (
	Requested = "requested" // awaits the restaurant's answer
	Booked    = "booked"
	Arrived   = "arrived"
	Seated    = "seated"
	Completed = "completed"
	Cancelled = "cancelled" // by guest or restaurant
	NoShow    = "no_show"
	Declined  = "declined" // refused by the restaurant
)

// The reasons of a refusal or a note. One word each: they are counted, logged and shown.
const (
	ReasonNotJSON       = "not_json"       // the line is not a JSON object
	ReasonTooLarge      = "too_large"      // longer than a record may be
	ReasonEncoding      = "encoding"       // not valid UTF-8
	ReasonMissing       = "missing"        // a required field is absent or null
	ReasonType          = "type"           // a value of another JSON type than documented
	ReasonRange         = "range"          // a number outside what the contract allows, or beyond int64
	ReasonUnknownStatus = "unknown_status" // a status that the vocabulary has no word for
	ReasonUnknownValue  = "unknown_value"  // a value outside a closed list
	ReasonTime          = "time"           // not a time in the documented form
	ReasonLocalTime     = "local_time"     // local and UTC twins disagree in the zone, or there is no such local time
	ReasonMoney         = "money"          // an amount that cannot be written exactly with four decimals, or without a unit
	ReasonRestaurant    = "restaurant"     // a record of another restaurant
	ReasonDuplicate     = "duplicate"      // a field given twice
	ReasonPhone         = "phone"          // not a telephone number of any numbering plan
	ReasonUnread        = "unread"         // the platform listed the record and did not give it
)
