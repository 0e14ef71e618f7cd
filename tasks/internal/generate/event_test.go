package generate

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/step"
)

func TestDaysOfAnEvent(t *testing.T) {
	for event, want := range map[string][]string{
		`{"scheduled_time": "2026-03-28T05:00:00Z"}`:                {"2026-03-27"},
		`{"scheduled_time": "2026-03-28T00:00:00Z"}`:                {"2026-03-27"},
		`{"scheduled_time": "2026-03-28T23:59:59.999Z"}`:            {"2026-03-27"},
		`{"scheduled_time": "2026-03-29T01:30:00+02:00"}`:           {"2026-03-27"}, // in UTC it is still the 28th
		`{"scheduled_time": "2026-03-27T21:00:00-05:00"}`:           {"2026-03-27"}, // in UTC it is the 28th already
		`{"scheduled_time": "2028-03-01T05:00:00Z"}`:                {"2028-02-29"},
		`{"scheduled_time": "2026-01-01T05:00:00Z"}`:                {"2025-12-31"},
		`{"day": "2026-03-27"}`:                                     {"2026-03-27"},
		`{"day": "2026-03-20", "time": "2026-03-28T05:00:00Z"}`:     {"2026-03-20"},
		`{"days": "2026-02-27..2026-03-01"}`:                        {"2026-02-27", "2026-02-28", "2026-03-01"},
		`{"days": "2026-03-27"}`:                                    {"2026-03-27"},
		`{"days": "2026-03-28, 2026-03-27", "scheduled_time": "x"}`: {"2026-03-27", "2026-03-28"},
		// An event of EventBridge, as its documentation shows one.
		`{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events",
		  "account":"123456789012","time":"2026-03-28T05:00:00Z","region":"eu-west-1",
		  "resources":["arn:aws:events:eu-west-1:123456789012:rule/daily"],"detail":{}}`: {"2026-03-27"},
	} {
		got, err := ParseEvent([]byte(event), step.ParseDays)
		if err != nil || !slices.Equal(got.Days, want) || got.Several != strings.Contains(event, `"days"`) {
			t.Errorf("%s: %+v, %v, want %v", event, got, err, want)
		}
	}
}

func TestBadEvents(t *testing.T) {
	for event, want := range map[string]string{
		``:                                 "read the event",
		`null`:                             "names no day",
		`[]`:                               "read the event",
		`"2026-03-27"`:                     "read the event",
		`{}`:                               "names no day and no time",
		`{"day": ""}`:                      "names no day and no time",
		`{"day": 20260327}`:                "read the event",
		`{"day": ["2026-03-27"]}`:          "read the event",
		`{"date": "2026-03-27"}`:           `unknown object member name "date"`,
		`{"Day": "2026-03-27"}`:            `unknown object member name "Day"`,
		`{"day": "2026-03-27", "seed": 2}`: `unknown object member name "seed"`,
		`{"day": "2026-03-27", "day": "2026-03-28"}`:                                 `duplicate object member name "day"`,
		`{"day": "2026-03-27"} {}`:                                                   "read the event",
		`{"day": "2026-03-27", "days": "2026-03-28"}`:                                "both day and days",
		`{"days": "2026-03-28..2026-03-27"}`:                                         "ends before it begins",
		`{"days": "yesterday"}`:                                                      "want a day as YYYY-MM-DD",
		`{"time": "2026-03-28T05:00:00Z", "scheduled_time": "2026-03-28T05:00:00Z"}`: "both scheduled_time and time",
		`{"scheduled_time": "<aws.scheduler.scheduled-time>"}`:                       "not of the form",
		`{"scheduled_time": "2026-03-28"}`:                                           "not of the form",
		`{"scheduled_time": "2026-03-28T05:00:00"}`:                                  "not of the form",
	} {
		got, err := ParseEvent([]byte(event), step.ParseDays)
		if err == nil {
			t.Errorf("%s: taken for %v", event, got.Days)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || !strings.HasSuffix(text, "; "+EventForm) {
			t.Errorf("%s: %q, want %q and the form", event, text, want)
		}
	}
}
