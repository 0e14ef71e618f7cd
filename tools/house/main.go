// Command house measures the repository's structure and fails where a bound is broken: how long functions and lines are, how many
// files a package has, what package main exports, circles of imports, that each rule is written once, that the paths and tests
// that pages name are there, and that workflows name what they use by its commit. Run it by `make house`.
//
// Start with measure. The rules that must be written once are in rules.go.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The bounds.
const (
	mostLines        = 80  // of a function
	mostWithoutCause = 60  // of a function whose comment gives no reason
	mostFiles        = 25  // of a package, tests not counted
	mostColumns      = 130 // of a line
	mostFolder       = 150 // lines of a file in a step's own folder
)

// finding is a place that breaks a bound.
type finding struct{ place, says string }

// measured is one line of the table.
type measured struct {
	what, found, bound string
	broken             []finding
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	listed, err := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	paths := strings.Fields(string(listed))
	t, err := read(".", paths)
	if err != nil {
		return err
	}
	pages, err := guides(".", paths)
	if err != nil {
		return err
	}
	broken := 0
	said, err := pagesOf(".", paths)
	if err != nil {
		return err
	}
	for _, m := range append(t.measure(), pages, t.proofs(said), t.workflows()) {
		fmt.Printf("%-46s %10s   %s\n", m.what, m.found, m.bound)
		for _, f := range m.broken {
			fmt.Printf("    %s: %s\n", f.place, f.says)
		}
		broken += len(m.broken)
	}
	if broken > 0 {
		return fmt.Errorf("%d places break a bound", broken)
	}
	return nil
}
