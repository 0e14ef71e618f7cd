package mockapi

import (
	"cmp"

	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/source"
)

// forms returns the form of a restaurant's records.
func (s *OpenTableSettings) forms(src source.Source) form.OpenTable {
	return form.OpenTable{
		Tier: s.tier(src), GuestIDs: s.GuestIDs, PrimaryGuest: s.PrimaryGuest, Birthdays: s.Birthdays, Address: s.Address,
		GPID: s.GPID, Referrer: s.Referrer, States: s.States, GoldPOSData: s.GoldPOSData, CopperCreatedUTC: s.CopperCreatedUTC,
	}
}

// tier returns the tier of a restaurant's records: restaurants.yaml names it, or else the settings do.
func (s *OpenTableSettings) tier(src source.Source) string {
	return cmp.Or(src.Tier, s.Tier, "platinum")
}

// tier is what the client's contract lets it see of a restaurant.
func (o *openTable) tier(rid int64) string { return o.tiers[rid] }
