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
	Holds     []warehouse.Hold          // requests to forget that are held, which this sheet is to tell of
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
	readings, results := make([][]lake.Found[lake.Reading], len(f.Sources)), make([][]lake.Found[lake.Result], len(f.Sources))
	err := lake.AtOnce(2*len(f.Sources), func(i int) (err error) {
		s := i / 2
		if i%2 == 0 {
			readings[s], err = lake.Readings(ctx, raw, f.Sources[s].ID, f.Day)
		} else {
			results[s], err = lake.Results(ctx, staging, f.Sources[s].ID, f.Day)
		}
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range f.Sources {
		for _, r := range readings[i] {
			f.Readings[s.ID] = append(f.Readings[s.ID], r.Manifest)
		}
		standing := lake.Standing(results[i], loaded)
		f.Kept[s.ID] = lake.NotStanding(results[i], standing)
		for _, r := range standing {
			f.Results[s.ID] = append(f.Results[s.ID], r.Manifest)
		}
	}
	return f.judge(ctx, history)
}
