package thefork

import "encoding/json"

// Reservation is the answer to GET /v1/reservations/{id}, field by field as the TheFork B2B API documentation names them. A
// pointer is nullable. Times are instants in RFC 3339 with a Z or an offset; the restaurant's zone is not given.
type Reservation struct {
	ReservationUUID string            `json:"reservationUuid"`
	RestaurantUUID  string            `json:"restaurantUuid"`
	MealDate        *string           `json:"mealDate"`   // the instant of the meal, not its date; required, yet may be null
	MealStatus      *string           `json:"mealStatus"` // one of MealStatuses, in no fixed order, while Status stays RECORDED
	PartySize       int64             `json:"partySize"`
	Status          string            `json:"status"` // one of Statuses
	OfferUUID       *string           `json:"offerUuid"`
	CustomerNote    *string           `json:"customerNote"`   // at most 1000 characters
	RestaurantNote  *string           `json:"restaurantNote"` // at most 3000 characters
	CustomerUUID    *string           `json:"customerUuid"`
	CustomFields    []CustomField     `json:"customFields"` // null where there is none
	OfferDetails    *OfferDetails     `json:"offerDetails"`
	UTM             []UTMTrackingInfo `json:"utmTrackingInformation"` // null where there is none
	BillAmount      *BillAmount       `json:"billAmount"`
	Channel         string            `json:"reservationChannel"`
	CreatedAt       *string           `json:"createdAt"` // required, yet may be null
	UpdatedAt       *string           `json:"updatedAt"`
}

// OfferDetails is the promotion or the menu that was booked.
type OfferDetails struct {
	OfferType          string            `json:"offerType"` // promotion or presetMenu
	Name               map[string]string `json:"name"`      // by locale
	DiscountPercentage *json.Number      `json:"discountPercentage"`
	PresetMenuType     *string           `json:"presetMenuType"` // one of PresetMenuTypes
	Price              *json.Number      `json:"price"`          // a plain number, apparently in major units
	Currency           *string           `json:"currency"`
}

// CustomField is a field that the restaurant defined itself.
type CustomField struct {
	LabelUUID string          `json:"labelUuid"`
	Label     string          `json:"label"`
	Type      string          `json:"type"`  // boolean, string or integer
	Value     json.RawMessage `json:"value"` // of that type
	ValueUUID *string         `json:"valueUuid"`
}

// UTMTrackingInfo is one key and value of the campaign that led to the booking.
type UTMTrackingInfo struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// BillAmount is what was paid. TotalPrice is a plain number, apparently in major units: 12.5 is EUR 12.50.
type BillAmount struct {
	TotalPrice *json.Number `json:"totalPrice"`
	Currency   *string      `json:"currency"`
}
