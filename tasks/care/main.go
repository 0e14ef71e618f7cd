// Command care holds what is done now and then: tidy removes what no manifest names, find lists the ids of a person, export
// writes down all that is held of one, forget erases one, erasures decides of requests to forget that are held and unforget
// takes them back, reconcile compares a platform with the warehouse, verify counts the stages again. Each verb's flags, result
// and text stand in files of its name, its work in a package of its name.
package main

import "covers/tasks/internal/step"

func main() { step.Main(definition()) }

func definition() step.Step {
	return step.Step{
		Name:        "care",
		Usage:       "look after the lake and the warehouse",
		Description: "What is done now and then, each by its own command.",
		Commands: []step.Command{
			tidyCommand(), findCommand(), exportCommand(), forgetCommand(), unforgetCommand(), erasuresCommand(),
			reconcileCommand(), verifyCommand(),
		},
	}
}
