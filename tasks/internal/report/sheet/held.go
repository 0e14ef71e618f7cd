package sheet

import (
	"fmt"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/text"
)

// held returns a finding for each reading whose requests to forget guests wait for a person.
func (f Facts) held() (found []Finding) {
	for _, h := range f.Holds {
		if !h.Waits() {
			continue
		}
		source := "warehouse"
		if id, err := lake.ParseReadingID(h.Reading); err == nil {
			source = id.Source
		}
		found = append(found, Finding{
			Day: f.Day, Source: source, Kind: Held, Severity: contract.SeverityError,
			What: fmt.Sprintf("%s to forget %s, in reading %s, held until a person confirms or refuses them",
				text.Count(h.Requests, "request"), text.Count(h.Guests, "guest"), h.Reading),
			Next: "have the platform say whether it means that, then run care erasures with --confirm or --refuse",
		})
	}
	return found
}
