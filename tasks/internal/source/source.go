// Package source knows what there is to read: restaurants.yaml and the sources it describes. A source is a platform and a
// restaurant ("opentable/101"), or a platform's account for what the platform keeps by account ("thefork/group-main":
// TheFork's customers).
//
// Start with Load and Registry.Source. The package reads no secret: an entry names its credential, and the steps take
// the credential's parts from the environment.
package source

import (
	"fmt"
	"strings"
	"time"
)

// Source is one thing to read: all that a step needs to know of it.
type Source struct {
	ID       string // "opentable/101", "thefork/group-main"
	Platform string // reservation.OpenTable or reservation.TheFork
	Kinds    []string

	RestaurantID int64          // our own number of the restaurant; 0 for an account
	Name         string         // for people
	Location     *time.Location // the restaurant's zone; nil for an account
	Currency     string         // ISO 4217; empty for an account

	RID            int64       // OpenTable's number of the restaurant
	RestaurantUUID string      // TheFork's id of the restaurant
	GroupUUID      string      // TheFork's id of the account
	Restarts       []time.Time // when OpenTable restarted the restaurant's sequence, ascending
	MoneyUnit      string      // TheFork: "major" or "minor"

	Revision    int64
	From, Until string // first and last day read, YYYY-MM-DD; Until may be empty
	Unusual     []Unusual

	Access Access
}

// Access is how a platform is reached.
type Access struct {
	APIURL            string
	AuthURL           string
	Credential        string        // names the environment variables COVERS_<CREDENTIAL>_CLIENT_ID and _CLIENT_SECRET
	Overlap           time.Duration // how far a window reaches beyond its day
	PageSize          int           // records or ids a page
	RequestsPerSecond float64       // shared by all that reads with the credential
}

// Expected reports whether the source is read on a day (YYYY-MM-DD).
func (s Source) Expected(day string) bool {
	return day >= s.From && (s.Until == "" || day <= s.Until)
}

// Settings are what decides, beside the contract and the token key, how the source's records are mapped. They are recorded
// with the rank they were used at, and may not change under it.
func (s Source) Settings() map[string]string {
	m := map[string]string{
		"platform":      s.Platform,
		"restaurant_id": fmt.Sprint(s.RestaurantID),
		"currency":      s.Currency,
		"restarts":      s.restarts(),
		"money_unit":    s.MoneyUnit,
		"rid":           fmt.Sprint(s.RID),
		"uuid":          s.RestaurantUUID + s.GroupUUID,
	}
	if s.Location != nil {
		m["timezone"] = s.Location.String()
	}
	return m
}

func (s Source) restarts() string {
	texts := make([]string, len(s.Restarts))
	for i, t := range s.Restarts {
		texts[i] = t.UTC().Format(time.RFC3339Nano)
	}
	return strings.Join(texts, " ")
}

// Epoch returns the sequence epoch of a record by when the platform last changed it (microseconds since 1970, UTC): 1, and one
// more for every restart of the restaurant's sequence until then. It follows from the record and not from when it is read, so
// that records of before a restart keep their epoch when they are derived again.
func (s Source) Epoch(updatedAt int64) int64 {
	epoch := int64(1)
	for _, t := range s.Restarts {
		if updatedAt >= t.UnixMicro() {
			epoch++
		}
	}
	return epoch
}
