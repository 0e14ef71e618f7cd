package report

import (
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// page makes what is shown of all that was gathered.
func (j *journal) page(r *source.Registry, f warehouse.Figures, program string) (page.Page, error) {
	groups, err := grouped(j.findings)
	if err != nil {
		return page.Page{}, err
	}
	from, until := j.days[0], j.days[len(j.days)-1]
	p := page.Page{Title: page.Day(from), Days: from, State: stateOf(groups), Headline: j.headline(groups, r)}
	if from != until {
		p.Title, p.Days = page.Day(from)+" to "+page.Day(until), from+".."+until
	}
	p.Findings, p.More = j.findingsOf(groups, r)
	switch {
	case j.nothingRead():
		p.Compare = "What other days' readings brought of " + j.theseDays() + " is not shown: it is only a part."
	case j.figureless: // noughts would be taken for what the days brought
		p.Compare = "The numbers of the bookings could not be added up: there is none here, and no chart."
	default:
		now, before, periods := compared(j.days, f, r)
		p.Cards = cards(now, before, periods)
		p.Compare = whenDecided(compareText(j.days, periods), now.Tally, periods)
		p.Charts = chartsOf(j.days, f, r)
	}
	p.Run = []page.Section{j.balance(), j.quarantine(), j.drift.section(), j.freshness(r), j.effort(r)}
	p.Footer = []string{
		"Guests are counted on the date of their meal, on the restaurant's own clock; " +
			"a day's readings hold what changed on that day (UTC).",
		"Made by Covers " + program + " from the warehouse and the manifests of " + p.Days + ".",
	}
	return p, nil
}
