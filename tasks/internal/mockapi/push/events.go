package push

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"covers/tasks/internal/fault"
)

// OpenTable returns the target of OpenTable's reservation webhook (version 3 of February 2025): verified by Basic or Bearer,
// undeliverable after three failures, with exponential backoff. How long it waits for an answer is not documented.
func OpenTable(to, auth, id, secret string) (Target, error) {
	if err := check("opentable-push-to", to); err != nil {
		return Target{}, err
	}
	authorization := "Bearer " + secret
	if auth != "bearer" {
		authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	return Target{
		URL: to, Authorization: authorization, Tries: 3, Wait: time.Second, Timeout: 10 * time.Second,
		Accepted: func(status int, _ []byte) bool { return status >= 200 && status < 300 },
		Again:    func(bool) bool { return true },
	}, nil
}

// TheFork returns the target of TheFork's event webhook flow: a token of the partner's in the query is the only check, the answer
// is 200 with {"data":{}} within a few seconds, and what is not answered in time is sent again. How often is not documented.
func TheFork(to, token string) (Target, error) {
	if err := check("thefork-push-to", to); err != nil {
		return Target{}, err
	}
	u, _ := url.Parse(to) // check looked at it
	q := u.Query()
	q.Set("token", token)
	u.RawQuery = q.Encode()
	return Target{
		URL: u.String(), Tries: 3, Wait: time.Second, Timeout: 3 * time.Second,
		Accepted: func(status int, body []byte) bool {
			var compact bytes.Buffer
			return status == 200 && json.Compact(&compact, body) == nil && compact.String() == `{"data":{}}`
		},
		Again: func(timedOut bool) bool { return timedOut },
	}, nil
}

// check refuses what is no URL to send to. It does not repeat it: there may be a secret in it.
func check(flag, to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fault.New(fault.Usage, "give --"+flag+" as https://host/path", "--%s is no URL to send events to", flag)
	}
	return nil
}

// The members of OpenTable's body, in the examples' order: of all tiers, and what each tier has behind them.
var (
	bookingKeys = []string{
		"sequence_id", "guest_id", "confirmation_id", "state", "table_number", "scheduled_time", "party_size", "server",
		"updated_at_utc", "id", "href", "rid", "guest", "created_date", "visit_tags", "seated_time", "done_time",
		"scheduled_time_utc", "guest_request", "venue_notes", "opentable_notes", "table_category", "seated_time_utc",
		"done_time_utc", "created_date_utc", "updated_at", "origin", "arrived_time", "arrived_time_utc",
	}
	tierKeys = map[string][]string{
		"copper": {"experience_details", deposit},
		"gold":   {deposit, "referrer", "added_to_waitlist", "added_to_waitlist_utc"},
		"platinum": {deposit, "referrer", "added_to_waitlist", "added_to_waitlist_utc", "sms_opt_in", "quoted_wait_time",
			"cancellation_date", "cancellation_date_utc"},
	}
)

// deposit is called otherwise in the records, and its members too.
const deposit = "deposit_details"

// depositKeys are the members of a deposit in an event, and in a record.
var depositKeys = [][2]string{{"totalPaid", "total_paid"}, {"totalRefunded", "total_refunded"}, {"currency", "currency"},
	{"currencyDenominator", "currency_denominator"}, {"status", "status"}}

// Booking returns the body of OpenTable's event for a reservation, as its list has it in a tier; nil where it is not JSON.
// Platinum's experiences are not in its events, though its records have them.
func Booking(record []byte, tier string) []byte {
	if !gjson.ValidBytes(record) {
		return nil
	}
	out := []byte("{")
	add := func(key, value string) {
		if value == "" {
			value = "null"
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), key...), '"', ':'), value...)
	}
	for _, keys := range [][]string{bookingKeys, tierKeys[tier]} {
		for _, key := range keys {
			value := gjson.GetBytes(record, key).Raw
			switch {
			case key == deposit:
				value = depositOf(record)
			case key == "scheduled_time_utc" && len(value) > 2 && value[len(value)-2] == 'Z':
				value = value[:len(value)-2] + `"` // so in the examples, where the other twins have a Z
			}
			add(key, value)
		}
	}
	return append(out, '}')
}

func depositOf(record []byte) string {
	out := "{"
	for i, key := range depositKeys {
		value := gjson.GetBytes(record, "deposit."+key[1]).Raw
		switch {
		case key[0] == "currencyDenominator" && (value == "" || value == "null"):
			value = "100"
		case value == "":
			value = "null"
		case value == `"paid"`:
			value = `"Paid"` // as the webhook's page writes it
		}
		if i > 0 {
			out += ","
		}
		out += `"` + key[0] + `":` + value
	}
	return out + "}"
}

// Entity is the body of TheFork's events: what changed, to be fetched by its id.
type Entity struct {
	EntityType      string `json:"entityType"`
	EventType       string `json:"eventType"`
	UUID            string `json:"uuid"`
	GroupUUID       string `json:"groupUuid"`
	RestaurantUUID  string `json:"restaurantUuid,omitempty"`
	ReservationUUID string `json:"reservationUuid,omitempty"`
}

// Body returns the event as it is sent.
func (e Entity) Body() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // texts marshal
	}
	return text
}
