package mockapi

import (
	"net/http"
	"time"

	"covers/tasks/internal/mockapi/scenario"
)

// Settings are how the platforms behave where their documentation does not say, and what a client must show. The zero value
// of a word is the first one its comment names.
type Settings struct {
	OpenTable OpenTableSettings
	TheFork   TheForkSettings
	OverLimit string             // refuse, clamp: a limit beyond the maximum
	Scenario  *scenario.Scenario // nil: nothing goes wrong
}

// OpenTableSettings are those of OpenTable alone.
type OpenTableSettings struct {
	Credential   Credential
	TokenLife    time.Duration
	Sort         string // oldest, newest, id: the order of lists
	UpdatedAfter string // strict, inclusive
	ScheduledTo  string // inclusive, exclusive
	NextPageURL  string // absolute, relative, null
	Foreign      int    // 403, 401: the status for another's restaurant
	GuestTier    string // person, record: whether guests have their personal fields
}

// TheForkSettings are those of TheFork alone.
type TheForkSettings struct {
	Credential   Credential
	TokenLife    time.Duration
	Sort         string // oldest, newest, id: the order of lists
	EndDate      string // inclusive, exclusive: the last day
	DayZone      string // utc, restaurant: the zone that cuts days
	Foreign      int    // 403, 401, 404: the status for another's group or restaurant
	Record       string // bare, data: a single record, or one in {"data": …}
	ExpiredToken string // gateway, api: who refuses an expired token
	HideLife     bool   // the token reply has no expires_in
}

// foreignStatus returns the status that a setting names.
func foreignStatus(setting int) int {
	if setting == 0 {
		return http.StatusForbidden
	}
	return setting
}
