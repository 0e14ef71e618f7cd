package report

import (
	"fmt"
	"strings"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/source"
)

// stateOf returns how the days stand.
func stateOf(groups []group) page.State {
	state := page.InOrder
	for _, g := range groups {
		if g.IsError() {
			return page.NotInOrder
		}
		state = page.Doubtful
	}
	return state
}

// headline says in a sentence or two whether the days can be trusted.
func (j *journal) headline(groups []group, r *source.Registry) string {
	state := stateOf(groups)
	switch {
	case j.expected == 0:
		return "Nothing was expected: no restaurant is read for " + j.theseDays() + "."
	case state == page.InOrder:
		return "Everything that was expected arrived, was checked and is in the numbers below" + j.butFor() + "."
	case state == page.Doubtful && j.figureless:
		return "Everything that was expected arrived, but the numbers of the bookings could not be added up."
	case state == page.Doubtful:
		return "Everything that was expected arrived and is in the numbers below" + j.butFor() +
			"; something about it is unusual."
	case j.nothingRead():
		return "Nothing was read of " + j.theseDays() + ". There are no numbers until that is mended."
	}
	var said []string
	for _, kind := range sheet.Kinds {
		if leads, names := named(groups, kind, r); leads != "" {
			said = append(said, leads+names+".")
		}
	}
	if said == nil {
		return "Something went wrong on the way. The numbers below may not be complete; what to do stands below."
	}
	return strings.Join(said, " ") + " The numbers below lack it until that is mended."
}

func (j *journal) theseDays() string { return plain(len(j.days), "this day", "these days") }

// nothingRead reports whether each source that was expected is missing, on every day, and nothing else is wrong.
func (j *journal) nothingRead() bool {
	missing := 0
	for _, f := range j.findings {
		switch {
		case f.Kind == sheet.Missing:
			missing++
		case f.IsError():
			return false
		}
	}
	return j.expected > 0 && missing == j.expected
}

// butFor says how many records are in no number, where there are such.
func (j *journal) butFor() string {
	received, refused := j.receivedRefused()
	var says []string
	if refused > 0 {
		says = append(says, fmt.Sprintf("%s of %s records (%s) that were refused",
			page.Count(refused), page.Count(received), page.Percent(refused, received)))
	}
	unread := int64(0)
	for _, l := range j.sums() {
		unread += l.Unread
	}
	if unread > 0 {
		says = append(says, fmt.Sprintf("%s %s that the platform did not give",
			page.Count(unread), plain(int(unread), "record", "records")))
	}
	if says == nil {
		return ""
	}
	return ", but for " + strings.Join(says, " and ")
}

func (j *journal) receivedRefused() (received, refused int64) {
	for _, l := range j.sums() {
		received += l.Received
		refused += l.Quarantined
	}
	return received, refused
}

// named returns the sources with an error of a kind, and what the headline says before their names; nothing where there are none,
// or where the headline does not name them.
func named(groups []group, kind sheet.Kind, r *source.Registry) (leads, names string) {
	var ids []string
	for _, g := range groups {
		if g.Kind == kind && g.IsError() {
			leads = g.words.leads
			ids = append(ids, g.sources...)
		}
	}
	return leads, listed(ids, 3, r)
}
