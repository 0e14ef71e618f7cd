package sheet

import (
	"context"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// Facts are what a sheet is drawn from: all that the lake and the warehouse say of a day.
type Facts struct {
	Day       string
	Revision  int64           // of the contract: the first part of the rank that validation gives now
	Sources   []source.Source // expected on the day
	Readings  map[string][]lake.Reading
	Results   map[string][]lake.Result // of each reading the one that stands
	Kept      map[string][]lake.PassedOver
	Ledger    []warehouse.Entry // of the day
	Current   map[warehouse.DaySource]map[string]int64
	Regressed []warehouse.Regression
	Judged    map[string]quality.Judged // by reading
}

// ReadLake reads what raw and staging say of the day's sources, and holds its readings against the weeks before.
func (f *Facts) ReadLake(ctx context.Context, raw, staging *lake.Zone, history *quality.History) error {
	f.Readings, f.Results, f.Kept = map[string][]lake.Reading{}, map[string][]lake.Result{}, map[string][]lake.PassedOver{}
	ranks := map[string]string{}
	for _, e := range f.Ledger {
		ranks[e.Reading] = e.Rank
	}
	loaded := func(r lake.Result) bool { return ranks[r.Reading] == r.Rank.String() }
	for _, s := range f.Sources {
		readings, err := lake.Readings(ctx, raw, s.ID, f.Day)
		if err != nil {
			return err
		}
		for _, r := range readings {
			f.Readings[s.ID] = append(f.Readings[s.ID], r.Manifest)
		}
		results, err := lake.Results(ctx, staging, s.ID, f.Day)
		if err != nil {
			return err
		}
		standing := lake.Standing(results, loaded)
		f.Kept[s.ID] = lake.NotStanding(results, standing)
		for _, r := range standing {
			f.Results[s.ID] = append(f.Results[s.ID], r.Manifest)
		}
	}
	return f.judge(ctx, history)
}
