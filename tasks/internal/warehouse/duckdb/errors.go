//go:build cgo

package duckdb

import (
	"errors"
	"regexp"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

var (
	lockHolder = regexp.MustCompile(`Conflicting lock is held in (.+?) \(PID (\d+)\)`)
	quoted     = regexp.MustCompile(`"[^"]*"|'[^']*'`)
)

// explainOpening is explain for the opening of a database, where what DuckDB cannot read or take is a mistake in --warehouse.
func explainOpening(action string, err error) error {
	var (
		known *fault.Error
		d     *duckdb.Error
	)
	if !errors.As(err, &known) && !errors.As(err, &d) {
		return fault.New(fault.Usage, "correct the parameters of --warehouse", "%s: %w", action, err)
	}
	return explainAs(action, err, true)
}

// explain classifies an error of DuckDB at work.
func explain(action string, err error) error { return explainAs(action, err, false) }

// explainAs classifies an error of DuckDB, met while opening a database or at work. What DuckDB says of a failed conversion
// repeats the value: quoted parts are left out there, and so is the excerpt of the statement everywhere.
func explainAs(action string, err error, opening bool) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return &engine.Error{Text: action + ": " + err.Error(), Cause: err}
	}
	says, _, _ := strings.Cut(d.Msg, "\n")
	shown := &engine.Error{Text: says, Cause: err}
	with := func(kind fault.Kind, next string) error { return fault.New(kind, next, "%s: %w", action, shown) }
	switch {
	case strings.Contains(says, "Could not set lock"):
		if m := lockHolder.FindStringSubmatch(says); m != nil {
			shown.Text = "the database is in use by process " + m[2] + " (" + m[1] + ")"
			return with(fault.Temporary, "wait until process "+m[2]+" has ended, or end it, and run again")
		}
		shown.Text = "the database is in use by another process"
		return with(fault.Temporary, "wait until it has ended and run again")
	case strings.Contains(d.Msg, "different configuration"):
		return with(fault.Usage, "open the database with the same parameters everywhere in the program")
	case strings.Contains(d.Msg, "No space left"), strings.Contains(d.Msg, "Disk quota exceeded"),
		strings.Contains(d.Msg, "max_temp_directory_size"):
		return with(fault.Temporary, "free space on that disk and run again")
	case strings.Contains(d.Msg, "Permission denied"), strings.Contains(d.Msg, "Read-only file system"):
		return with(fault.Denied, "give the program's user the right to the file and its folder")
	case d.Type == duckdb.ErrorTypeOutOfMemory:
		return with(fault.Temporary,
			"give DuckDB more memory, as in duckdb:///path?memory_limit=4GiB, or load fewer days at a time")
	case d.Type == duckdb.ErrorTypeTransaction:
		return with(fault.Temporary, "run again")
	case d.Type == duckdb.ErrorTypeConversion, d.Type == duckdb.ErrorTypeOutOfRange, d.Type == duckdb.ErrorTypeInvalidInput,
		d.Type == duckdb.ErrorTypeConstraint, d.Type == duckdb.ErrorTypeMismatchType:
		if d.Type != duckdb.ErrorTypeConstraint {
			shown.Text = quoted.ReplaceAllString(says, "…")
		}
		return with(fault.Data, "")
	case opening, d.Type == duckdb.ErrorTypeSerialization:
		return with(fault.Usage,
			"correct --warehouse; a file that DuckDB cannot read has to be made again from the processed zone")
	case d.Type == duckdb.ErrorTypeFatal, d.Type == duckdb.ErrorTypeIO:
		return with(fault.Unavailable, "run again")
	}
	return with(fault.Defect, "report it with this text")
}
