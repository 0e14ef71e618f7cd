// Package source knows what there is to read: restaurants.yaml and the sources it describes. A source is a platform and a
// restaurant ("opentable/101"), or a platform's account for what the platform keeps by account ("thefork/group-main":
// TheFork's customers).
//
// Start with Load and Registry.Source. The package reads no secret: an entry names its credential, and the steps take
// the credential's parts from the environment.
package source

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
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
	Country      string         // ISO 3166, whose telephone numbers need no code; may be empty
	Owner        string         // for people; may be empty

	RID            int64       // OpenTable's number of the restaurant
	Tier           string      // of OpenTable's Sync API: copper, gold or platinum; may be empty
	RestaurantUUID string      // TheFork's id of the restaurant
	GroupUUID      string      // TheFork's id of the account
	Restarts       []time.Time // when OpenTable restarted the restaurant's sequence, ascending
	MoneyUnit      string      // TheFork: "major" or "minor"; empty where nobody has said it yet

	// What the fields from Name to RestaurantUUID were, ascending, and last what they are; empty where they were always the same.
	History []Span

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
	return map[string]string{
		"platform":      s.Platform,
		"restaurant_id": fmt.Sprint(s.RestaurantID),
		"restarts":      s.restarts(),
		"money_unit":    s.MoneyUnit,
		"currency":      s.byDay(func(x Span) string { return x.Currency }),
		"country":       s.byDay(func(x Span) string { return x.Country }),
		"timezone":      s.byDay(func(x Span) string { return zoneName(x.Location) }),
		"zone_rules":    s.byDay(func(x Span) string { return rules(x.Location) }),
		"rid":           s.byDay(func(x Span) string { return fmt.Sprint(x.RID) }),
		"uuid":          s.byDay(func(x Span) string { return x.RestaurantUUID }) + s.GroupUUID,
	}
}

// Mappable returns why the source's records cannot be mapped yet, as a usage fault.
func (s Source) Mappable() error {
	if !known[s.Platform].moneyUnit || s.MoneyUnit != "" || !slices.Contains(s.Kinds, reservation.KindReservation) {
		return nil
	}
	return fault.New(fault.Usage,
		"run extract probe, which compares a bill, and state money_unit: major or minor under platforms."+s.Platform,
		"%s: restaurants.yaml does not say in which unit the platform counts amounts (money_unit)", s.ID)
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
