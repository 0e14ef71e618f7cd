package thefork

// IDPage is the envelope of both lists of the TheFork B2B API documentation: ids only. A record is then asked for one by
// one, at the list's path, "/" and its id. Whether that answer is the bare record or {"data": record} is not documented:
// the simulator does either, a client must read both.
type IDPage struct {
	Data       []string `json:"data"`
	TotalCount int64    `json:"totalCount"`
	Page       int64    `json:"page"` // from 1
	Limit      int64    `json:"limit"`
}

// TokenRequest is the form, or the JSON body, of POST /oauth/token.
type TokenRequest struct {
	GrantType    string `json:"grant_type"` // client_credentials
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Audience     string `json:"audience"` // Audience
}

// TokenReply answers it. ExpiresIn is 8600 where it is given; asking again before is discouraged.
type TokenReply struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type,omitempty"`
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds
}

// Error is how the API refuses a call: {"data": {"code": "RESERVATION_NOT_FOUND"}, "error": "Not Found", "statusCode": 404}.
// Code is empty with a 401.
type Error struct {
	Data       ErrorData `json:"data"`
	Error      string    `json:"error"`
	StatusCode int       `json:"statusCode"`
}

// ErrorData is the part of an Error that a program can compare.
type ErrorData struct {
	Code string `json:"code"`
}

// GatewayError is how the gateway before the API refuses a missing or invalid token, together with the header
// WWW-Authenticate as in GatewayChallenge.
type GatewayError struct {
	Message string `json:"message"` // "Unauthorized"
}

// Paths, defaults and maxima of the TheFork B2B API documentation. The two lists are below the API's base URL, which ends
// in /manager.
const (
	TokenPath        = "/oauth/token"
	BasePath         = "/manager"
	ReservationsPath = "/v1/reservations"
	CustomersPath    = "/v1/customers"

	DefaultLimit = 100
	MaxLimit     = 10000

	Audience         = "https://api.thefork.io"
	TokenLife        = 8600 // seconds
	GatewayChallenge = `Bearer realm="auth.thefork.io", error="invalid_token"`
)

// The values of filterBy; the first is the default.
const (
	ByUpdatedDate = "updatedDate"
	ByMealDate    = "mealDate"
)

// The closed lists of the TheFork B2B API documentation.
var (
	Statuses     = []string{"RECORDED", "REQUESTED", "REFUSED", "CANCELED", "NO_SHOW"}
	MealStatuses = []string{"PARTIALLY_ARRIVED", "ARRIVED", "SEATED", "BILL", "LEFT"}
	Channels     = []string{
		"TripAdvisor", "Michelin", "Booking Module", "Offline", "TheFork", "Walk-in", "Google", "Cross Sell",
		"TheFork Manager API",
	}
	OfferTypes      = []string{"promotion", "presetMenu"}
	PresetMenuTypes = []string{"generic", "group", "of_the_day", "brunch", "experience", "mastercard"}
)
