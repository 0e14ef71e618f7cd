package step

import (
	"fmt"
	"strings"

	"covers/tasks/internal/fault"
)

// Exit is one row of the table of exit codes (the numbers are those of sysexits.h, and 128+15 for SIGTERM).
type Exit struct {
	Code    int
	Kind    string // Failure.Kind; "" for success
	Meaning string
	Airflow string // what the scheduler makes of it
}

// Exits is the one table of exit codes: steps exit by it, --help prints it, docs/steps.md repeats it (a test compares).
var Exits = []Exit{
	{0, "", "done, or nothing to do (unchanged)", "success"},
	{64, "usage", "wrong usage or settings", "fail, no retry"},
	{65, "data", "data refused: contract broken beyond its limit, counts do not balance, " +
		"or an object of the lake is missing or corrupt", "fail, no retry"},
	{69, "unavailable", "a service cannot be reached or fails", "retry"},
	{70, "defect", "a defect in the program", "retry, then fail"},
	{75, "temporary", "a service asks to wait, a lock is held, or the disk is full", "retry"},
	{77, "denied", "not authorised", "fail, no retry"},
	{143, "stopped", "stopped by SIGTERM or SIGINT within 3 s, nothing half-published", "retry"},
}

// otherExits stands below the table: codes that come from elsewhere.
var otherExits = Exit{
	Meaning: "from outside: 2 of an unrecovered panic, 137 of the kernel, 125 to 127 of the container engine",
	Airflow: "retry, then fail",
}

// kinds has the name of each kind of failure's row.
var kinds = map[fault.Kind]string{
	fault.Usage:       "usage",
	fault.Data:        "data",
	fault.Unavailable: "unavailable",
	fault.Defect:      "defect",
	fault.Temporary:   "temporary",
	fault.Denied:      "denied",
	fault.Stopped:     "stopped",
}

// ExitOf returns the row of what a step returned.
func ExitOf(err error) Exit {
	if err == nil {
		return Exits[0]
	}
	return exitOfKind(fault.KindOf(err))
}

func exitOfKind(kind fault.Kind) Exit {
	for _, e := range Exits[1:] {
		if e.Kind == kinds[kind] {
			return e
		}
	}
	return exitOfKind(fault.Defect) // a kind that the table does not know is a defect in it
}

// ExitsText returns the table as --help shows it.
func ExitsText() string {
	var b strings.Builder
	for _, e := range Exits {
		fmt.Fprintf(&b, "%5d  %s (%s)\n", e.Code, e.Meaning, e.Airflow)
	}
	fmt.Fprintf(&b, "other  %s (%s)\n", otherExits.Meaning, otherExits.Airflow)
	return b.String()
}

// ExitsMarkdown returns the table as docs/steps.md shows it.
func ExitsMarkdown() string {
	var b strings.Builder
	b.WriteString("| code | meaning | Airflow |\n| --- | --- | --- |\n")
	for _, e := range Exits {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", e.Code, e.Meaning, e.Airflow)
	}
	fmt.Fprintf(&b, "| other | %s | %s |\n", otherExits.Meaning, otherExits.Airflow)
	return b.String()
}
