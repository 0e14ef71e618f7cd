package step

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"strings"

	"covers/tasks/internal/fault"
)

const durationTotal = "total"

// finish fills in what a run knows, and sees to it that the line conforms to the schema: a result that does not is the
// step's defect, reported instead of what is wrong with it. The line ends in a line feed. The error is the one that decides
// the exit code.
func (r *run) finish(res Result, err error) (Result, []byte, error) {
	res.Step, res.Command, res.Version = r.step.Name, r.asked.Load().command, r.version
	err = errors.Join(correct(&res), err)
	if err == nil {
		switch res.Status {
		case "":
			res.Status = StatusDone
		case StatusDone, StatusUnchanged:
		default:
			err = badResult("status %q without an error", res.Status)
		}
	}
	res.Durations = maps.Clone(res.Durations)
	if res.Durations == nil {
		res.Durations = map[string]float64{}
	}
	res.Durations[durationTotal] = max(0, math.Round(r.io.Now().Sub(r.started).Seconds()*1e3)/1e3)
	res.Error = nil
	if err != nil {
		res.Error = failureOf(err)
		res.Status = StatusFailed
		if fault.KindOf(err) == fault.Data {
			res.Status = StatusRefused
		}
	}
	return res, marshal(res), err
}

// correct takes out of a result what the schema does not allow, and says so.
func correct(res *Result) error {
	var errs []error
	if _, err := parseDay(res.Day); res.Day != "" && err != nil {
		errs = append(errs, badResult("day %q", res.Day))
		res.Day = ""
	}
	durations := map[string]float64{}
	for name, seconds := range res.Durations {
		if seconds < 0 || math.IsNaN(seconds) || math.IsInf(seconds, 0) {
			errs = append(errs, badResult("duration %s is %g s", name, seconds))
			continue
		}
		durations[name] = seconds
	}
	res.Durations = durations
	counts := map[string]map[string]int64{}
	for kind, byName := range res.Counts {
		if byName != nil { // JSON would say null
			counts[kind] = byName
		}
	}
	res.Counts = counts
	if text, ok := res.Details.(json.RawMessage); ok && !bytes.HasPrefix(text, []byte("{")) &&
		!bytes.HasPrefix(text, []byte("[")) {
		res.Details = nil
		if string(text) != "null" {
			errs = append(errs, badResult("details are neither an object nor an array"))
		}
	}
	return errors.Join(errs...)
}

func badResult(format string, args ...any) error {
	return fault.New(fault.Defect, "report it", "the step returned a wrong result: "+format, args...)
}

// failureOf puts an error into the result. The next steps that end the text of classified errors are cut off; the outermost
// stands in a field of its own.
func failureOf(err error) *Failure {
	exit := ExitOf(err)
	f := &Failure{Code: exit.Code, Kind: exit.Kind, Message: err.Error()}
	var classified *fault.Error
	for e := err; errors.As(e, &classified); e = classified.Err {
		if classified.Next != "" {
			f.Message = strings.TrimSuffix(f.Message, "; "+classified.Next)
			f.Next = cmp.Or(f.Next, classified.Next)
		}
	}
	f.Message = cmp.Or(f.Message, "an error without a text")
	return f
}

func marshal(res Result) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(res); err != nil {
		panic("step: a corrected result does not marshal: " + err.Error())
	}
	// Details marshalled by the step may hold anything between quotes.
	return bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))
}
