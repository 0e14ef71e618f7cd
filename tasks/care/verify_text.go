package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/verify"
)

// verifyText returns the outcome for people.
func verifyText(out verify.Outcome) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{"stage", "readings", "agree", "expired", "differ", "not reached", "records"})
	for _, stage := range verify.Stages {
		n := out.Stages[stage]
		if stage == verify.StageCurrent {
			w.AppendRow(table.Row{"current (keys)", n.Readings, n.Agree, "", n.Differ, "", ""})
			continue
		}
		w.AppendRow(table.Row{stage, n.Readings, n.Agree, n.Expired, n.Differ, n.NotReached, n.Records})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", w.Render())
	for i, d := range out.Differences {
		if i == 10 {
			fmt.Fprintf(&b, "and %d more\n", out.Differ-10)
			break
		}
		fmt.Fprintf(&b, "%s\n  next: %s\n", d.Error(), d.Next)
	}
	switch {
	case out.Differ > 0:
	case out.Stages[verify.StageRaw].Readings == 0:
		b.WriteString("no reading of these days is known anywhere\n")
	default:
		b.WriteString("all agree\n")
	}
	return b.String()
}
