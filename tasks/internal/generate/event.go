package main

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/step"
)

// lambdaEvent is what a Lambda invocation may hold: what EventBridge Scheduler is told to send, an event of EventBridge, or what a
// person writes. Anything else is refused: a slip of the pen must not make another day than was meant.
type lambdaEvent struct {
	Day  string `json:"day"`  // YYYY-MM-DD
	Days string `json:"days"` // as step.ParseDays reads them

	// ScheduledTime is Scheduler's <aws.scheduler.scheduled-time>, 2026-03-28T05:00:00Z.
	ScheduledTime string `json:"scheduled_time"`

	// An event of EventBridge: when it was due, and what says nothing about the day.
	Time       string         `json:"time"`
	Version    jsontext.Value `json:"version"`
	ID         jsontext.Value `json:"id"`
	DetailType jsontext.Value `json:"detail-type"`
	Source     jsontext.Value `json:"source"`
	Account    jsontext.Value `json:"account"`
	Region     jsontext.Value `json:"region"`
	Resources  jsontext.Value `json:"resources"`
	Detail     jsontext.Value `json:"detail"`
}

// daysAsked are the days that an event asks for.
type daysAsked struct {
	days    []string
	several bool // the event names days in the plural
}

const eventForm = `send {"day": "YYYY-MM-DD"}, {"days": "YYYY-MM-DD..YYYY-MM-DD"} or {"scheduled_time": "<aws.scheduler.scheduled-time>"}`

// parseEvent reads an event. A day that it names comes before the time that it was due, which stands for the day that had
// ended by then, as a scheduler's partition does. The clock is never asked, so that an event that comes again, however late,
// means the same day.
func parseEvent(payload []byte) (daysAsked, error) {
	var e lambdaEvent
	if err := json.Unmarshal(payload, &e, json.RejectUnknownMembers(true)); err != nil {
		return daysAsked{}, fault.New(fault.Usage, eventForm, "read the event: %w", err)
	}
	switch {
	case e.Day != "" && e.Days != "":
		return daysAsked{}, badEvent("both day and days are named")
	case e.Day != "":
		return daysAsked{days: []string{e.Day}}, nil
	case e.Days != "":
		days, err := step.ParseDays(e.Days)
		if err != nil {
			return daysAsked{}, badEvent("days: %w", err)
		}
		return daysAsked{days: days, several: true}, nil
	case e.ScheduledTime != "" && e.Time != "":
		return daysAsked{}, badEvent("both scheduled_time and time are given")
	case e.ScheduledTime+e.Time == "":
		return daysAsked{}, badEvent("it names no day and no time that it was due")
	}
	due, err := time.Parse(time.RFC3339, e.ScheduledTime+e.Time)
	if err != nil {
		return daysAsked{}, badEvent("the time that it was due is not of the form 2026-03-28T05:00:00Z: %q", e.ScheduledTime+e.Time)
	}
	ended := due.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	return daysAsked{days: []string{ended.Format(time.DateOnly)}}, nil
}

func badEvent(format string, args ...any) error {
	return fault.New(fault.Usage, eventForm, "read the event: "+format, args...)
}
