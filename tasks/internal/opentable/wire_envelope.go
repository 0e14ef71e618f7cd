package opentable

import "encoding/json"

// Page is the envelope of both lists of the OpenTable Sync API v2 documentation. Items stay as they were sent.
type Page struct {
	HasNextPage bool              `json:"hasNextPage"`
	NextPageURL *string           `json:"nextPageUrl"` // absolute, relative or null: its form is not documented
	Offset      int64             `json:"offset"`
	Limit       int64             `json:"limit"`
	Items       []json.RawMessage `json:"items"`
}

// TokenReply answers GET or POST /api/v2/oauth/token. There is no refresh token.
type TokenReply struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"` // "Bearer", sometimes "bearer"
	ExpiresIn   int64  `json:"expires_in"` // seconds, usually days of them
	Scope       string `json:"scope"`
}

// Error is the body of a refused call: 400 without a token, 401 with a bad or expired one, 401 or 403 for a foreign
// restaurant (OpenTable Sync API v2 documentation).
type Error struct {
	Timestamp string `json:"timestamp"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
	Error     string `json:"error"` // the status in words
	RequestID string `json:"requestId"`
	Message   string `json:"message,omitempty"`
}

// Paths, defaults and maxima of the OpenTable Sync API v2 documentation. A single record is at its list's path, "/" and its
// id, and is sent as it would be in a list, without an envelope.
const (
	TokenPath        = "/api/v2/oauth/token"
	ReservationsPath = "/sync/v2/reservations"
	GuestsPath       = "/sync/v2/guests"

	DefaultLimit = 1000
	MaxLimit     = 2000

	// RequestIDHeader is on every reply.
	RequestIDHeader = "OT-RequestId"
)

// Forms of time (OpenTable Sync API v2 documentation).
const (
	LocalTime    = "2006-01-02T15:04:05"      // restaurant-local; a fraction of a second may follow
	UTCTime      = "2006-01-02T15:04:05Z"     // the _utc twins; a fraction of a second may precede the Z
	UpdatedAfter = "2006-01-02T15:04:05.000Z" // the parameter updated_after
)

// The values of state, in the order of a visit (OpenTable Sync API v2 documentation). They fall in four groups.
var (
	ExpectedStates = []string{"NotConfirmed", "LeftMessage", "WrongNumber", "NoAnswer", "Late", "Confirmed"}
	InHouseStates  = []string{"PartiallyArrived", "AllArrived"}
	SeatedStates   = []string{
		"PartiallySeated", "Seated", "Appetizer", "Entree", "Dessert", "Cleared", "CheckDropped", "Paid", "BusTable",
	}
	FinalStates = []string{"Done", "NoShow", "Cancelled", "AssumedSeated", "AssumedDone"}
)

// The values of origin and table_category. A null category is the default one.
var (
	Origins         = []string{"Web", "Walk-in", "Phone"}
	TableCategories = []string{"hightop", "bar", "counter", "outdoor"}
)
