package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/text"
)

// drift is what the platforms send that the contract does not know.
type drift struct {
	records map[deviation]int64
	dropped int64 // records whose deviation was one too many to list
	unread  int64 // quarantines that are gone or broken
}

// deviation is something that a platform sends and the contract does not know.
type deviation struct{ platform, kind, field, reason, rule string }

// maxDrift bounds the deviations that are told apart: a field's name may be anything.
const maxDrift = 100

// drifting says what each reason means that speaks of a platform that changed, not of a record that is wrong.
var drifting = map[string]string{
	reservation.ReasonUnknownStatus: "a status that is not known",
	reservation.ReasonUnknownValue:  "a value that is not known",
	reservation.ReasonType:          "another sort of value",
	reservation.ReasonMissing:       "not there",
}

// read reads a day's quarantines, a batch at a time. A quarantine that expired before its manifest, or is broken, holds up no
// report. Several are fetched at once and counted one after the other, since which deviations are the first depends on the order.
func (d *drift) read(ctx context.Context, staging *lake.Zone, f sheet.Facts) error {
	all := quarantines(f)
	turns := make([]chan struct{}, len(all)+1) // closed when all before have been counted
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	close(turns[0])
	return lake.AtOnce(len(all), func(i int) error {
		defer close(turns[i+1])
		q := all[i]
		err := parquetrows.Read(ctx, staging, q.object, func(batch []reservation.Refusal) error {
			<-turns[i]
			for _, x := range batch {
				d.add(q.platform, x)
			}
			return nil
		})
		<-turns[i]
		if fault.KindOf(err) == fault.Data {
			zerolog.Ctx(ctx).Warn().Err(err).Str("reading", q.reading).Msg("a quarantine cannot be read")
			d.unread++
			return nil
		}
		return err
	})
}

// quarantined is an object of a reading's refusals.
type quarantined struct {
	platform, reading string
	object            lake.Object
}

func quarantines(f sheet.Facts) (all []quarantined) {
	for _, src := range f.Sources {
		for _, r := range f.Results[src.ID] {
			for _, o := range r.Objects {
				if o.Kind == lake.KindQuarantine {
					all = append(all, quarantined{src.Platform, r.Reading, o})
				}
			}
		}
	}
	return all
}

// add counts a refusal, if it speaks of a platform that changed. x is void after its batch, so what is kept is cloned.
func (d *drift) add(platform string, x reservation.Refusal) {
	if drifting[x.Reason] == "" {
		return
	}
	seen := deviation{platform, x.Kind, x.Field, x.Reason, x.Rule}
	if _, known := d.records[seen]; !known {
		if len(d.records) >= maxDrift {
			d.dropped++
			return
		}
		seen = deviation{platform, strings.Clone(x.Kind), strings.Clone(x.Field), strings.Clone(x.Reason), strings.Clone(x.Rule)}
	}
	d.records[seen]++
}

// section says what the platforms send that the contract does not know.
func (d *drift) section() page.Section {
	t := page.Table{
		Caption: "Fields that are not as documented", Head: []string{"Field", "Of", "What was sent", "Expected", "Records"},
		Text: 4,
		Wide: true, Empty: "Nothing new was seen in these days.",
	}
	sorted := slices.SortedFunc(maps.Keys(d.records), func(x, y deviation) int {
		return cmp.Or(cmp.Compare(d.records[y], d.records[x]), cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)))
	})
	for _, x := range sorted {
		t.Rows = append(t.Rows, []string{
			page.Shorten(cmp.Or(x.field, "(the record)"), mostName), platforms.Written(x.platform) + " " + kindName(x.kind),
			drifting[x.reason], page.Shorten(x.rule, 90), page.Count(d.records[x]),
		})
	}
	says := "What the platforms may have changed: records, refused or accepted without a field, whose status, values or " +
		"fields the contract does not know. The same field in many records at once is a change; in a few, a mistake. Fields " +
		"that Covers does not use are passed over and do not show here."
	if d.dropped > 0 {
		says += fmt.Sprintf(" %s further records are of changes beyond the first %d.", page.Count(d.dropped), maxDrift)
	}
	if d.unread > 0 {
		says += " " + text.Count(d.unread, "quarantine") + " could not be read, and what is in there is not counted here."
	}
	return page.Section{ID: "drift", Title: "What the platforms changed", Text: says, Tables: []page.Table{t}}
}
